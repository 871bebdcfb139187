/// The answer to `OffsetFetchRequest`.
public struct OffsetFetchResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds. From version 3.
    public var throttleTimeMs: Int32
    /// The topics. Up to version 7.
    public var topics: [OffsetFetchResponseTopic]
    /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success. Versions 2 to 7.
    public var errorCode: Int16
    /// The groups. From version 8.
    public var groups: [OffsetFetchResponseGroup]

    /// A response; fields left out have their defaults.
    public init(
        throttleTimeMs: Int32 = 0,
        topics: [OffsetFetchResponseTopic] = [],
        errorCode: Int16 = 0,
        groups: [OffsetFetchResponseGroup] = []
    ) {
        self.throttleTimeMs = throttleTimeMs
        self.topics = topics
        self.errorCode = errorCode
        self.groups = groups
    }

    /// The outcome for a topic.
    public struct OffsetFetchResponseTopic: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The partitions.
        public var partitions: [OffsetFetchResponsePartition]

        /// Fields left out have their defaults.
        public init(name: String = "", partitions: [OffsetFetchResponsePartition] = []) {
            self.name = name
            self.partitions = partitions
        }
    }

    /// The outcome for a partition.
    public struct OffsetFetchResponsePartition: Equatable, Sendable {
        /// The partition's number.
        public var partitionIndex: Int32
        /// The committed offset: that of the next record to read.
        public var committedOffset: Int64
        /// The leader epoch of the last record read; -1 if unknown. From version 5.
        public var committedLeaderEpoch: Int32
        /// What the client keeps with its offset, or nil.
        public var metadata: String?
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16

        /// Fields left out have their defaults.
        public init(
            partitionIndex: Int32 = 0,
            committedOffset: Int64 = 0,
            committedLeaderEpoch: Int32 = -1,
            metadata: String? = "",
            errorCode: Int16 = 0
        ) {
            self.partitionIndex = partitionIndex
            self.committedOffset = committedOffset
            self.committedLeaderEpoch = committedLeaderEpoch
            self.metadata = metadata
            self.errorCode = errorCode
        }
    }

    /// A group's offsets.
    public struct OffsetFetchResponseGroup: Equatable, Sendable {
        /// The consumer group's id.
        public var groupId: String
        /// The topics.
        public var topics: [OffsetFetchResponseTopics]
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16

        /// Fields left out have their defaults.
        public init(groupId: String = "", topics: [OffsetFetchResponseTopics] = [], errorCode: Int16 = 0) {
            self.groupId = groupId
            self.topics = topics
            self.errorCode = errorCode
        }
    }

    /// The outcome for a topic.
    public struct OffsetFetchResponseTopics: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The partitions.
        public var partitions: [OffsetFetchResponsePartitions]

        /// Fields left out have their defaults.
        public init(name: String = "", partitions: [OffsetFetchResponsePartitions] = []) {
            self.name = name
            self.partitions = partitions
        }
    }

    /// The outcome for a partition.
    public struct OffsetFetchResponsePartitions: Equatable, Sendable {
        /// The partition's number.
        public var partitionIndex: Int32
        /// The committed offset: that of the next record to read.
        public var committedOffset: Int64
        /// The leader epoch of the last record read; -1 if unknown.
        public var committedLeaderEpoch: Int32
        /// What the client keeps with its offset, or nil.
        public var metadata: String?
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16

        /// Fields left out have their defaults.
        public init(
            partitionIndex: Int32 = 0,
            committedOffset: Int64 = 0,
            committedLeaderEpoch: Int32 = -1,
            metadata: String? = "",
            errorCode: Int16 = 0
        ) {
            self.partitionIndex = partitionIndex
            self.committedOffset = committedOffset
            self.committedLeaderEpoch = committedLeaderEpoch
            self.metadata = metadata
            self.errorCode = errorCode
        }
    }
}

extension OffsetFetchResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...9, of: "OffsetFetchResponse")
        let flexible = version >= 6
        if version >= 3 { writer.write(throttleTimeMs) }
        if version <= 7 {
            try writer.write(topics, compact: flexible, version: version)
        } else if !topics.isEmpty {
            throw KafkaProtocolError.noField("OffsetFetchResponse.topics", version)
        }
        if (2...7).contains(version) { writer.write(errorCode) }
        if version >= 8 {
            try writer.write(groups, compact: flexible, version: version)
        } else if !groups.isEmpty {
            throw KafkaProtocolError.noField("OffsetFetchResponse.groups", version)
        }
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...9, of: "OffsetFetchResponse")
        let flexible = version >= 6
        self.init()
        if version >= 3 { throttleTimeMs = try reader.read() }
        if version <= 7 { topics = try reader.readArray(compact: flexible, version: version) }
        if (2...7).contains(version) { errorCode = try reader.read() }
        if version >= 8 { groups = try reader.readArray(compact: flexible, version: version) }
        if flexible { try reader.skipTaggedFields() }
    }
}

extension OffsetFetchResponse.OffsetFetchResponseTopic: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 6
        try writer.write(name, compact: flexible)
        try writer.write(partitions, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 6
        self.init()
        name = try reader.readString(compact: flexible)
        partitions = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension OffsetFetchResponse.OffsetFetchResponsePartition: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 6
        writer.write(partitionIndex)
        writer.write(committedOffset)
        if version >= 5 { writer.write(committedLeaderEpoch) }
        try writer.write(metadata, compact: flexible)
        writer.write(errorCode)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 6
        self.init()
        partitionIndex = try reader.read()
        committedOffset = try reader.read()
        if version >= 5 { committedLeaderEpoch = try reader.read() }
        metadata = try reader.readNullableString(compact: flexible)
        errorCode = try reader.read()
        if flexible { try reader.skipTaggedFields() }
    }
}

extension OffsetFetchResponse.OffsetFetchResponseGroup: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(groupId, compact: true)
        try writer.write(topics, compact: true, version: version)
        writer.write(errorCode)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        groupId = try reader.readString(compact: true)
        topics = try reader.readArray(compact: true, version: version)
        errorCode = try reader.read()
        try reader.skipTaggedFields()
    }
}

extension OffsetFetchResponse.OffsetFetchResponseTopics: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(name, compact: true)
        try writer.write(partitions, compact: true, version: version)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        name = try reader.readString(compact: true)
        partitions = try reader.readArray(compact: true, version: version)
        try reader.skipTaggedFields()
    }
}

extension OffsetFetchResponse.OffsetFetchResponsePartitions: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        writer.write(partitionIndex)
        writer.write(committedOffset)
        writer.write(committedLeaderEpoch)
        try writer.write(metadata, compact: true)
        writer.write(errorCode)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        partitionIndex = try reader.read()
        committedOffset = try reader.read()
        committedLeaderEpoch = try reader.read()
        metadata = try reader.readNullableString(compact: true)
        errorCode = try reader.read()
        try reader.skipTaggedFields()
    }
}
