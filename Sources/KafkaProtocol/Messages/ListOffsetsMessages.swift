/// ListOffsets (API 2): finds offsets by timestamp. Versions 0 to 10, flexible from version 6.
public struct ListOffsetsRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = ListOffsetsResponse
    /// The number of the API.
    public static var apiKey: APIKey { .listOffsets }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...10 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 6 }

    /// The id of the follower that asks; -1 for a client.
    public var replicaId: Int32
    /// 0 to read all records, 1 to read those of committed transactions only. From version 2.
    public var isolationLevel: Int8
    /// The topics.
    public var topics: [ListOffsetsTopic]
    /// How long the broker may take, in milliseconds. Version 10 only.
    public var timeoutMs: Int32

    /// A request; fields left out have their defaults.
    public init(
        replicaId: Int32 = 0,
        isolationLevel: Int8 = 0,
        topics: [ListOffsetsTopic] = [],
        timeoutMs: Int32 = 0
    ) {
        self.replicaId = replicaId
        self.isolationLevel = isolationLevel
        self.topics = topics
        self.timeoutMs = timeoutMs
    }

    /// A topic.
    public struct ListOffsetsTopic: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The partitions.
        public var partitions: [ListOffsetsPartition]

        /// Fields left out have their defaults.
        public init(name: String = "", partitions: [ListOffsetsPartition] = []) {
            self.name = name
            self.partitions = partitions
        }
    }

    /// A partition.
    public struct ListOffsetsPartition: Equatable, Sendable {
        /// The partition's number.
        public var partitionIndex: Int32
        /// The leader epoch that the client knows, for fencing (KIP-320); -1 if it knows none. From version 4.
        public var currentLeaderEpoch: Int32
        /// The time to look for in milliseconds since 1970; -1 for the end of the log, -2 for its start, -3 for the
        /// largest timestamp.
        public var timestamp: Int64
        /// How many offsets to return. Version 0 only.
        public var maxNumOffsets: Int32

        /// Fields left out have their defaults.
        public init(
            partitionIndex: Int32 = 0,
            currentLeaderEpoch: Int32 = -1,
            timestamp: Int64 = 0,
            maxNumOffsets: Int32 = 1
        ) {
            self.partitionIndex = partitionIndex
            self.currentLeaderEpoch = currentLeaderEpoch
            self.timestamp = timestamp
            self.maxNumOffsets = maxNumOffsets
        }
    }
}

extension ListOffsetsRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...10, of: "ListOffsetsRequest")
        let flexible = version >= 6
        writer.write(replicaId)
        if version >= 2 {
            writer.write(isolationLevel)
        } else if isolationLevel != 0 {
            throw KafkaProtocolError.noField("ListOffsetsRequest.isolationLevel", version)
        }
        try writer.write(topics, compact: flexible, version: version)
        if version >= 10 { writer.write(timeoutMs) }
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...10, of: "ListOffsetsRequest")
        let flexible = version >= 6
        self.init()
        replicaId = try reader.read()
        if version >= 2 { isolationLevel = try reader.read() }
        topics = try reader.readArray(compact: flexible, version: version)
        if version >= 10 { timeoutMs = try reader.read() }
        if flexible { try reader.skipTaggedFields() }
    }
}

extension ListOffsetsRequest.ListOffsetsTopic: MessageStructure {
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

extension ListOffsetsRequest.ListOffsetsPartition: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 6
        writer.write(partitionIndex)
        if version >= 4 { writer.write(currentLeaderEpoch) }
        writer.write(timestamp)
        if version == 0 {
            writer.write(maxNumOffsets)
        } else if maxNumOffsets != 1 {
            throw KafkaProtocolError.noField("ListOffsetsRequest.ListOffsetsPartition.maxNumOffsets", version)
        }
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 6
        self.init()
        partitionIndex = try reader.read()
        if version >= 4 { currentLeaderEpoch = try reader.read() }
        timestamp = try reader.read()
        if version == 0 { maxNumOffsets = try reader.read() }
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `ListOffsetsRequest`.
public struct ListOffsetsResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds. From version 2.
    public var throttleTimeMs: Int32
    /// The topics.
    public var topics: [ListOffsetsTopicResponse]

    /// A response; fields left out have their defaults.
    public init(throttleTimeMs: Int32 = 0, topics: [ListOffsetsTopicResponse] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.topics = topics
    }

    /// The outcome for a topic.
    public struct ListOffsetsTopicResponse: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The partitions.
        public var partitions: [ListOffsetsPartitionResponse]

        /// Fields left out have their defaults.
        public init(name: String = "", partitions: [ListOffsetsPartitionResponse] = []) {
            self.name = name
            self.partitions = partitions
        }
    }

    /// The outcome for a partition.
    public struct ListOffsetsPartitionResponse: Equatable, Sendable {
        /// The partition's number.
        public var partitionIndex: Int32
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16
        /// Offsets of version 0. Version 0 only.
        public var oldStyleOffsets: [Int64]
        /// The timestamp of the record found, in milliseconds since 1970; -1 for none. From version 1.
        public var timestamp: Int64
        /// The offset found; -1 for none. From version 1.
        public var offset: Int64
        /// The epoch of the partition's leader; -1 if unknown. From version 4.
        public var leaderEpoch: Int32

        /// Fields left out have their defaults.
        public init(
            partitionIndex: Int32 = 0,
            errorCode: Int16 = 0,
            oldStyleOffsets: [Int64] = [],
            timestamp: Int64 = -1,
            offset: Int64 = -1,
            leaderEpoch: Int32 = -1
        ) {
            self.partitionIndex = partitionIndex
            self.errorCode = errorCode
            self.oldStyleOffsets = oldStyleOffsets
            self.timestamp = timestamp
            self.offset = offset
            self.leaderEpoch = leaderEpoch
        }
    }
}

extension ListOffsetsResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...10, of: "ListOffsetsResponse")
        let flexible = version >= 6
        if version >= 2 { writer.write(throttleTimeMs) }
        try writer.write(topics, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...10, of: "ListOffsetsResponse")
        let flexible = version >= 6
        self.init()
        if version >= 2 { throttleTimeMs = try reader.read() }
        topics = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension ListOffsetsResponse.ListOffsetsTopicResponse: MessageStructure {
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

extension ListOffsetsResponse.ListOffsetsPartitionResponse: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 6
        writer.write(partitionIndex)
        writer.write(errorCode)
        if version == 0 {
            try writer.write(oldStyleOffsets, compact: flexible)
        } else if !oldStyleOffsets.isEmpty {
            throw KafkaProtocolError.noField(
                "ListOffsetsResponse.ListOffsetsPartitionResponse.oldStyleOffsets", version)
        }
        if version >= 1 {
            writer.write(timestamp)
        } else if timestamp != -1 {
            throw KafkaProtocolError.noField("ListOffsetsResponse.ListOffsetsPartitionResponse.timestamp", version)
        }
        if version >= 1 {
            writer.write(offset)
        } else if offset != -1 {
            throw KafkaProtocolError.noField("ListOffsetsResponse.ListOffsetsPartitionResponse.offset", version)
        }
        if version >= 4 {
            writer.write(leaderEpoch)
        } else if leaderEpoch != -1 {
            throw KafkaProtocolError.noField("ListOffsetsResponse.ListOffsetsPartitionResponse.leaderEpoch", version)
        }
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 6
        self.init()
        partitionIndex = try reader.read()
        errorCode = try reader.read()
        if version == 0 { oldStyleOffsets = try reader.readArray(compact: flexible) }
        if version >= 1 { timestamp = try reader.read() }
        if version >= 1 { offset = try reader.read() }
        if version >= 4 { leaderEpoch = try reader.read() }
        if flexible { try reader.skipTaggedFields() }
    }
}
