/// DescribeClientQuotas (API 48): describes clients' quotas (KIP-546). Versions 0 to 1, flexible from version 1.
public struct DescribeClientQuotasRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = DescribeClientQuotasResponse
    /// The number of the API.
    public static var apiKey: APIKey { .describeClientQuotas }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...1 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 1 }

    /// What the entities must have.
    public var components: [ComponentData]
    /// Whether entities of other types are left out.
    public var strict: Bool

    /// A request; fields left out have their defaults.
    public init(components: [ComponentData] = [], strict: Bool = false) {
        self.components = components
        self.strict = strict
    }

    /// A condition.
    public struct ComponentData: Equatable, Sendable {
        /// The type of entity: `user`, `client-id` or `ip`.
        public var entityType: String
        /// 0 for the name, 1 for the default, 2 for any name.
        public var matchType: Int8
        /// The name; nil if it does not count.
        public var match: String?

        /// Fields left out have their defaults.
        public init(entityType: String = "", matchType: Int8 = 0, match: String? = nil) {
            self.entityType = entityType
            self.matchType = matchType
            self.match = match
        }
    }
}

extension DescribeClientQuotasRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "DescribeClientQuotasRequest")
        let flexible = version >= 1
        try writer.write(components, compact: flexible, version: version)
        writer.write(strict)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "DescribeClientQuotasRequest")
        let flexible = version >= 1
        self.init()
        components = try reader.readArray(compact: flexible, version: version)
        strict = try reader.readBool()
        if flexible { try reader.skipTaggedFields() }
    }
}

extension DescribeClientQuotasRequest.ComponentData: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 1
        try writer.write(entityType, compact: flexible)
        writer.write(matchType)
        try writer.write(match, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 1
        self.init()
        entityType = try reader.readString(compact: flexible)
        matchType = try reader.read()
        match = try reader.readNullableString(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `DescribeClientQuotasRequest`.
public struct DescribeClientQuotasResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
    public var errorCode: Int16
    /// The error in words, or nil.
    public var errorMessage: String?
    /// The entities with their quotas; nil on error.
    public var entries: [EntryData]?

    /// A response; fields left out have their defaults.
    public init(
        throttleTimeMs: Int32 = 0,
        errorCode: Int16 = 0,
        errorMessage: String? = nil,
        entries: [EntryData]? = nil
    ) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
        self.errorMessage = errorMessage
        self.entries = entries
    }

    /// An entity with its quotas.
    public struct EntryData: Equatable, Sendable {
        /// The parts of the entity.
        public var entity: [EntityData]
        /// The quotas.
        public var values: [ValueData]

        /// Fields left out have their defaults.
        public init(entity: [EntityData] = [], values: [ValueData] = []) {
            self.entity = entity
            self.values = values
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

    /// A quota.
    public struct ValueData: Equatable, Sendable {
        /// The quota's name.
        public var key: String
        /// The value.
        public var value: Double

        /// Fields left out have their defaults.
        public init(key: String = "", value: Double = 0) {
            self.key = key
            self.value = value
        }
    }
}

extension DescribeClientQuotasResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "DescribeClientQuotasResponse")
        let flexible = version >= 1
        writer.write(throttleTimeMs)
        writer.write(errorCode)
        try writer.write(errorMessage, compact: flexible)
        try writer.write(entries, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "DescribeClientQuotasResponse")
        let flexible = version >= 1
        self.init()
        throttleTimeMs = try reader.read()
        errorCode = try reader.read()
        errorMessage = try reader.readNullableString(compact: flexible)
        entries = try reader.readNullableArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension DescribeClientQuotasResponse.EntryData: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 1
        try writer.write(entity, compact: flexible, version: version)
        try writer.write(values, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 1
        self.init()
        entity = try reader.readArray(compact: flexible, version: version)
        values = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension DescribeClientQuotasResponse.EntityData: MessageStructure {
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

extension DescribeClientQuotasResponse.ValueData: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 1
        try writer.write(key, compact: flexible)
        writer.write(value)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 1
        self.init()
        key = try reader.readString(compact: flexible)
        value = try reader.readDouble()
        if flexible { try reader.skipTaggedFields() }
    }
}
