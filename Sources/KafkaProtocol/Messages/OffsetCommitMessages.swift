/// OffsetCommit (API 8): stores a group's offsets. Versions 0 to 9, flexible from version 8.
public struct OffsetCommitRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = OffsetCommitResponse
    /// The number of the API.
    public static var apiKey: APIKey { .offsetCommit }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...9 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 8 }

    /// The consumer group's id.
    public var groupId: String
    /// The group's generation (or, in the consumer protocol of KIP-848, the member's epoch); -1 outside of a group.
    /// From version 1.
    public var generationIdOrMemberEpoch: Int32
    /// The id that the group coordinator gave the member. From version 1.
    public var memberId: String
    /// The id of a static member (KIP-345), or nil. From version 7.
    public var groupInstanceId: String?
    /// How long the offsets are kept, in milliseconds; -1 for the broker's default. Versions 2 to 4.
    public var retentionTimeMs: Int64
    /// The topics.
    public var topics: [OffsetCommitRequestTopic]

    /// A request; fields left out have their defaults.
    public init(
        groupId: String = "",
        generationIdOrMemberEpoch: Int32 = -1,
        memberId: String = "",
        groupInstanceId: String? = nil,
        retentionTimeMs: Int64 = -1,
        topics: [OffsetCommitRequestTopic] = []
    ) {
        self.groupId = groupId
        self.generationIdOrMemberEpoch = generationIdOrMemberEpoch
        self.memberId = memberId
        self.groupInstanceId = groupInstanceId
        self.retentionTimeMs = retentionTimeMs
        self.topics = topics
    }

    /// A topic.
    public struct OffsetCommitRequestTopic: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The partitions.
        public var partitions: [OffsetCommitRequestPartition]

        /// Fields left out have their defaults.
        public init(name: String = "", partitions: [OffsetCommitRequestPartition] = []) {
            self.name = name
            self.partitions = partitions
        }
    }

    /// A partition.
    public struct OffsetCommitRequestPartition: Equatable, Sendable {
        /// The partition's number.
        public var partitionIndex: Int32
        /// The committed offset: that of the next record to read.
        public var committedOffset: Int64
        /// The leader epoch of the last record read; -1 if unknown. From version 6.
        public var committedLeaderEpoch: Int32
        /// The time of the commit in milliseconds since 1970; -1 for the broker's. Version 1 only.
        public var commitTimestamp: Int64
        /// What the client keeps with its offset, or nil.
        public var committedMetadata: String?

        /// Fields left out have their defaults.
        public init(
            partitionIndex: Int32 = 0,
            committedOffset: Int64 = 0,
            committedLeaderEpoch: Int32 = -1,
            commitTimestamp: Int64 = -1,
            committedMetadata: String? = ""
        ) {
            self.partitionIndex = partitionIndex
            self.committedOffset = committedOffset
            self.committedLeaderEpoch = committedLeaderEpoch
            self.commitTimestamp = commitTimestamp
            self.committedMetadata = committedMetadata
        }
    }
}

extension OffsetCommitRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...9, of: "OffsetCommitRequest")
        let flexible = version >= 8
        try writer.write(groupId, compact: flexible)
        if version >= 1 { writer.write(generationIdOrMemberEpoch) }
        if version >= 1 { try writer.write(memberId, compact: flexible) }
        if version >= 7 {
            try writer.write(groupInstanceId, compact: flexible)
        } else if groupInstanceId != nil {
            throw KafkaProtocolError.noField("OffsetCommitRequest.groupInstanceId", version)
        }
        if (2...4).contains(version) { writer.write(retentionTimeMs) }
        try writer.write(topics, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...9, of: "OffsetCommitRequest")
        let flexible = version >= 8
        self.init()
        groupId = try reader.readString(compact: flexible)
        if version >= 1 { generationIdOrMemberEpoch = try reader.read() }
        if version >= 1 { memberId = try reader.readString(compact: flexible) }
        if version >= 7 { groupInstanceId = try reader.readNullableString(compact: flexible) }
        if (2...4).contains(version) { retentionTimeMs = try reader.read() }
        topics = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension OffsetCommitRequest.OffsetCommitRequestTopic: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 8
        try writer.write(name, compact: flexible)
        try writer.write(partitions, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 8
        self.init()
        name = try reader.readString(compact: flexible)
        partitions = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension OffsetCommitRequest.OffsetCommitRequestPartition: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 8
        writer.write(partitionIndex)
        writer.write(committedOffset)
        if version >= 6 { writer.write(committedLeaderEpoch) }
        if version == 1 {
            writer.write(commitTimestamp)
        } else if commitTimestamp != -1 {
            throw KafkaProtocolError.noField(
                "OffsetCommitRequest.OffsetCommitRequestPartition.commitTimestamp", version)
        }
        try writer.write(committedMetadata, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 8
        self.init()
        partitionIndex = try reader.read()
        committedOffset = try reader.read()
        if version >= 6 { committedLeaderEpoch = try reader.read() }
        if version == 1 { commitTimestamp = try reader.read() }
        committedMetadata = try reader.readNullableString(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `OffsetCommitRequest`.
public struct OffsetCommitResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds. From version 3.
    public var throttleTimeMs: Int32
    /// The topics.
    public var topics: [OffsetCommitResponseTopic]

    /// A response; fields left out have their defaults.
    public init(throttleTimeMs: Int32 = 0, topics: [OffsetCommitResponseTopic] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.topics = topics
    }

    /// The outcome for a topic.
    public struct OffsetCommitResponseTopic: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The partitions.
        public var partitions: [OffsetCommitResponsePartition]

        /// Fields left out have their defaults.
        public init(name: String = "", partitions: [OffsetCommitResponsePartition] = []) {
            self.name = name
            self.partitions = partitions
        }
    }

    /// The outcome for a partition.
    public struct OffsetCommitResponsePartition: Equatable, Sendable {
        /// The partition's number.
        public var partitionIndex: Int32
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16

        /// Fields left out have their defaults.
        public init(partitionIndex: Int32 = 0, errorCode: Int16 = 0) {
            self.partitionIndex = partitionIndex
            self.errorCode = errorCode
        }
    }
}

extension OffsetCommitResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...9, of: "OffsetCommitResponse")
        let flexible = version >= 8
        if version >= 3 { writer.write(throttleTimeMs) }
        try writer.write(topics, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...9, of: "OffsetCommitResponse")
        let flexible = version >= 8
        self.init()
        if version >= 3 { throttleTimeMs = try reader.read() }
        topics = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension OffsetCommitResponse.OffsetCommitResponseTopic: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 8
        try writer.write(name, compact: flexible)
        try writer.write(partitions, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 8
        self.init()
        name = try reader.readString(compact: flexible)
        partitions = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension OffsetCommitResponse.OffsetCommitResponsePartition: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 8
        writer.write(partitionIndex)
        writer.write(errorCode)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 8
        self.init()
        partitionIndex = try reader.read()
        errorCode = try reader.read()
        if flexible { try reader.skipTaggedFields() }
    }
}
