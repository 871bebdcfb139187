/// AlterClientQuotas (API 49): sets and removes clients' quotas (KIP-546). Versions 0 to 1, flexible from version 1.
public struct AlterClientQuotasRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = AlterClientQuotasResponse
    /// The number of the API.
    public static var apiKey: APIKey { .alterClientQuotas }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...1 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 1 }

    /// The entities.
    public var entries: [EntryData]
    /// Whether the change is only checked.
    public var validateOnly: Bool

    /// A request; fields left out have their defaults.
    public init(entries: [EntryData] = [], validateOnly: Bool = false) {
        self.entries = entries
        self.validateOnly = validateOnly
    }

    /// An entity with what to change.
    public struct EntryData: Equatable, Sendable {
        /// The parts of the entity.
        public var entity: [EntityData]
        /// The changes.
        public var ops: [OpData]

        /// Fields left out have their defaults.
        public init(entity: [EntityData] = [], ops: [OpData] = []) {
            self.entity = entity
            self.ops = ops
        }
    }

    /// A part of an entity.
    public struct EntityData: Equatable, Sendable {
        /// The type of entity: `user`, `client-id` or `ip`.
        public var entityType: String
        /// The name; nil for the default.
        public var entityName: String?

        /// Fields left out have their defaults.
        public init(entityType: String = "", entityName: String? = nil) {
            self.entityType = entityType
            self.entityName = entityName
        }
    }

    /// A change.
    public struct OpData: Equatable, Sendable {
        /// The quota's name.
        public var key: String
        /// The value; does not count if it is removed.
        public var value: Double
        /// Whether the quota is removed.
        public var remove: Bool

        /// Fields left out have their defaults.
        public init(key: String = "", value: Double = 0, remove: Bool = false) {
            self.key = key
            self.value = value
            self.remove = remove
        }
    }
}

extension AlterClientQuotasRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "AlterClientQuotasRequest")
        let flexible = version >= 1
        try writer.write(entries, compact: flexible, version: version)
        writer.write(validateOnly)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "AlterClientQuotasRequest")
        let flexible = version >= 1
        self.init()
        entries = try reader.readArray(compact: flexible, version: version)
        validateOnly = try reader.readBool()
        if flexible { try reader.skipTaggedFields() }
    }
}

extension AlterClientQuotasRequest.EntryData: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 1
        try writer.write(entity, compact: flexible, version: version)
        try writer.write(ops, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 1
        self.init()
        entity = try reader.readArray(compact: flexible, version: version)
        ops = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension AlterClientQuotasRequest.EntityData: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 1
        try writer.write(entityType, compact: flexible)
        try writer.write(entityName, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 1
        self.init()
        entityType = try reader.readString(compact: flexible)
        entityName = try reader.readNullableString(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension AlterClientQuotasRequest.OpData: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 1
        try writer.write(key, compact: flexible)
        writer.write(value)
        writer.write(remove)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 1
        self.init()
        key = try reader.readString(compact: flexible)
        value = try reader.readDouble()
        remove = try reader.readBool()
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `AlterClientQuotasRequest`.
public struct AlterClientQuotasResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// The outcomes.
    public var entries: [EntryData]

    /// A response; fields left out have their defaults.
    public init(throttleTimeMs: Int32 = 0, entries: [EntryData] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.entries = entries
    }

    /// The outcome for an entity.
    public struct EntryData: Equatable, Sendable {
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16
        /// The error in words, or nil.
        public var errorMessage: String?
        /// The parts of the entity.
        public var entity: [EntityData]

        /// Fields left out have their defaults.
        public init(errorCode: Int16 = 0, errorMessage: String? = nil, entity: [EntityData] = []) {
            self.errorCode = errorCode
            self.errorMessage = errorMessage
            self.entity = entity
        }
    }

    /// A part of an entity.
    public struct EntityData: Equatable, Sendable {
        /// The type of entity: `user`, `client-id` or `ip`.
        public var entityType: String
        /// The name; nil for the default.
        public var entityName: String?

        /// Fields left out have their defaults.
        public init(entityType: String = "", entityName: String? = nil) {
            self.entityType = entityType
            self.entityName = entityName
        }
    }
}

extension AlterClientQuotasResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "AlterClientQuotasResponse")
        let flexible = version >= 1
        writer.write(throttleTimeMs)
        try writer.write(entries, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "AlterClientQuotasResponse")
        let flexible = version >= 1
        self.init()
        throttleTimeMs = try reader.read()
        entries = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension AlterClientQuotasResponse.EntryData: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 1
        writer.write(errorCode)
        try writer.write(errorMessage, compact: flexible)
        try writer.write(entity, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 1
        self.init()
        errorCode = try reader.read()
        errorMessage = try reader.readNullableString(compact: flexible)
        entity = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension AlterClientQuotasResponse.EntityData: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 1
        try writer.write(entityType, compact: flexible)
        try writer.write(entityName, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 1
        self.init()
        entityType = try reader.readString(compact: flexible)
        entityName = try reader.readNullableString(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}
