internal import MillraceJSON
package import KafkaProtocol

/// A change of a registry, as it is kept in the topic `_schemas`, in the layout of Confluent's.
package enum RegistryRecord: Sendable, Equatable {
    /// A version of a subject; nil for one that is gone for good.
    case schema(subject: Name, version: Int32, KeptSchema?)
    /// All versions of a subject up to this one are deleted, though they can still be looked up.
    case deleteSubject(Name, through: Int32)
    /// How compatible versions must be, of a subject or by default; nil takes that back.
    case compatibility(subject: Name?, CompatibilityLevel?)
    /// What may be changed, of a subject or by default; nil takes that back.
    case mode(subject: Name?, RegistryMode?)
    /// Nothing: Confluent's registries write it to find the end of the topic.
    case noop
    /// Something that a later registry has written.
    case unknown(String)

    /// A schema with its id, and whether it is deleted.
    package struct KeptSchema: Sendable, Equatable {
        var id: Int32
        var schema: Schema
        var isDeleted: Bool
    }
}

/// The key of a record in JSON. Its bytes decide which records compaction keeps, so they are those that Confluent's registry writes.
private struct RecordKey: Codable {
    var keytype: String
    var subject: String?
    var version: Int32?
    var magic: Int32?

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(keytype, forKey: .keytype)
        // Defaults have a key with null in it; a key that is about nothing has no subject at all.
        if subject != nil || keytype != "NOOP" { try container.encode(subject, forKey: .subject) }
        try container.encodeIfPresent(version, forKey: .version)
        try container.encode(magic, forKey: .magic)
    }
}

private struct SchemaValue: Codable {
    var subject: String
    var version: Int32
    var id: Int32
    var schemaType: String?
    var references: [SchemaReference]?
    var schema: String
    var deleted: Bool?
}

private struct DeleteSubjectValue: Codable {
    var subject: String
    var version: Int32
}

private struct CompatibilityValue: Codable { var compatibilityLevel: String? }

private struct ModeValue: Codable { var mode: String? }

extension RegistryRecord {
    /// The key and the value of the record; nil for a value that deletes the key.
    package func encoded() throws -> (key: Bytes, value: Bytes?) {
        switch self {
        case .schema(let subject, let version, let kept):
            let key = RecordKey(keytype: "SCHEMA", subject: subject.string, version: version, magic: 1)
            let value = kept.map { kept in
                SchemaValue(
                    subject: subject.string, version: version, id: kept.id,
                    schemaType: kept.schema.type == .avro ? nil : kept.schema.type.rawValue,
                    references: kept.schema.references.isEmpty ? nil : kept.schema.references, schema: kept.schema.text,
                    deleted: kept.isDeleted)
            }
            return try (Self.json(key), value.map(Self.json))
        case .deleteSubject(let subject, let version):
            return try (
                Self.json(RecordKey(keytype: "DELETE_SUBJECT", subject: subject.string, magic: 0)),
                Self.json(DeleteSubjectValue(subject: subject.string, version: version))
            )
        case .compatibility(let subject, let level):
            return try (
                Self.json(RecordKey(keytype: "CONFIG", subject: subject?.string, magic: 0)),
                level.map { try Self.json(CompatibilityValue(compatibilityLevel: $0.rawValue)) }
            )
        case .mode(let subject, let mode):
            return try (
                Self.json(RecordKey(keytype: "MODE", subject: subject?.string, magic: 0)),
                mode.map { try Self.json(ModeValue(mode: $0.rawValue)) }
            )
        case .noop: return try (Self.json(RecordKey(keytype: "NOOP", magic: 0)), nil)
        case .unknown(let type): return try (Self.json(RecordKey(keytype: type, magic: 0)), nil)
        }
    }

    /// Reads a record of the topic. Throws what is wrong with it.
    package init(key: Bytes?, value: Bytes?) throws {
        guard let key else { throw RegistryRefusal.storage("a record without a key") }
        let read = try Self.decode(RecordKey.self, key)
        func subject() throws -> Name {
            guard let subject = read.subject else { throw RegistryRefusal.storage("a record of type \(read.keytype) without a subject") }
            return Name(subject)
        }
        switch read.keytype {
        case "SCHEMA":
            guard let version = read.version, version > 0 else { throw RegistryRefusal.storage("a schema without a version") }
            self = .schema(subject: try subject(), version: version, try value.map { try KeptSchema(Self.decode(SchemaValue.self, $0)) })
        case "DELETE_SUBJECT":
            guard let value else {
                self = .noop
                return
            }
            self = .deleteSubject(try subject(), through: try Self.decode(DeleteSubjectValue.self, value).version)
        case "CONFIG":
            let level = try value.flatMap { try Self.decode(CompatibilityValue.self, $0).compatibilityLevel }
            self = .compatibility(subject: read.subject.map { Name($0) }, try level.map { try Self.known($0) })
        case "MODE":
            let mode = try value.flatMap { try Self.decode(ModeValue.self, $0).mode }
            self = .mode(subject: read.subject.map { Name($0) }, try mode.map { try Self.known($0) })
        case "NOOP": self = .noop
        default: self = .unknown(read.keytype)
        }
    }

    private static func known<T: RawRepresentable<String>>(_ text: String) throws -> T {
        guard let value = T(rawValue: text) else { throw RegistryRefusal.storage("\(text) is not known here") }
        return value
    }

    private static func json(_ value: some Encodable) throws -> Bytes { try JSONCoder.encode(value) { Bytes(copying: $0) } }

    private static func decode<T: Decodable>(_ type: T.Type, _ bytes: Bytes) throws -> T {
        try bytes.withUnsafeBytes { bytes throws(any Error) in try JSONCoder.decode(type, from: bytes) }
    }
}

extension RegistryRecord.KeptSchema {
    fileprivate init(_ value: SchemaValue) throws {
        guard let type = SchemaType(rawValue: value.schemaType ?? "AVRO") else {
            throw RegistryRefusal.storage("schemas of type \(value.schemaType ?? "") are not known here")
        }
        guard value.id >= 0 else { throw RegistryRefusal.storage("a schema with the id \(value.id)") }
        self.init(
            id: value.id, schema: Schema(value.schema, type: type, references: value.references ?? []),
            isDeleted: value.deleted ?? false)
    }
}
