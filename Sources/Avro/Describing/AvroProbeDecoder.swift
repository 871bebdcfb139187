import MillraceJSON

/// A decoder that notes what a type asks for, and gives it empty values.
final class AvroProbeDecoder: Decoder {
    let probe: AvroTypeProbe
    private(set) var fields: [AvroField] = []
    private(set) var hasKeys = false
    /// The key whose value may be null, as has been asked just now.
    var optionalKey: String?

    init(probe: AvroTypeProbe) { self.probe = probe }

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        hasKeys = true
        return KeyedDecodingContainer(AvroProbeContainer<Key>(decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw probe.failure("an array of a type's own making") }
    func singleValueContainer() throws -> any SingleValueDecodingContainer { throw probe.failure("a type that is read as another") }

    func add(_ name: String, _ type: AvroType) {
        var (type, isOptional) = (type, optionalKey == name)
        if case .union = type.kind { isOptional = true } else if isOptional { type = AvroType(.union([AvroType(.null), type])) }
        optionalKey = nil
        guard !fields.contains(where: { $0.name == name }) else { return }
        fields.append(
            AvroField(
                name: name, aliases: [], documentation: nil, type: type, defaultValue: isOptional ? .null : nil, order: .ascending, properties: []))
    }
}

/// The keys of a type. The generic functions stand for those of each primitive type, too.
private struct AvroProbeContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: AvroProbeDecoder

    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { [] }

    func contains(_ key: Key) -> Bool { true }

    /// Optional values are asked for after this.
    func decodeNil(forKey key: Key) -> Bool {
        decoder.optionalKey = key.stringValue
        return false
    }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        let isOptional = decoder.optionalKey
        let (type, value) = try decoder.probe.value(type)
        decoder.optionalKey = isOptional
        decoder.add(key.stringValue, type)
        return value
    }

    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        let type = try decoder.probe.describe(type)
        decoder.optionalKey = key.stringValue
        decoder.add(key.stringValue, type)
        return nil
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
        throw nested(key)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw nested(key) }
    func superDecoder() throws -> any Decoder { throw decoder.probe.failure("a type with a superclass") }
    func superDecoder(forKey key: Key) throws -> any Decoder { throw nested(key) }

    private func nested(_ key: Key) -> AvroSchemaError { decoder.probe.failure("a nested container, for \(key.stringValue)") }
}

/// A decoder of empty arrays and dictionaries, and of nil.
struct AvroEmptyDecoder: Decoder {
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(AvroProbeContainer<Key>(decoder: AvroProbeDecoder(probe: AvroTypeProbe(namespace: ""))))
    }

    func unkeyedContainer() -> any UnkeyedDecodingContainer { AvroEmptyContainer() }
    func singleValueContainer() -> any SingleValueDecodingContainer { AvroEmptyContainer() }
}

private struct AvroEmptyContainer: UnkeyedDecodingContainer, SingleValueDecodingContainer {
    var codingPath: [any CodingKey] { [] }
    var count: Int? { 0 }
    var isAtEnd: Bool { true }
    var currentIndex: Int { 0 }

    private var end: AvroSchemaError { AvroSchemaError("a value of an empty container", at: "") }

    func decodeNil() -> Bool { true }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { throw end }
    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> { throw end }
    func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { throw end }
    func superDecoder() throws -> any Decoder { throw end }
}
