/// DescribeConfigs (API 32): reads configurations. Versions 0 to 4, flexible from version 4.
public struct DescribeConfigsRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = DescribeConfigsResponse
    /// The number of the API.
    public static var apiKey: APIKey { .describeConfigs }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...4 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 4 }

    /// The resources.
    public var resources: [DescribeConfigsResource]
    /// Whether to list synonyms. From version 1.
    public var includeSynonyms: Bool
    /// Whether to add documentation. From version 3.
    public var includeDocumentation: Bool

    /// A request; fields left out have their defaults.
    public init(
        resources: [DescribeConfigsResource] = [],
        includeSynonyms: Bool = false,
        includeDocumentation: Bool = false
    ) {
        self.resources = resources
        self.includeSynonyms = includeSynonyms
        self.includeDocumentation = includeDocumentation
    }

    /// A resource to describe.
    public struct DescribeConfigsResource: Equatable, Sendable {
        /// The kind of resource: 2 topic, 4 broker, 8 broker logger, 16 client metrics, 32 group.
        public var resourceType: Int8
        /// The resource's name: a topic's name, or a broker's id as digits.
        public var resourceName: String
        /// The names asked for; nil for all.
        public var configurationKeys: [String]?

        /// Fields left out have their defaults.
        public init(resourceType: Int8 = 0, resourceName: String = "", configurationKeys: [String]? = []) {
            self.resourceType = resourceType
            self.resourceName = resourceName
            self.configurationKeys = configurationKeys
        }
    }
}

extension DescribeConfigsRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...4, of: "DescribeConfigsRequest")
        let flexible = version >= 4
        try writer.write(resources, compact: flexible, version: version)
        if version >= 1 {
            writer.write(includeSynonyms)
        } else if includeSynonyms {
            throw KafkaProtocolError.noField("DescribeConfigsRequest.includeSynonyms", version)
        }
        if version >= 3 {
            writer.write(includeDocumentation)
        } else if includeDocumentation {
            throw KafkaProtocolError.noField("DescribeConfigsRequest.includeDocumentation", version)
        }
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...4, of: "DescribeConfigsRequest")
        let flexible = version >= 4
        self.init()
        resources = try reader.readArray(compact: flexible, version: version)
        if version >= 1 { includeSynonyms = try reader.readBool() }
        if version >= 3 { includeDocumentation = try reader.readBool() }
        if flexible { try reader.skipTaggedFields() }
    }
}

extension DescribeConfigsRequest.DescribeConfigsResource: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 4
        writer.write(resourceType)
        try writer.write(resourceName, compact: flexible)
        try writer.write(configurationKeys, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 4
        self.init()
        resourceType = try reader.read()
        resourceName = try reader.readString(compact: flexible)
        configurationKeys = try reader.readNullableArray(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `DescribeConfigsRequest`.
public struct DescribeConfigsResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// The outcomes.
    public var results: [DescribeConfigsResult]

    /// A response; fields left out have their defaults.
    public init(throttleTimeMs: Int32 = 0, results: [DescribeConfigsResult] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.results = results
    }

    /// The configurations of a resource.
    public struct DescribeConfigsResult: Equatable, Sendable {
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16
        /// The error in words, or nil.
        public var errorMessage: String?
        /// The kind of resource: 2 topic, 4 broker, 8 broker logger, 16 client metrics, 32 group.
        public var resourceType: Int8
        /// The resource's name: a topic's name, or a broker's id as digits.
        public var resourceName: String
        /// The configurations.
        public var configs: [DescribeConfigsResourceResult]

        /// Fields left out have their defaults.
        public init(
            errorCode: Int16 = 0,
            errorMessage: String? = "",
            resourceType: Int8 = 0,
            resourceName: String = "",
            configs: [DescribeConfigsResourceResult] = []
        ) {
            self.errorCode = errorCode
            self.errorMessage = errorMessage
            self.resourceType = resourceType
            self.resourceName = resourceName
            self.configs = configs
        }
    }

    /// A configuration.
    public struct DescribeConfigsResourceResult: Equatable, Sendable {
        /// The configuration's name.
        public var name: String
        /// The value, or nil.
        public var value: String?
        /// Whether the value cannot be changed.
        public var readOnly: Bool
        /// Whether the value is the default. Version 0 only.
        public var isDefault: Bool
        /// Where the value comes from: 1 topic, 2 broker, 3 cluster default, 4 static, 5 built-in default; -1 if
        /// unknown. From version 1.
        public var configSource: Int8
        /// Whether the value is secret, and hence not shown.
        public var isSensitive: Bool
        /// The configurations that the value could come from, the winner first. From version 1.
        public var synonyms: [DescribeConfigsSynonym]
        /// The type of the value: 0 unknown, 1 boolean, 2 string, 3 int, 4 short, 5 long, 6 double, 7 list, 8 class,
        /// 9 password. From version 3.
        public var configType: Int8
        /// What the configuration means, in words, or nil. From version 3.
        public var documentation: String?

        /// Fields left out have their defaults.
        public init(
            name: String = "",
            value: String? = "",
            readOnly: Bool = false,
            isDefault: Bool = false,
            configSource: Int8 = -1,
            isSensitive: Bool = false,
            synonyms: [DescribeConfigsSynonym] = [],
            configType: Int8 = 0,
            documentation: String? = ""
        ) {
            self.name = name
            self.value = value
            self.readOnly = readOnly
            self.isDefault = isDefault
            self.configSource = configSource
            self.isSensitive = isSensitive
            self.synonyms = synonyms
            self.configType = configType
            self.documentation = documentation
        }
    }

    /// A configuration that the value could come from.
    public struct DescribeConfigsSynonym: Equatable, Sendable {
        /// The configuration's name.
        public var name: String
        /// The value, or nil.
        public var value: String?
        /// Where the value comes from, as `configSource`.
        public var source: Int8

        /// Fields left out have their defaults.
        public init(name: String = "", value: String? = "", source: Int8 = 0) {
            self.name = name
            self.value = value
            self.source = source
        }
    }
}

extension DescribeConfigsResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...4, of: "DescribeConfigsResponse")
        let flexible = version >= 4
        writer.write(throttleTimeMs)
        try writer.write(results, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...4, of: "DescribeConfigsResponse")
        let flexible = version >= 4
        self.init()
        throttleTimeMs = try reader.read()
        results = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension DescribeConfigsResponse.DescribeConfigsResult: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 4
        writer.write(errorCode)
        try writer.write(errorMessage, compact: flexible)
        writer.write(resourceType)
        try writer.write(resourceName, compact: flexible)
        try writer.write(configs, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 4
        self.init()
        errorCode = try reader.read()
        errorMessage = try reader.readNullableString(compact: flexible)
        resourceType = try reader.read()
        resourceName = try reader.readString(compact: flexible)
        configs = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension DescribeConfigsResponse.DescribeConfigsResourceResult: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 4
        try writer.write(name, compact: flexible)
        try writer.write(value, compact: flexible)
        writer.write(readOnly)
        if version == 0 {
            writer.write(isDefault)
        } else if isDefault {
            throw KafkaProtocolError.noField("DescribeConfigsResponse.DescribeConfigsResourceResult.isDefault", version)
        }
        if version >= 1 { writer.write(configSource) }
        writer.write(isSensitive)
        if version >= 1 { try writer.write(synonyms, compact: flexible, version: version) }
        if version >= 3 { writer.write(configType) }
        if version >= 3 { try writer.write(documentation, compact: flexible) }
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 4
        self.init()
        name = try reader.readString(compact: flexible)
        value = try reader.readNullableString(compact: flexible)
        readOnly = try reader.readBool()
        if version == 0 { isDefault = try reader.readBool() }
        if version >= 1 { configSource = try reader.read() }
        isSensitive = try reader.readBool()
        if version >= 1 { synonyms = try reader.readArray(compact: flexible, version: version) }
        if version >= 3 { configType = try reader.read() }
        if version >= 3 { documentation = try reader.readNullableString(compact: flexible) }
        if flexible { try reader.skipTaggedFields() }
    }
}

extension DescribeConfigsResponse.DescribeConfigsSynonym: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 4
        try writer.write(name, compact: flexible)
        try writer.write(value, compact: flexible)
        writer.write(source)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 4
        self.init()
        name = try reader.readString(compact: flexible)
        value = try reader.readNullableString(compact: flexible)
        source = try reader.read()
        if flexible { try reader.skipTaggedFields() }
    }
}
