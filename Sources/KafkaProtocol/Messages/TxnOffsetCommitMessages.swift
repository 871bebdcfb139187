/// TxnOffsetCommit (API 28): stores a group's offsets as part of a transaction. Versions 0 to 5, flexible from
/// version 3.
public struct TxnOffsetCommitRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = TxnOffsetCommitResponse
    /// The number of the API.
    public static var apiKey: APIKey { .txnOffsetCommit }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...5 }
    /// Version 5 makes the group part of the transaction (KIP-890), for producers that keep its other rules, too.
    public static var stableVersions: ClosedRange<Int16> { 0...4 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 3 }

    /// The next version for transactions of version 2, else the last stable one.
    public var newestVersion: Int16 { isOfTransactionV2 ? 5 : 4 }

    /// Whether it is of a transaction of version 2 (KIP-890). Not a field: the version in which it is sent says so.
    public var isOfTransactionV2 = false
    /// The transactional id, or nil outside of transactions.
    public var transactionalId: String
    /// The consumer group's id.
    public var groupId: String
    /// The producer's id, given out by InitProducerId; -1 for none.
    public var producerId: Int64
    /// The epoch of the producer's id; an older one is fenced.
    public var producerEpoch: Int16
    /// The generation of the group, raised by each rebalance. From version 3.
    public var generationId: Int32
    /// The id that the group coordinator gave the member. From version 3.
    public var memberId: String
    /// The id of a static member (KIP-345), or nil. From version 3.
    public var groupInstanceId: String?
    /// The topics.
    public var topics: [TxnOffsetCommitRequestTopic]

    /// A request; fields left out have their defaults.
    public init(
        transactionalId: String = "",
        groupId: String = "",
        producerId: Int64 = 0,
        producerEpoch: Int16 = 0,
        generationId: Int32 = -1,
        memberId: String = "",
        groupInstanceId: String? = nil,
        topics: [TxnOffsetCommitRequestTopic] = []
    ) {
        self.transactionalId = transactionalId
        self.groupId = groupId
        self.producerId = producerId
        self.producerEpoch = producerEpoch
        self.generationId = generationId
        self.memberId = memberId
        self.groupInstanceId = groupInstanceId
        self.topics = topics
    }

    /// A topic.
    public struct TxnOffsetCommitRequestTopic: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The partitions.
        public var partitions: [TxnOffsetCommitRequestPartition]

        /// Fields left out have their defaults.
        public init(name: String = "", partitions: [TxnOffsetCommitRequestPartition] = []) {
            self.name = name
            self.partitions = partitions
        }
    }

    /// A partition.
    public struct TxnOffsetCommitRequestPartition: Equatable, Sendable {
        /// The partition's number.
        public var partitionIndex: Int32
        /// The committed offset: that of the next record to read.
        public var committedOffset: Int64
        /// The leader epoch of the last record read; -1 if unknown. From version 2.
        public var committedLeaderEpoch: Int32
        /// What the client keeps with its offset, or nil.
        public var committedMetadata: String?

        /// Fields left out have their defaults.
        public init(
            partitionIndex: Int32 = 0,
            committedOffset: Int64 = 0,
            committedLeaderEpoch: Int32 = -1,
            committedMetadata: String? = ""
        ) {
            self.partitionIndex = partitionIndex
            self.committedOffset = committedOffset
            self.committedLeaderEpoch = committedLeaderEpoch
            self.committedMetadata = committedMetadata
        }
    }
}

extension TxnOffsetCommitRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "TxnOffsetCommitRequest")
        let flexible = version >= 3
        try writer.write(transactionalId, compact: flexible)
        try writer.write(groupId, compact: flexible)
        writer.write(producerId)
        writer.write(producerEpoch)
        if version >= 3 {
            writer.write(generationId)
        } else if generationId != -1 {
            throw KafkaProtocolError.noField("TxnOffsetCommitRequest.generationId", version)
        }
        if version >= 3 {
            try writer.write(memberId, compact: flexible)
        } else if !memberId.isEmpty {
            throw KafkaProtocolError.noField("TxnOffsetCommitRequest.memberId", version)
        }
        if version >= 3 {
            try writer.write(groupInstanceId, compact: flexible)
        } else if groupInstanceId != nil {
            throw KafkaProtocolError.noField("TxnOffsetCommitRequest.groupInstanceId", version)
        }
        try writer.write(topics, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "TxnOffsetCommitRequest")
        let flexible = version >= 3
        self.init()
        transactionalId = try reader.readString(compact: flexible)
        groupId = try reader.readString(compact: flexible)
        producerId = try reader.read()
        producerEpoch = try reader.read()
        if version >= 3 { generationId = try reader.read() }
        if version >= 3 { memberId = try reader.readString(compact: flexible) }
        if version >= 3 { groupInstanceId = try reader.readNullableString(compact: flexible) }
        topics = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 3
        try writer.write(name, compact: flexible)
        try writer.write(partitions, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 3
        self.init()
        name = try reader.readString(compact: flexible)
        partitions = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 3
        writer.write(partitionIndex)
        writer.write(committedOffset)
        if version >= 2 { writer.write(committedLeaderEpoch) }
        try writer.write(committedMetadata, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 3
        self.init()
        partitionIndex = try reader.read()
        committedOffset = try reader.read()
        if version >= 2 { committedLeaderEpoch = try reader.read() }
        committedMetadata = try reader.readNullableString(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `TxnOffsetCommitRequest`.
public struct TxnOffsetCommitResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// The topics.
    public var topics: [TxnOffsetCommitResponseTopic]

    /// A response; fields left out have their defaults.
    public init(throttleTimeMs: Int32 = 0, topics: [TxnOffsetCommitResponseTopic] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.topics = topics
    }

    /// The outcome for a topic.
    public struct TxnOffsetCommitResponseTopic: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The partitions.
        public var partitions: [TxnOffsetCommitResponsePartition]

        /// Fields left out have their defaults.
        public init(name: String = "", partitions: [TxnOffsetCommitResponsePartition] = []) {
            self.name = name
            self.partitions = partitions
        }
    }

    /// The outcome for a partition.
    public struct TxnOffsetCommitResponsePartition: Equatable, Sendable {
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

extension TxnOffsetCommitResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "TxnOffsetCommitResponse")
        let flexible = version >= 3
        writer.write(throttleTimeMs)
        try writer.write(topics, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "TxnOffsetCommitResponse")
        let flexible = version >= 3
        self.init()
        throttleTimeMs = try reader.read()
        topics = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 3
        try writer.write(name, compact: flexible)
        try writer.write(partitions, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 3
        self.init()
        name = try reader.readString(compact: flexible)
        partitions = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 3
        writer.write(partitionIndex)
        writer.write(errorCode)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 3
        self.init()
        partitionIndex = try reader.read()
        errorCode = try reader.read()
        if flexible { try reader.skipTaggedFields() }
    }
}
