/// CreateTopics (API 19): creates topics. Versions 0 to 7, flexible from version 5.
public struct CreateTopicsRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = CreateTopicsResponse
    /// The number of the API.
    public static var apiKey: APIKey { .createTopics }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...7 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 5 }

    /// The topics.
    public var topics: [CreatableTopic]
    /// How long the broker may take, in milliseconds.
    public var timeoutMs: Int32
    /// Whether the request is checked only and changes nothing. From version 1.
    public var validateOnly: Bool

    /// A request; fields left out have their defaults.
    public init(topics: [CreatableTopic] = [], timeoutMs: Int32 = 60000, validateOnly: Bool = false) {
        self.topics = topics
        self.timeoutMs = timeoutMs
        self.validateOnly = validateOnly
    }

    /// A topic to create.
    public struct CreatableTopic: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The number of partitions; -1 for the broker's default.
        public var numPartitions: Int32
        /// The number of replicas; -1 for the broker's default.
        public var replicationFactor: Int16
        /// The replicas of each partition; empty to let the broker choose.
        public var assignments: [CreatableReplicaAssignment]
        /// The configurations.
        public var configs: [CreatableTopicConfig]

        /// Fields left out have their defaults.
        public init(
            name: String = "",
            numPartitions: Int32 = 0,
            replicationFactor: Int16 = 0,
            assignments: [CreatableReplicaAssignment] = [],
            configs: [CreatableTopicConfig] = []
        ) {
            self.name = name
            self.numPartitions = numPartitions
            self.replicationFactor = replicationFactor
            self.assignments = assignments
            self.configs = configs
        }
    }

    /// The replicas of a partition.
    public struct CreatableReplicaAssignment: Equatable, Sendable {
        /// The partition's number.
        public var partitionIndex: Int32
        /// The brokers of the replicas, the preferred leader first.
        public var brokerIds: [Int32]

        /// Fields left out have their defaults.
        public init(partitionIndex: Int32 = 0, brokerIds: [Int32] = []) {
            self.partitionIndex = partitionIndex
            self.brokerIds = brokerIds
        }
    }

    /// A configuration of a new topic.
    public struct CreatableTopicConfig: Equatable, Sendable {
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

extension CreateTopicsRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...7, of: "CreateTopicsRequest")
        let flexible = version >= 5
        try writer.write(topics, compact: flexible, version: version)
        writer.write(timeoutMs)
        if version >= 1 {
            writer.write(validateOnly)
        } else if validateOnly {
            throw KafkaProtocolError.noField("CreateTopicsRequest.validateOnly", version)
        }
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...7, of: "CreateTopicsRequest")
        let flexible = version >= 5
        self.init()
        topics = try reader.readArray(compact: flexible, version: version)
        timeoutMs = try reader.read()
        if version >= 1 { validateOnly = try reader.readBool() }
        if flexible { try reader.skipTaggedFields() }
    }
}

extension CreateTopicsRequest.CreatableTopic: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 5
        try writer.write(name, compact: flexible)
        writer.write(numPartitions)
        writer.write(replicationFactor)
        try writer.write(assignments, compact: flexible, version: version)
        try writer.write(configs, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 5
        self.init()
        name = try reader.readString(compact: flexible)
        numPartitions = try reader.read()
        replicationFactor = try reader.read()
        assignments = try reader.readArray(compact: flexible, version: version)
        configs = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension CreateTopicsRequest.CreatableReplicaAssignment: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 5
        writer.write(partitionIndex)
        try writer.write(brokerIds, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 5
        self.init()
        partitionIndex = try reader.read()
        brokerIds = try reader.readArray(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension CreateTopicsRequest.CreatableTopicConfig: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 5
        try writer.write(name, compact: flexible)
        try writer.write(value, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 5
        self.init()
        name = try reader.readString(compact: flexible)
        value = try reader.readNullableString(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `CreateTopicsRequest`.
public struct CreateTopicsResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds. From version 2.
    public var throttleTimeMs: Int32
    /// The topics.
    public var topics: [CreatableTopicResult]

    /// A response; fields left out have their defaults.
    public init(throttleTimeMs: Int32 = 0, topics: [CreatableTopicResult] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.topics = topics
    }

    /// The outcome for a topic.
    public struct CreatableTopicResult: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The topic's unique id. Version 7 only.
        public var topicId: KafkaUUID
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16
        /// The error in words, or nil. From version 1.
        public var errorMessage: String?
        /// Why the configurations are left out, as an error code; 0 if they are not. From version 5.
        public var topicConfigErrorCode: Int16
        /// The number of partitions; -1 for the broker's default. From version 5.
        public var numPartitions: Int32
        /// The number of replicas; -1 for the broker's default. From version 5.
        public var replicationFactor: Int16
        /// The configurations. From version 5.
        public var configs: [CreatableTopicConfigs]?

        /// Fields left out have their defaults.
        public init(
            name: String = "",
            topicId: KafkaUUID = .zero,
            errorCode: Int16 = 0,
            errorMessage: String? = "",
            topicConfigErrorCode: Int16 = 0,
            numPartitions: Int32 = -1,
            replicationFactor: Int16 = -1,
            configs: [CreatableTopicConfigs]? = []
        ) {
            self.name = name
            self.topicId = topicId
            self.errorCode = errorCode
            self.errorMessage = errorMessage
            self.topicConfigErrorCode = topicConfigErrorCode
            self.numPartitions = numPartitions
            self.replicationFactor = replicationFactor
            self.configs = configs
        }
    }

    /// A configuration of the new topic.
    public struct CreatableTopicConfigs: Equatable, Sendable {
        /// The configuration's name.
        public var name: String
        /// The value, or nil.
        public var value: String?
        /// Whether the value cannot be changed.
        public var readOnly: Bool
        /// Where the value comes from: 1 topic, 2 broker, 3 cluster default, 4 static, 5 built-in default; -1 if
        /// unknown.
        public var configSource: Int8
        /// Whether the value is secret, and hence not shown.
        public var isSensitive: Bool

        /// Fields left out have their defaults.
        public init(
            name: String = "",
            value: String? = "",
            readOnly: Bool = false,
            configSource: Int8 = -1,
            isSensitive: Bool = false
        ) {
            self.name = name
            self.value = value
            self.readOnly = readOnly
            self.configSource = configSource
            self.isSensitive = isSensitive
        }
    }
}

extension CreateTopicsResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...7, of: "CreateTopicsResponse")
        let flexible = version >= 5
        if version >= 2 { writer.write(throttleTimeMs) }
        try writer.write(topics, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...7, of: "CreateTopicsResponse")
        let flexible = version >= 5
        self.init()
        if version >= 2 { throttleTimeMs = try reader.read() }
        topics = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension CreateTopicsResponse.CreatableTopicResult: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 5
        try writer.write(name, compact: flexible)
        if version >= 7 { writer.write(topicId) }
        writer.write(errorCode)
        if version >= 1 { try writer.write(errorMessage, compact: flexible) }
        if version >= 5 { writer.write(numPartitions) }
        if version >= 5 { writer.write(replicationFactor) }
        if version >= 5 { try writer.write(configs, compact: flexible, version: version) }
        if flexible {
            let tags = writer.beginTaggedFields()
            if topicConfigErrorCode != 0 {
                writer.writeTaggedField(0, in: tags) { writer in writer.write(topicConfigErrorCode) }
            }
        }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 5
        self.init()
        name = try reader.readString(compact: flexible)
        if version >= 7 { topicId = try reader.readUUID() }
        errorCode = try reader.read()
        if version >= 1 { errorMessage = try reader.readNullableString(compact: flexible) }
        if version >= 5 { numPartitions = try reader.read() }
        if version >= 5 { replicationFactor = try reader.read() }
        if version >= 5 { configs = try reader.readNullableArray(compact: flexible, version: version) }
        if flexible {
            try reader.readTaggedFields { tag, reader in
                switch tag {
                case 0: topicConfigErrorCode = try reader.read()
                default: break
                }
            }
        }
    }
}

extension CreateTopicsResponse.CreatableTopicConfigs: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(name, compact: true)
        try writer.write(value, compact: true)
        writer.write(readOnly)
        writer.write(configSource)
        writer.write(isSensitive)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        name = try reader.readString(compact: true)
        value = try reader.readNullableString(compact: true)
        readOnly = try reader.readBool()
        configSource = try reader.read()
        isSensitive = try reader.readBool()
        try reader.skipTaggedFields()
    }
}
