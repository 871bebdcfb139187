/// ConsumerGroupDescribe (API 69): describes groups of the consumer protocol of KIP-848. Versions 0 to 1, flexible.
public struct ConsumerGroupDescribeRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = ConsumerGroupDescribeResponse
    /// The number of the API.
    public static var apiKey: APIKey { .consumerGroupDescribe }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...1 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 0 }

    /// The groups' ids.
    public var groupIds: [String]
    /// Whether to tell what the client may do with the groups.
    public var includeAuthorizedOperations: Bool

    /// A request; fields left out have their defaults.
    public init(groupIds: [String] = [], includeAuthorizedOperations: Bool = false) {
        self.groupIds = groupIds
        self.includeAuthorizedOperations = includeAuthorizedOperations
    }
}

extension ConsumerGroupDescribeRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "ConsumerGroupDescribeRequest")
        try writer.write(groupIds, compact: true)
        writer.write(includeAuthorizedOperations)
        writer.writeNoTaggedFields()
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "ConsumerGroupDescribeRequest")
        self.init()
        groupIds = try reader.readArray(compact: true)
        includeAuthorizedOperations = try reader.readBool()
        try reader.skipTaggedFields()
    }
}

/// The answer to `ConsumerGroupDescribeRequest`.
public struct ConsumerGroupDescribeResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// The groups, in the order of the request.
    public var groups: [DescribedGroup]

    /// A response; fields left out have their defaults.
    public init(throttleTimeMs: Int32 = 0, groups: [DescribedGroup] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.groups = groups
    }

    /// A group.
    public struct DescribedGroup: Equatable, Sendable {
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16
        /// The error in words, or nil.
        public var errorMessage: String?
        /// The group's id.
        public var groupId: String
        /// The group's state; empty on error.
        public var groupState: String
        /// The group's epoch.
        public var groupEpoch: Int32
        /// The epoch of the target assignment.
        public var assignmentEpoch: Int32
        /// The assignor that is used.
        public var assignorName: String
        /// The members.
        public var members: [Member]
        /// A bit for each operation that the client may do; `Int32.min` if not asked for.
        public var authorizedOperations: Int32

        /// Fields left out have their defaults.
        public init(
            errorCode: Int16 = 0,
            errorMessage: String? = nil,
            groupId: String = "",
            groupState: String = "",
            groupEpoch: Int32 = 0,
            assignmentEpoch: Int32 = 0,
            assignorName: String = "",
            members: [Member] = [],
            authorizedOperations: Int32 = .min
        ) {
            self.errorCode = errorCode
            self.errorMessage = errorMessage
            self.groupId = groupId
            self.groupState = groupState
            self.groupEpoch = groupEpoch
            self.assignmentEpoch = assignmentEpoch
            self.assignorName = assignorName
            self.members = members
            self.authorizedOperations = authorizedOperations
        }
    }

    /// A member.
    public struct Member: Equatable, Sendable {
        /// The member's id.
        public var memberId: String
        /// The id of a static member (KIP-345), or nil.
        public var instanceId: String?
        /// The rack of the client.
        public var rackId: String?
        /// The member's epoch.
        public var memberEpoch: Int32
        /// The client's name for itself.
        public var clientId: String
        /// Where the client connects from.
        public var clientHost: String
        /// The topics subscribed to.
        public var subscribedTopicNames: [String]
        /// The pattern for the topics subscribed to, or nil.
        public var subscribedTopicRegex: String?
        /// What the member has.
        public var assignment: Assignment
        /// What the member is to have.
        public var targetAssignment: Assignment
        /// 0 for a member of the classic protocol, 1 for one of the consumer protocol, -1 if unknown.
        public var memberType: Int8

        /// Fields left out have their defaults.
        public init(
            memberId: String = "",
            instanceId: String? = nil,
            rackId: String? = nil,
            memberEpoch: Int32 = 0,
            clientId: String = "",
            clientHost: String = "",
            subscribedTopicNames: [String] = [],
            subscribedTopicRegex: String? = nil,
            assignment: Assignment = Assignment(),
            targetAssignment: Assignment = Assignment(),
            memberType: Int8 = -1
        ) {
            self.memberId = memberId
            self.instanceId = instanceId
            self.rackId = rackId
            self.memberEpoch = memberEpoch
            self.clientId = clientId
            self.clientHost = clientHost
            self.subscribedTopicNames = subscribedTopicNames
            self.subscribedTopicRegex = subscribedTopicRegex
            self.assignment = assignment
            self.targetAssignment = targetAssignment
            self.memberType = memberType
        }
    }

    /// An assignment.
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
        /// The topic's name.
        public var topicName: String
        /// The partitions.
        public var partitions: [Int32]

        /// Fields left out have their defaults.
        public init(topicId: KafkaUUID = .zero, topicName: String = "", partitions: [Int32] = []) {
            self.topicId = topicId
            self.topicName = topicName
            self.partitions = partitions
        }
    }
}

extension ConsumerGroupDescribeResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "ConsumerGroupDescribeResponse")
        writer.write(throttleTimeMs)
        try writer.write(groups, compact: true, version: version)
        writer.writeNoTaggedFields()
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "ConsumerGroupDescribeResponse")
        self.init()
        throttleTimeMs = try reader.read()
        groups = try reader.readArray(compact: true, version: version)
        try reader.skipTaggedFields()
    }
}

extension ConsumerGroupDescribeResponse.DescribedGroup: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        writer.write(errorCode)
        try writer.write(errorMessage, compact: true)
        try writer.write(groupId, compact: true)
        try writer.write(groupState, compact: true)
        writer.write(groupEpoch)
        writer.write(assignmentEpoch)
        try writer.write(assignorName, compact: true)
        try writer.write(members, compact: true, version: version)
        writer.write(authorizedOperations)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        errorCode = try reader.read()
        errorMessage = try reader.readNullableString(compact: true)
        groupId = try reader.readString(compact: true)
        groupState = try reader.readString(compact: true)
        groupEpoch = try reader.read()
        assignmentEpoch = try reader.read()
        assignorName = try reader.readString(compact: true)
        members = try reader.readArray(compact: true, version: version)
        authorizedOperations = try reader.read()
        try reader.skipTaggedFields()
    }
}

extension ConsumerGroupDescribeResponse.Member: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(memberId, compact: true)
        try writer.write(instanceId, compact: true)
        try writer.write(rackId, compact: true)
        writer.write(memberEpoch)
        try writer.write(clientId, compact: true)
        try writer.write(clientHost, compact: true)
        try writer.write(subscribedTopicNames, compact: true)
        try writer.write(subscribedTopicRegex, compact: true)
        try assignment.encode(into: &writer, version: version)
        try targetAssignment.encode(into: &writer, version: version)
        if version >= 1 {
            writer.write(memberType)
        }
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        memberId = try reader.readString(compact: true)
        instanceId = try reader.readNullableString(compact: true)
        rackId = try reader.readNullableString(compact: true)
        memberEpoch = try reader.read()
        clientId = try reader.readString(compact: true)
        clientHost = try reader.readString(compact: true)
        subscribedTopicNames = try reader.readArray(compact: true)
        subscribedTopicRegex = try reader.readNullableString(compact: true)
        assignment = try ConsumerGroupDescribeResponse.Assignment(from: &reader, version: version)
        targetAssignment = try ConsumerGroupDescribeResponse.Assignment(from: &reader, version: version)
        if version >= 1 { memberType = try reader.read() }
        try reader.skipTaggedFields()
    }
}

extension ConsumerGroupDescribeResponse.Assignment: MessageStructure {
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

extension ConsumerGroupDescribeResponse.TopicPartitions: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        writer.write(topicId)
        try writer.write(topicName, compact: true)
        try writer.write(partitions, compact: true)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        topicId = try reader.readUUID()
        topicName = try reader.readString(compact: true)
        partitions = try reader.readArray(compact: true)
        try reader.skipTaggedFields()
    }
}
