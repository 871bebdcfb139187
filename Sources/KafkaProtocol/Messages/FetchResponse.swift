/// The answer to `FetchRequest`.
public struct FetchResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds. From version 1.
    public var throttleTimeMs: Int32
    /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success. From version 7.
    public var errorCode: Int16
    /// The fetch session's id (KIP-227); 0 for none. From version 7.
    public var sessionId: Int32
    /// The outcomes.
    public var responses: [FetchableTopicResponse]
    /// Addresses of leaders that are new to the client (KIP-951). From version 16.
    public var nodeEndpoints: [NodeEndpoint]

    /// A response; fields left out have their defaults.
    public init(
        throttleTimeMs: Int32 = 0,
        errorCode: Int16 = 0,
        sessionId: Int32 = 0,
        responses: [FetchableTopicResponse] = [],
        nodeEndpoints: [NodeEndpoint] = []
    ) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
        self.sessionId = sessionId
        self.responses = responses
        self.nodeEndpoints = nodeEndpoints
    }

    /// What was fetched of a topic.
    public struct FetchableTopicResponse: Equatable, Sendable {
        /// The topic's name. Up to version 12.
        public var topic: String
        /// The topic's unique id. From version 13.
        public var topicId: KafkaUUID
        /// The partitions.
        public var partitions: [PartitionData]

        /// Fields left out have their defaults.
        public init(topic: String = "", topicId: KafkaUUID = .zero, partitions: [PartitionData] = []) {
            self.topic = topic
            self.topicId = topicId
            self.partitions = partitions
        }
    }

    /// What was fetched of a partition.
    public struct PartitionData: Equatable, Sendable {
        /// The partition's number.
        public var partitionIndex: Int32
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16
        /// The offset after the last record that consumers may see.
        public var highWatermark: Int64
        /// The offset before which all transactions are decided; -1 if unknown. From version 4.
        public var lastStableOffset: Int64
        /// The first offset of the log; -1 if unknown. From version 5.
        public var logStartOffset: Int64
        /// Where the client's log diverges from the leader's. From version 12.
        public var divergingEpoch: EpochEndOffset
        /// The leader now, where the client asked another broker. From version 12.
        public var currentLeader: LeaderIdAndEpoch
        /// The snapshot to fetch instead, for followers of the metadata log. From version 12.
        public var snapshotId: SnapshotId
        /// The aborted transactions among the records, nil in `readUncommitted`. From version 4.
        public var abortedTransactions: [AbortedTransaction]?
        /// The replica to fetch from instead (KIP-392); -1 for none. From version 11.
        public var preferredReadReplica: Int32
        /// Whole record batches, one after the other; nil for none.
        public var records: Bytes?

        /// Fields left out have their defaults.
        public init(
            partitionIndex: Int32 = 0,
            errorCode: Int16 = 0,
            highWatermark: Int64 = 0,
            lastStableOffset: Int64 = -1,
            logStartOffset: Int64 = -1,
            divergingEpoch: EpochEndOffset = EpochEndOffset(),
            currentLeader: LeaderIdAndEpoch = LeaderIdAndEpoch(),
            snapshotId: SnapshotId = SnapshotId(),
            abortedTransactions: [AbortedTransaction]? = [],
            preferredReadReplica: Int32 = -1,
            records: Bytes? = Bytes()
        ) {
            self.partitionIndex = partitionIndex
            self.errorCode = errorCode
            self.highWatermark = highWatermark
            self.lastStableOffset = lastStableOffset
            self.logStartOffset = logStartOffset
            self.divergingEpoch = divergingEpoch
            self.currentLeader = currentLeader
            self.snapshotId = snapshotId
            self.abortedTransactions = abortedTransactions
            self.preferredReadReplica = preferredReadReplica
            self.records = records
        }
    }

    /// Where a leader epoch ends.
    public struct EpochEndOffset: Equatable, Sendable {
        /// The leader epoch; -1 if unknown.
        public var epoch: Int32
        /// The end offset; -1 if unknown.
        public var endOffset: Int64

        /// Fields left out have their defaults.
        public init(epoch: Int32 = -1, endOffset: Int64 = -1) {
            self.epoch = epoch
            self.endOffset = endOffset
        }
    }

    /// The leader of a partition.
    public struct LeaderIdAndEpoch: Equatable, Sendable {
        /// The id of the leading broker; -1 for none.
        public var leaderId: Int32
        /// The epoch of the partition's leader; -1 if unknown.
        public var leaderEpoch: Int32

        /// Fields left out have their defaults.
        public init(leaderId: Int32 = -1, leaderEpoch: Int32 = -1) {
            self.leaderId = leaderId
            self.leaderEpoch = leaderEpoch
        }
    }

    /// The id of a snapshot of the metadata log.
    public struct SnapshotId: Equatable, Sendable {
        /// The end offset; -1 if unknown.
        public var endOffset: Int64
        /// The leader epoch; -1 if unknown.
        public var epoch: Int32

        /// Fields left out have their defaults.
        public init(endOffset: Int64 = -1, epoch: Int32 = -1) {
            self.endOffset = endOffset
            self.epoch = epoch
        }
    }

    /// A transaction whose records a `readCommitted` client passes over.
    public struct AbortedTransaction: Equatable, Sendable {
        /// The producer's id, given out by InitProducerId; -1 for none.
        public var producerId: Int64
        /// The first offset of the aborted transaction.
        public var firstOffset: Int64

        /// Fields left out have their defaults.
        public init(producerId: Int64 = 0, firstOffset: Int64 = 0) {
            self.producerId = producerId
            self.firstOffset = firstOffset
        }
    }

    /// A broker's address.
    public struct NodeEndpoint: Equatable, Sendable {
        /// The broker's id.
        public var nodeId: Int32
        /// The host name.
        public var host: String
        /// The port.
        public var port: Int32
        /// The broker's rack, or nil.
        public var rack: String?

        /// Fields left out have their defaults.
        public init(nodeId: Int32 = 0, host: String = "", port: Int32 = 0, rack: String? = nil) {
            self.nodeId = nodeId
            self.host = host
            self.port = port
            self.rack = rack
        }
    }
}

extension FetchResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...17, of: "FetchResponse")
        let flexible = version >= 12
        if version >= 1 { writer.write(throttleTimeMs) }
        if version >= 7 { writer.write(errorCode) }
        if version >= 7 {
            writer.write(sessionId)
        } else if sessionId != 0 {
            throw KafkaProtocolError.noField("FetchResponse.sessionId", version)
        }
        try writer.write(responses, compact: flexible, version: version)
        if version < 16, !nodeEndpoints.isEmpty {
            throw KafkaProtocolError.noField("FetchResponse.nodeEndpoints", version)
        }
        if flexible {
            let tags = writer.beginTaggedFields()
            if version >= 16, !nodeEndpoints.isEmpty {
                try writer.writeTaggedField(0, in: tags) { writer in
                    try writer.write(nodeEndpoints, compact: true, version: version)
                }
            }
        }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...17, of: "FetchResponse")
        let flexible = version >= 12
        self.init()
        if version >= 1 { throttleTimeMs = try reader.read() }
        if version >= 7 { errorCode = try reader.read() }
        if version >= 7 { sessionId = try reader.read() }
        responses = try reader.readArray(compact: flexible, version: version)
        if flexible {
            try reader.readTaggedFields { tag, reader in
                switch tag {
                case 0 where version >= 16: nodeEndpoints = try reader.readArray(compact: true, version: version)
                default: break
                }
            }
        }
    }
}

extension FetchResponse.FetchableTopicResponse: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 12
        if version <= 12 { try writer.write(topic, compact: flexible) }
        if version >= 13 { writer.write(topicId) }
        try writer.write(partitions, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 12
        self.init()
        if version <= 12 { topic = try reader.readString(compact: flexible) }
        if version >= 13 { topicId = try reader.readUUID() }
        partitions = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension FetchResponse.PartitionData: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 12
        writer.write(partitionIndex)
        writer.write(errorCode)
        writer.write(highWatermark)
        if version >= 4 { writer.write(lastStableOffset) }
        if version >= 5 { writer.write(logStartOffset) }
        if version >= 4 { try writer.write(abortedTransactions, compact: flexible, version: version) }
        if version >= 11 {
            writer.write(preferredReadReplica)
        } else if preferredReadReplica != -1 {
            throw KafkaProtocolError.noField("FetchResponse.PartitionData.preferredReadReplica", version)
        }
        try writer.write(records: records, compact: flexible)
        if version < 12, divergingEpoch != FetchResponse.EpochEndOffset() {
            throw KafkaProtocolError.noField("FetchResponse.PartitionData.divergingEpoch", version)
        }
        if version < 12, currentLeader != FetchResponse.LeaderIdAndEpoch() {
            throw KafkaProtocolError.noField("FetchResponse.PartitionData.currentLeader", version)
        }
        if version < 12, snapshotId != FetchResponse.SnapshotId() {
            throw KafkaProtocolError.noField("FetchResponse.PartitionData.snapshotId", version)
        }
        if flexible {
            let tags = writer.beginTaggedFields()
            if divergingEpoch != FetchResponse.EpochEndOffset() {
                try writer.writeTaggedField(0, in: tags) { writer in
                    try divergingEpoch.encode(into: &writer, version: version)
                }
            }
            if currentLeader != FetchResponse.LeaderIdAndEpoch() {
                try writer.writeTaggedField(1, in: tags) { writer in
                    try currentLeader.encode(into: &writer, version: version)
                }
            }
            if snapshotId != FetchResponse.SnapshotId() {
                try writer.writeTaggedField(2, in: tags) { writer in
                    try snapshotId.encode(into: &writer, version: version)
                }
            }
        }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 12
        self.init()
        partitionIndex = try reader.read()
        errorCode = try reader.read()
        highWatermark = try reader.read()
        if version >= 4 { lastStableOffset = try reader.read() }
        if version >= 5 { logStartOffset = try reader.read() }
        if version >= 4 {
            abortedTransactions = try reader.readNullableArray(compact: flexible, version: version)
        }
        if version >= 11 { preferredReadReplica = try reader.read() }
        records = try reader.readNullableBytes(compact: flexible)
        if flexible {
            try reader.readTaggedFields { tag, reader in
                switch tag {
                case 0: divergingEpoch = try FetchResponse.EpochEndOffset(from: &reader, version: version)
                case 1: currentLeader = try FetchResponse.LeaderIdAndEpoch(from: &reader, version: version)
                case 2: snapshotId = try FetchResponse.SnapshotId(from: &reader, version: version)
                default: break
                }
            }
        }
    }
}

extension FetchResponse.EpochEndOffset: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        writer.write(epoch)
        writer.write(endOffset)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        epoch = try reader.read()
        endOffset = try reader.read()
        try reader.skipTaggedFields()
    }
}

extension FetchResponse.LeaderIdAndEpoch: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        writer.write(leaderId)
        writer.write(leaderEpoch)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        leaderId = try reader.read()
        leaderEpoch = try reader.read()
        try reader.skipTaggedFields()
    }
}

extension FetchResponse.SnapshotId: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        writer.write(endOffset)
        writer.write(epoch)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        endOffset = try reader.read()
        epoch = try reader.read()
        try reader.skipTaggedFields()
    }
}

extension FetchResponse.AbortedTransaction: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 12
        writer.write(producerId)
        writer.write(firstOffset)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 12
        self.init()
        producerId = try reader.read()
        firstOffset = try reader.read()
        if flexible { try reader.skipTaggedFields() }
    }
}

extension FetchResponse.NodeEndpoint: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        writer.write(nodeId)
        try writer.write(host, compact: true)
        writer.write(port)
        try writer.write(rack, compact: true)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        nodeId = try reader.read()
        host = try reader.readString(compact: true)
        port = try reader.read()
        rack = try reader.readNullableString(compact: true)
        try reader.skipTaggedFields()
    }
}
