/// ConsumerGroupHeartbeat (API 68): joins, keeps and leaves a group in the consumer protocol of KIP-848. Versions 0
/// to 1, flexible from version 0.
public struct ConsumerGroupHeartbeatRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = ConsumerGroupHeartbeatResponse
    /// The number of the API.
    public static var apiKey: APIKey { .consumerGroupHeartbeat }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...1 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 0 }

    /// The consumer group's id.
    public var groupId: String
    /// The id that the group coordinator gave the member.
    public var memberId: String
    /// The member's epoch (KIP-848).
    public var memberEpoch: Int32
    /// The id of a static member (KIP-345), or nil.
    public var instanceId: String?
    /// The rack of the client.
    public var rackId: String?
    /// How long the coordinator waits for members to rejoin, in milliseconds; -1 if not given.
    public var rebalanceTimeoutMs: Int32
    /// The topics subscribed to; nil if unchanged.
    public var subscribedTopicNames: [String]?
    /// A pattern for the topics subscribed to; nil if unchanged. Version 1 only.
    public var subscribedTopicRegex: String?
    /// The assignor of the broker to use; nil for its choice.
    public var serverAssignor: String?
    /// Partitions by topic.
    public var topicPartitions: [TopicPartitions]?

    /// A request; fields left out have their defaults.
    public init(
        groupId: String = "",
        memberId: String = "",
        memberEpoch: Int32 = 0,
        instanceId: String? = nil,
        rackId: String? = nil,
        rebalanceTimeoutMs: Int32 = -1,
        subscribedTopicNames: [String]? = nil,
        subscribedTopicRegex: String? = nil,
        serverAssignor: String? = nil,
        topicPartitions: [TopicPartitions]? = nil
    ) {
        self.groupId = groupId
        self.memberId = memberId
        self.memberEpoch = memberEpoch
        self.instanceId = instanceId
        self.rackId = rackId
        self.rebalanceTimeoutMs = rebalanceTimeoutMs
        self.subscribedTopicNames = subscribedTopicNames
        self.subscribedTopicRegex = subscribedTopicRegex
        self.serverAssignor = serverAssignor
        self.topicPartitions = topicPartitions
    }

    /// The partitions of a topic.
    public struct TopicPartitions: Equatable, Sendable {
        /// The topic's unique id.
        public var topicId: KafkaUUID
        /// The partitions.
        public var partitions: [Int32]

        /// Fields left out have their defaults.
        public init(topicId: KafkaUUID = .zero, partitions: [Int32] = []) {
            self.topicId = topicId
            self.partitions = partitions
        }
    }
}

extension ConsumerGroupHeartbeatRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "ConsumerGroupHeartbeatRequest")
        try writer.write(groupId, compact: true)
        try writer.write(memberId, compact: true)
        writer.write(memberEpoch)
        try writer.write(instanceId, compact: true)
        try writer.write(rackId, compact: true)
        writer.write(rebalanceTimeoutMs)
        try writer.write(subscribedTopicNames, compact: true)
        if version >= 1 {
            try writer.write(subscribedTopicRegex, compact: true)
        } else if subscribedTopicRegex != nil {
            throw KafkaProtocolError.noField("ConsumerGroupHeartbeatRequest.subscribedTopicRegex", version)
        }
        try writer.write(serverAssignor, compact: true)
        try writer.write(topicPartitions, compact: true, version: version)
        writer.writeNoTaggedFields()
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "ConsumerGroupHeartbeatRequest")
        self.init()
        groupId = try reader.readString(compact: true)
        memberId = try reader.readString(compact: true)
        memberEpoch = try reader.read()
        instanceId = try reader.readNullableString(compact: true)
        rackId = try reader.readNullableString(compact: true)
        rebalanceTimeoutMs = try reader.read()
        subscribedTopicNames = try reader.readNullableArray(compact: true)
        if version >= 1 { subscribedTopicRegex = try reader.readNullableString(compact: true) }
        serverAssignor = try reader.readNullableString(compact: true)
        topicPartitions = try reader.readNullableArray(compact: true, version: version)
        try reader.skipTaggedFields()
    }
}

extension ConsumerGroupHeartbeatRequest.TopicPartitions: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        writer.write(topicId)
        try writer.write(partitions, compact: true)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        topicId = try reader.readUUID()
        partitions = try reader.readArray(compact: true)
        try reader.skipTaggedFields()
    }
}

/// The answer to `ConsumerGroupHeartbeatRequest`.
public struct ConsumerGroupHeartbeatResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
    public var errorCode: Int16
    /// The error in words, or nil.
    public var errorMessage: String?
    /// The id that the group coordinator gave the member.
    public var memberId: String?
    /// The member's epoch (KIP-848).
    public var memberEpoch: Int32
    /// The time between heartbeats in milliseconds.
    public var heartbeatIntervalMs: Int32
    /// The member's new assignment, or nil if it did not change.
    public var assignment: Assignment?

    /// A response; fields left out have their defaults.
    public init(
        throttleTimeMs: Int32 = 0,
        errorCode: Int16 = 0,
        errorMessage: String? = nil,
        memberId: String? = nil,
        memberEpoch: Int32 = 0,
        heartbeatIntervalMs: Int32 = 0,
        assignment: Assignment? = nil
    ) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
        self.errorMessage = errorMessage
        self.memberId = memberId
        self.memberEpoch = memberEpoch
        self.heartbeatIntervalMs = heartbeatIntervalMs
        self.assignment = assignment
    }

    /// A member's assignment.
    public struct Assignment: Equatable, Sendable {
        /// Partitions by topic.
        public var topicPartitions: [TopicPartitions]

        /// Fields left out have their defaults.
        public init(topicPartitions: [TopicPartitions] = []) {
            self.topicPartitions = topicPartitions
        }
    }

    /// The partitions of a topic.
    public struct TopicPartitions: Equatable, Sendable {
        /// The topic's unique id.
        public var topicId: KafkaUUID
        /// The partitions.
        public var partitions: [Int32]

        /// Fields left out have their defaults.
        public init(topicId: KafkaUUID = .zero, partitions: [Int32] = []) {
            self.topicId = topicId
            self.partitions = partitions
        }
    }
}

extension ConsumerGroupHeartbeatResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "ConsumerGroupHeartbeatResponse")
        writer.write(throttleTimeMs)
        writer.write(errorCode)
        try writer.write(errorMessage, compact: true)
        try writer.write(memberId, compact: true)
        writer.write(memberEpoch)
        writer.write(heartbeatIntervalMs)
        try writer.write(assignment, version: version)
        writer.writeNoTaggedFields()
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "ConsumerGroupHeartbeatResponse")
        self.init()
        throttleTimeMs = try reader.read()
        errorCode = try reader.read()
        errorMessage = try reader.readNullableString(compact: true)
        memberId = try reader.readNullableString(compact: true)
        memberEpoch = try reader.read()
        heartbeatIntervalMs = try reader.read()
        assignment = try reader.readNullable(version: version)
        try reader.skipTaggedFields()
    }
}

extension ConsumerGroupHeartbeatResponse.Assignment: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(topicPartitions, compact: true, version: version)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        topicPartitions = try reader.readArray(compact: true, version: version)
        try reader.skipTaggedFields()
    }
}

extension ConsumerGroupHeartbeatResponse.TopicPartitions: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        writer.write(topicId)
        try writer.write(partitions, compact: true)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        topicId = try reader.readUUID()
        partitions = try reader.readArray(compact: true)
        try reader.skipTaggedFields()
    }
}
