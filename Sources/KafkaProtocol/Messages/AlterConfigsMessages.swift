/// AlterConfigs (API 33): replaces configurations. Versions 0 to 2, flexible from version 2.
public struct AlterConfigsRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = AlterConfigsResponse
    /// The number of the API.
    public static var apiKey: APIKey { .alterConfigs }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...2 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 2 }

    /// The resources.
    public var resources: [AlterConfigsResource]
    /// Whether the request is checked only and changes nothing.
    public var validateOnly: Bool

    /// A request; fields left out have their defaults.
    public init(resources: [AlterConfigsResource] = [], validateOnly: Bool = false) {
        self.resources = resources
        self.validateOnly = validateOnly
    }

    /// A resource to change.
    public struct AlterConfigsResource: Equatable, Sendable {
        /// The kind of resource: 2 topic, 4 broker, 8 broker logger, 16 client metrics, 32 group.
        public var resourceType: Int8
        /// The resource's name: a topic's name, or a broker's id as digits.
        public var resourceName: String
        /// The configurations.
        public var configs: [AlterableConfig]

        /// Fields left out have their defaults.
        public init(resourceType: Int8 = 0, resourceName: String = "", configs: [AlterableConfig] = []) {
            self.resourceType = resourceType
            self.resourceName = resourceName
            self.configs = configs
        }
    }

    /// A configuration to change.
    public struct AlterableConfig: Equatable, Sendable {
        /// The configuration's name.
        public var name: String
        /// The value, or nil.
        public var value: String?

        /// Fields left out have their defaults.
        public init(name: String = "", value: String? = "") {
            self.name = name
            self.value = value
        }
    }
}

extension AlterConfigsRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...2, of: "AlterConfigsRequest")
        let flexible = version >= 2
        try writer.write(resources, compact: flexible, version: version)
        writer.write(validateOnly)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...2, of: "AlterConfigsRequest")
        let flexible = version >= 2
        self.init()
        resources = try reader.readArray(compact: flexible, version: version)
        validateOnly = try reader.readBool()
        if flexible { try reader.skipTaggedFields() }
    }
}

extension AlterConfigsRequest.AlterConfigsResource: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 2
        writer.write(resourceType)
        try writer.write(resourceName, compact: flexible)
        try writer.write(configs, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 2
        self.init()
        resourceType = try reader.read()
        resourceName = try reader.readString(compact: flexible)
        configs = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension AlterConfigsRequest.AlterableConfig: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 2
        try writer.write(name, compact: flexible)
        try writer.write(value, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 2
        self.init()
        name = try reader.readString(compact: flexible)
        value = try reader.readNullableString(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `AlterConfigsRequest`.
public struct AlterConfigsResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// The outcomes.
    public var responses: [AlterConfigsResourceResponse]

    /// A response; fields left out have their defaults.
    public init(throttleTimeMs: Int32 = 0, responses: [AlterConfigsResourceResponse] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.responses = responses
    }

    /// The outcome for a resource.
    public struct AlterConfigsResourceResponse: Equatable, Sendable {
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16
        /// The error in words, or nil.
        public var errorMessage: String?
        /// The kind of resource: 2 topic, 4 broker, 8 broker logger, 16 client metrics, 32 group.
        public var resourceType: Int8
        /// The resource's name: a topic's name, or a broker's id as digits.
        public var resourceName: String

        /// Fields left out have their defaults.
        public init(
            errorCode: Int16 = 0,
            errorMessage: String? = "",
            resourceType: Int8 = 0,
            resourceName: String = ""
        ) {
            self.errorCode = errorCode
            self.errorMessage = errorMessage
            self.resourceType = resourceType
            self.resourceName = resourceName
        }
    }
}

extension AlterConfigsResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...2, of: "AlterConfigsResponse")
        let flexible = version >= 2
        writer.write(throttleTimeMs)
        try writer.write(responses, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...2, of: "AlterConfigsResponse")
        let flexible = version >= 2
        self.init()
        throttleTimeMs = try reader.read()
        responses = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension AlterConfigsResponse.AlterConfigsResourceResponse: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 2
        writer.write(errorCode)
        try writer.write(errorMessage, compact: flexible)
        writer.write(resourceType)
        try writer.write(resourceName, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 2
        self.init()
        errorCode = try reader.read()
        errorMessage = try reader.readNullableString(compact: flexible)
        resourceType = try reader.read()
        resourceName = try reader.readString(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}
