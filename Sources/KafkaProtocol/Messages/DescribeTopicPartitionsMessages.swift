/// DescribeTopicPartitions (API 75): describes topics page by page (KIP-966). Version 0.
public struct DescribeTopicPartitionsRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = DescribeTopicPartitionsResponse
    /// The number of the API.
    public static var apiKey: APIKey { .describeTopicPartitions }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...0 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 0 }

    /// The topics.
    public var topics: [TopicRequest]
    /// How many partitions to describe at most.
    public var responsePartitionLimit: Int32
    /// Where to begin, or nil for the front.
    public var cursor: Cursor?

    /// A request; fields left out have their defaults.
    public init(topics: [TopicRequest] = [], responsePartitionLimit: Int32 = 2000, cursor: Cursor? = nil) {
        self.topics = topics
        self.responsePartitionLimit = responsePartitionLimit
        self.cursor = cursor
    }

    /// A topic asked for.
    public struct TopicRequest: Equatable, Sendable {
        /// The topic's name.
        public var name: String

        /// Fields left out have their defaults.
        public init(name: String = "") {
            self.name = name
        }
    }

    /// A place in the list of partitions.
    public struct Cursor: Equatable, Sendable {
        /// The topic's name.
        public var topicName: String
        /// The partition's number.
        public var partitionIndex: Int32

        /// Fields left out have their defaults.
        public init(topicName: String = "", partitionIndex: Int32 = 0) {
            self.topicName = topicName
            self.partitionIndex = partitionIndex
        }
    }
}

extension DescribeTopicPartitionsRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "DescribeTopicPartitionsRequest")
        try writer.write(topics, compact: true, version: version)
        writer.write(responsePartitionLimit)
        try writer.write(cursor, version: version)
        writer.writeNoTaggedFields()
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "DescribeTopicPartitionsRequest")
        self.init()
        topics = try reader.readArray(compact: true, version: version)
        responsePartitionLimit = try reader.read()
        cursor = try reader.readNullable(version: version)
        try reader.skipTaggedFields()
    }
}

extension DescribeTopicPartitionsRequest.TopicRequest: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(name, compact: true)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        name = try reader.readString(compact: true)
        try reader.skipTaggedFields()
    }
}

extension DescribeTopicPartitionsRequest.Cursor: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(topicName, compact: true)
        writer.write(partitionIndex)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        topicName = try reader.readString(compact: true)
        partitionIndex = try reader.read()
        try reader.skipTaggedFields()
    }
}

/// The answer to `DescribeTopicPartitionsRequest`.
public struct DescribeTopicPartitionsResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// The topics.
    public var topics: [DescribeTopicPartitionsResponseTopic]
    /// Where to go on, or nil at the end.
    public var nextCursor: Cursor?

    /// A response; fields left out have their defaults.
    public init(
        throttleTimeMs: Int32 = 0,
        topics: [DescribeTopicPartitionsResponseTopic] = [],
        nextCursor: Cursor? = nil
    ) {
        self.throttleTimeMs = throttleTimeMs
        self.topics = topics
        self.nextCursor = nextCursor
    }

    /// A topic.
    public struct DescribeTopicPartitionsResponseTopic: Equatable, Sendable {
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16
        /// The topic's name.
        public var name: String?
        /// The topic's unique id.
        public var topicId: KafkaUUID
        /// Whether the topic is internal to the broker.
        public var isInternal: Bool
        /// The partitions.
        public var partitions: [DescribeTopicPartitionsResponsePartition]
        /// A bit set of the operations allowed on the topic; the smallest Int32 if not asked for.
        public var topicAuthorizedOperations: Int32

        /// Fields left out have their defaults.
        public init(
            errorCode: Int16 = 0,
            name: String? = "",
            topicId: KafkaUUID = .zero,
            isInternal: Bool = false,
            partitions: [DescribeTopicPartitionsResponsePartition] = [],
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
    public struct DescribeTopicPartitionsResponsePartition: Equatable, Sendable {
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16
        /// The partition's number.
        public var partitionIndex: Int32
        /// The id of the leading broker; -1 for none.
        public var leaderId: Int32
        /// The epoch of the partition's leader; -1 if unknown.
        public var leaderEpoch: Int32
        /// The brokers that hold a replica.
        public var replicaNodes: [Int32]
        /// The brokers whose replica is in sync.
        public var isrNodes: [Int32]
        /// The replicas that may lead although out of sync (KIP-966), or nil.
        public var eligibleLeaderReplicas: [Int32]?
        /// The last known eligible replicas (KIP-966), or nil.
        public var lastKnownElr: [Int32]?
        /// The brokers whose replica is not available.
        public var offlineReplicas: [Int32]

        /// Fields left out have their defaults.
        public init(
            errorCode: Int16 = 0,
            partitionIndex: Int32 = 0,
            leaderId: Int32 = 0,
            leaderEpoch: Int32 = -1,
            replicaNodes: [Int32] = [],
            isrNodes: [Int32] = [],
            eligibleLeaderReplicas: [Int32]? = nil,
            lastKnownElr: [Int32]? = nil,
            offlineReplicas: [Int32] = []
        ) {
            self.errorCode = errorCode
            self.partitionIndex = partitionIndex
            self.leaderId = leaderId
            self.leaderEpoch = leaderEpoch
            self.replicaNodes = replicaNodes
            self.isrNodes = isrNodes
            self.eligibleLeaderReplicas = eligibleLeaderReplicas
            self.lastKnownElr = lastKnownElr
            self.offlineReplicas = offlineReplicas
        }
    }

    /// A place in the list of partitions.
    public struct Cursor: Equatable, Sendable {
        /// The topic's name.
        public var topicName: String
        /// The partition's number.
        public var partitionIndex: Int32

        /// Fields left out have their defaults.
        public init(topicName: String = "", partitionIndex: Int32 = 0) {
            self.topicName = topicName
            self.partitionIndex = partitionIndex
        }
    }
}

extension DescribeTopicPartitionsResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "DescribeTopicPartitionsResponse")
        writer.write(throttleTimeMs)
        try writer.write(topics, compact: true, version: version)
        try writer.write(nextCursor, version: version)
        writer.writeNoTaggedFields()
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "DescribeTopicPartitionsResponse")
        self.init()
        throttleTimeMs = try reader.read()
        topics = try reader.readArray(compact: true, version: version)
        nextCursor = try reader.readNullable(version: version)
        try reader.skipTaggedFields()
    }
}

extension DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        writer.write(errorCode)
        try writer.write(name, compact: true)
        writer.write(topicId)
        writer.write(isInternal)
        try writer.write(partitions, compact: true, version: version)
        writer.write(topicAuthorizedOperations)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        errorCode = try reader.read()
        name = try reader.readNullableString(compact: true)
        topicId = try reader.readUUID()
        isInternal = try reader.readBool()
        partitions = try reader.readArray(compact: true, version: version)
        topicAuthorizedOperations = try reader.read()
        try reader.skipTaggedFields()
    }
}

extension DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponsePartition: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        writer.write(errorCode)
        writer.write(partitionIndex)
        writer.write(leaderId)
        writer.write(leaderEpoch)
        try writer.write(replicaNodes, compact: true)
        try writer.write(isrNodes, compact: true)
        try writer.write(eligibleLeaderReplicas, compact: true)
        try writer.write(lastKnownElr, compact: true)
        try writer.write(offlineReplicas, compact: true)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        errorCode = try reader.read()
        partitionIndex = try reader.read()
        leaderId = try reader.read()
        leaderEpoch = try reader.read()
        replicaNodes = try reader.readArray(compact: true)
        isrNodes = try reader.readArray(compact: true)
        eligibleLeaderReplicas = try reader.readNullableArray(compact: true)
        lastKnownElr = try reader.readNullableArray(compact: true)
        offlineReplicas = try reader.readArray(compact: true)
        try reader.skipTaggedFields()
    }
}

extension DescribeTopicPartitionsResponse.Cursor: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(topicName, compact: true)
        writer.write(partitionIndex)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        topicName = try reader.readString(compact: true)
        partitionIndex = try reader.read()
        try reader.skipTaggedFields()
    }
}
