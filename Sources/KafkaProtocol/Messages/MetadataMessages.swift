/// Metadata (API 3): describes brokers, topics and partition leaders. Versions 0 to 12, flexible from version 9.
public struct MetadataRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = MetadataResponse
    /// The number of the API.
    public static var apiKey: APIKey { .metadata }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...12 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 9 }

    /// The topics to describe; nil for all (in version 0: empty for all).
    public var topics: [MetadataRequestTopic]?
    /// Whether missing topics may be created, if the broker is configured so. From version 4.
    public var allowAutoTopicCreation: Bool
    /// Whether to tell the operations allowed on the cluster. Versions 8 to 10.
    public var includeClusterAuthorizedOperations: Bool
    /// Whether to tell the operations allowed on the topics. From version 8.
    public var includeTopicAuthorizedOperations: Bool

    /// A request; fields left out have their defaults.
    public init(
        topics: [MetadataRequestTopic]? = [],
        allowAutoTopicCreation: Bool = true,
        includeClusterAuthorizedOperations: Bool = false,
        includeTopicAuthorizedOperations: Bool = false
    ) {
        self.topics = topics
        self.allowAutoTopicCreation = allowAutoTopicCreation
        self.includeClusterAuthorizedOperations = includeClusterAuthorizedOperations
        self.includeTopicAuthorizedOperations = includeTopicAuthorizedOperations
    }

    /// A topic.
    public struct MetadataRequestTopic: Equatable, Sendable {
        /// The topic's unique id. From version 10.
        public var topicId: KafkaUUID
        /// The topic's name.
        public var name: String?

        /// Fields left out have their defaults.
        public init(topicId: KafkaUUID = .zero, name: String? = "") {
            self.topicId = topicId
            self.name = name
        }
    }
}

extension MetadataRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...12, of: "MetadataRequest")
        let flexible = version >= 9
        guard topics != nil || version >= 1 else {
            throw KafkaProtocolError.noNull("MetadataRequest.topics", version)
        }
        try writer.write(topics, compact: flexible, version: version)
        if version >= 4 {
            writer.write(allowAutoTopicCreation)
        } else if !allowAutoTopicCreation {
            throw KafkaProtocolError.noField("MetadataRequest.allowAutoTopicCreation", version)
        }
        if (8...10).contains(version) {
            writer.write(includeClusterAuthorizedOperations)
        } else if includeClusterAuthorizedOperations {
            throw KafkaProtocolError.noField("MetadataRequest.includeClusterAuthorizedOperations", version)
        }
        if version >= 8 {
            writer.write(includeTopicAuthorizedOperations)
        } else if includeTopicAuthorizedOperations {
            throw KafkaProtocolError.noField("MetadataRequest.includeTopicAuthorizedOperations", version)
        }
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...12, of: "MetadataRequest")
        let flexible = version >= 9
        self.init()
        topics = try reader.readNullableArray(compact: flexible, version: version)
        guard topics != nil || version >= 1 else {
            throw KafkaProtocolError.noNull("MetadataRequest.topics", version)
        }
        if version >= 4 { allowAutoTopicCreation = try reader.readBool() }
        if (8...10).contains(version) { includeClusterAuthorizedOperations = try reader.readBool() }
        if version >= 8 { includeTopicAuthorizedOperations = try reader.readBool() }
        if flexible { try reader.skipTaggedFields() }
    }
}

extension MetadataRequest.MetadataRequestTopic: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 9
        if version >= 10 { writer.write(topicId) }
        guard name != nil || version >= 10 else {
            throw KafkaProtocolError.noNull("MetadataRequest.MetadataRequestTopic.name", version)
        }
        try writer.write(name, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 9
        self.init()
        if version >= 10 { topicId = try reader.readUUID() }
        name = try reader.readNullableString(compact: flexible)
        guard name != nil || version >= 10 else {
            throw KafkaProtocolError.noNull("MetadataRequest.MetadataRequestTopic.name", version)
        }
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `MetadataRequest`.
public struct MetadataResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds. From version 3.
    public var throttleTimeMs: Int32
    /// The brokers.
    public var brokers: [MetadataResponseBroker]
    /// The cluster's id, or nil. From version 2.
    public var clusterId: String?
    /// The id of the controller; -1 for none. From version 1.
    public var controllerId: Int32
    /// The topics.
    public var topics: [MetadataResponseTopic]
    /// A bit set of the operations allowed on the cluster; the smallest Int32 if not asked for. Versions 8 to 10.
    public var clusterAuthorizedOperations: Int32

    /// A response; fields left out have their defaults.
    public init(
        throttleTimeMs: Int32 = 0,
        brokers: [MetadataResponseBroker] = [],
        clusterId: String? = nil,
        controllerId: Int32 = -1,
        topics: [MetadataResponseTopic] = [],
        clusterAuthorizedOperations: Int32 = .min
    ) {
        self.throttleTimeMs = throttleTimeMs
        self.brokers = brokers
        self.clusterId = clusterId
        self.controllerId = controllerId
        self.topics = topics
        self.clusterAuthorizedOperations = clusterAuthorizedOperations
    }

    /// A broker.
    public struct MetadataResponseBroker: Equatable, Sendable {
        /// The broker's id.
        public var nodeId: Int32
        /// The host name.
        public var host: String
        /// The port.
        public var port: Int32
        /// The broker's rack, or nil. From version 1.
        public var rack: String?

        /// Fields left out have their defaults.
        public init(nodeId: Int32 = 0, host: String = "", port: Int32 = 0, rack: String? = nil) {
            self.nodeId = nodeId
            self.host = host
            self.port = port
            self.rack = rack
        }
    }

    /// A topic.
    public struct MetadataResponseTopic: Equatable, Sendable {
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16
        /// The topic's name.
        public var name: String?
        /// The topic's unique id. From version 10.
        public var topicId: KafkaUUID
        /// Whether the topic is internal to the broker. From version 1.
        public var isInternal: Bool
        /// The partitions.
        public var partitions: [MetadataResponsePartition]
        /// A bit set of the operations allowed on the topic; the smallest Int32 if not asked for. From version 8.
        public var topicAuthorizedOperations: Int32

        /// Fields left out have their defaults.
        public init(
            errorCode: Int16 = 0,
            name: String? = "",
            topicId: KafkaUUID = .zero,
            isInternal: Bool = false,
            partitions: [MetadataResponsePartition] = [],
            topicAuthorizedOperations: Int32 = .min
        ) {
            self.errorCode = errorCode
            self.name = name
            self.topicId = topicId
            self.isInternal = isInternal
            self.partitions = partitions
            self.topicAuthorizedOperations = topicAuthorizedOperations
        }
    }

    /// A partition.
    public struct MetadataResponsePartition: Equatable, Sendable {
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16
        /// The partition's number.
        public var partitionIndex: Int32
        /// The id of the leading broker; -1 for none.
        public var leaderId: Int32
        /// The epoch of the partition's leader; -1 if unknown. From version 7.
        public var leaderEpoch: Int32
        /// The brokers that hold a replica.
        public var replicaNodes: [Int32]
        /// The brokers whose replica is in sync.
        public var isrNodes: [Int32]
        /// The brokers whose replica is not available. From version 5.
        public var offlineReplicas: [Int32]

        /// Fields left out have their defaults.
        public init(
            errorCode: Int16 = 0,
            partitionIndex: Int32 = 0,
            leaderId: Int32 = 0,
            leaderEpoch: Int32 = -1,
            replicaNodes: [Int32] = [],
            isrNodes: [Int32] = [],
            offlineReplicas: [Int32] = []
        ) {
            self.errorCode = errorCode
            self.partitionIndex = partitionIndex
            self.leaderId = leaderId
            self.leaderEpoch = leaderEpoch
            self.replicaNodes = replicaNodes
            self.isrNodes = isrNodes
            self.offlineReplicas = offlineReplicas
        }
    }
}

extension MetadataResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...12, of: "MetadataResponse")
        let flexible = version >= 9
        if version >= 3 { writer.write(throttleTimeMs) }
        try writer.write(brokers, compact: flexible, version: version)
        if version >= 2 { try writer.write(clusterId, compact: flexible) }
        if version >= 1 { writer.write(controllerId) }
        try writer.write(topics, compact: flexible, version: version)
        if (8...10).contains(version) {
            writer.write(clusterAuthorizedOperations)
        } else if clusterAuthorizedOperations != .min {
            throw KafkaProtocolError.noField("MetadataResponse.clusterAuthorizedOperations", version)
        }
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...12, of: "MetadataResponse")
        let flexible = version >= 9
        self.init()
        if version >= 3 { throttleTimeMs = try reader.read() }
        brokers = try reader.readArray(compact: flexible, version: version)
        if version >= 2 { clusterId = try reader.readNullableString(compact: flexible) }
        if version >= 1 { controllerId = try reader.read() }
        topics = try reader.readArray(compact: flexible, version: version)
        if (8...10).contains(version) { clusterAuthorizedOperations = try reader.read() }
        if flexible { try reader.skipTaggedFields() }
    }
}

extension MetadataResponse.MetadataResponseBroker: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 9
        writer.write(nodeId)
        try writer.write(host, compact: flexible)
        writer.write(port)
        if version >= 1 { try writer.write(rack, compact: flexible) }
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 9
        self.init()
        nodeId = try reader.read()
        host = try reader.readString(compact: flexible)
        port = try reader.read()
        if version >= 1 { rack = try reader.readNullableString(compact: flexible) }
        if flexible { try reader.skipTaggedFields() }
    }
}

extension MetadataResponse.MetadataResponseTopic: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 9
        writer.write(errorCode)
        guard name != nil || version >= 12 else {
            throw KafkaProtocolError.noNull("MetadataResponse.MetadataResponseTopic.name", version)
        }
        try writer.write(name, compact: flexible)
        if version >= 10 { writer.write(topicId) }
        if version >= 1 { writer.write(isInternal) }
        try writer.write(partitions, compact: flexible, version: version)
        if version >= 8 {
            writer.write(topicAuthorizedOperations)
        } else if topicAuthorizedOperations != .min {
            throw KafkaProtocolError.noField(
                "MetadataResponse.MetadataResponseTopic.topicAuthorizedOperations", version)
        }
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 9
        self.init()
        errorCode = try reader.read()
        name = try reader.readNullableString(compact: flexible)
        guard name != nil || version >= 12 else {
            throw KafkaProtocolError.noNull("MetadataResponse.MetadataResponseTopic.name", version)
        }
        if version >= 10 { topicId = try reader.readUUID() }
        if version >= 1 { isInternal = try reader.readBool() }
        partitions = try reader.readArray(compact: flexible, version: version)
        if version >= 8 { topicAuthorizedOperations = try reader.read() }
        if flexible { try reader.skipTaggedFields() }
    }
}

extension MetadataResponse.MetadataResponsePartition: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 9
        writer.write(errorCode)
        writer.write(partitionIndex)
        writer.write(leaderId)
        if version >= 7 { writer.write(leaderEpoch) }
        try writer.write(replicaNodes, compact: flexible)
        try writer.write(isrNodes, compact: flexible)
        if version >= 5 { try writer.write(offlineReplicas, compact: flexible) }
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 9
        self.init()
        errorCode = try reader.read()
        partitionIndex = try reader.read()
        leaderId = try reader.read()
        if version >= 7 { leaderEpoch = try reader.read() }
        replicaNodes = try reader.readArray(compact: flexible)
        isrNodes = try reader.readArray(compact: flexible)
        if version >= 5 { offlineReplicas = try reader.readArray(compact: flexible) }
        if flexible { try reader.skipTaggedFields() }
    }
}
