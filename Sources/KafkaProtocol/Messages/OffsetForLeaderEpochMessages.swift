/// OffsetForLeaderEpoch (API 23): tells where a leader epoch ends. Versions 0 to 4, flexible from version 4.
public struct OffsetForLeaderEpochRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = OffsetForLeaderEpochResponse
    /// The number of the API.
    public static var apiKey: APIKey { .offsetForLeaderEpoch }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...4 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 4 }

    /// The id of the follower that asks; -1 for a client. From version 3.
    public var replicaId: Int32
    /// The topics.
    public var topics: [OffsetForLeaderTopic]

    /// A request; fields left out have their defaults.
    public init(replicaId: Int32 = -2, topics: [OffsetForLeaderTopic] = []) {
        self.replicaId = replicaId
        self.topics = topics
    }

    /// A topic.
    public struct OffsetForLeaderTopic: Equatable, Sendable {
        /// The topic's name.
        public var topic: String
        /// The partitions.
        public var partitions: [OffsetForLeaderPartition]

        /// Fields left out have their defaults.
        public init(topic: String = "", partitions: [OffsetForLeaderPartition] = []) {
            self.topic = topic
            self.partitions = partitions
        }
    }

    /// A partition.
    public struct OffsetForLeaderPartition: Equatable, Sendable {
        /// The partition's number.
        public var partition: Int32
        /// The leader epoch that the client knows, for fencing (KIP-320); -1 if it knows none. From version 2.
        public var currentLeaderEpoch: Int32
        /// The epoch of the partition's leader; -1 if unknown.
        public var leaderEpoch: Int32

        /// Fields left out have their defaults.
        public init(partition: Int32 = 0, currentLeaderEpoch: Int32 = -1, leaderEpoch: Int32 = 0) {
            self.partition = partition
            self.currentLeaderEpoch = currentLeaderEpoch
            self.leaderEpoch = leaderEpoch
        }
    }
}

extension OffsetForLeaderEpochRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...4, of: "OffsetForLeaderEpochRequest")
        let flexible = version >= 4
        if version >= 3 { writer.write(replicaId) }
        try writer.write(topics, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...4, of: "OffsetForLeaderEpochRequest")
        let flexible = version >= 4
        self.init()
        if version >= 3 { replicaId = try reader.read() }
        topics = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension OffsetForLeaderEpochRequest.OffsetForLeaderTopic: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 4
        try writer.write(topic, compact: flexible)
        try writer.write(partitions, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 4
        self.init()
        topic = try reader.readString(compact: flexible)
        partitions = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension OffsetForLeaderEpochRequest.OffsetForLeaderPartition: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 4
        writer.write(partition)
        if version >= 2 { writer.write(currentLeaderEpoch) }
        writer.write(leaderEpoch)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 4
        self.init()
        partition = try reader.read()
        if version >= 2 { currentLeaderEpoch = try reader.read() }
        leaderEpoch = try reader.read()
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `OffsetForLeaderEpochRequest`.
public struct OffsetForLeaderEpochResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds. From version 2.
    public var throttleTimeMs: Int32
    /// The topics.
    public var topics: [OffsetForLeaderTopicResult]

    /// A response; fields left out have their defaults.
    public init(throttleTimeMs: Int32 = 0, topics: [OffsetForLeaderTopicResult] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.topics = topics
    }

    /// The outcome for a topic.
    public struct OffsetForLeaderTopicResult: Equatable, Sendable {
        /// The topic's name.
        public var topic: String
        /// The partitions.
        public var partitions: [EpochEndOffset]

        /// Fields left out have their defaults.
        public init(topic: String = "", partitions: [EpochEndOffset] = []) {
            self.topic = topic
            self.partitions = partitions
        }
    }

    /// Where a leader epoch ends.
    public struct EpochEndOffset: Equatable, Sendable {
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16
        /// The partition's number.
        public var partition: Int32
        /// The epoch of the partition's leader; -1 if unknown. From version 1.
        public var leaderEpoch: Int32
        /// The end offset; -1 if unknown.
        public var endOffset: Int64

        /// Fields left out have their defaults.
        public init(errorCode: Int16 = 0, partition: Int32 = 0, leaderEpoch: Int32 = -1, endOffset: Int64 = -1) {
            self.errorCode = errorCode
            self.partition = partition
            self.leaderEpoch = leaderEpoch
            self.endOffset = endOffset
        }
    }
}

extension OffsetForLeaderEpochResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...4, of: "OffsetForLeaderEpochResponse")
        let flexible = version >= 4
        if version >= 2 { writer.write(throttleTimeMs) }
        try writer.write(topics, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...4, of: "OffsetForLeaderEpochResponse")
        let flexible = version >= 4
        self.init()
        if version >= 2 { throttleTimeMs = try reader.read() }
        topics = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 4
        try writer.write(topic, compact: flexible)
        try writer.write(partitions, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 4
        self.init()
        topic = try reader.readString(compact: flexible)
        partitions = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension OffsetForLeaderEpochResponse.EpochEndOffset: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 4
        writer.write(errorCode)
        writer.write(partition)
        if version >= 1 { writer.write(leaderEpoch) }
        writer.write(endOffset)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 4
        self.init()
        errorCode = try reader.read()
        partition = try reader.read()
        if version >= 1 { leaderEpoch = try reader.read() }
        endOffset = try reader.read()
        if flexible { try reader.skipTaggedFields() }
    }
}
