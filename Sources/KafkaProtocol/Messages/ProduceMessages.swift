/// Produce (API 0): appends record batches to partitions. Versions 0 to 12, flexible from version 9.
public struct ProduceRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = ProduceResponse
    /// The number of the API.
    public static var apiKey: APIKey { .produce }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...12 }
    /// Version 12 makes partitions part of the transaction (KIP-890), for producers that keep its other rules, too.
    public static var stableVersions: ClosedRange<Int16> { 0...11 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 9 }

    /// The next version for transactions of version 2, else the last stable one.
    public var newestVersion: Int16 { isOfTransactionV2 ? 12 : 11 }

    /// Whether it is of a transaction of version 2 (KIP-890). Not a field: the version in which it is sent says so.
    public var isOfTransactionV2 = false
    /// The transactional id, or nil outside of transactions. From version 3.
    public var transactionalId: String?
    /// How many replicas must have the records: 0 for no answer at all, 1 for the leader, -1 for all in sync.
    public var acks: Int16
    /// How long the broker may take, in milliseconds.
    public var timeoutMs: Int32
    /// The records by topic.
    public var topicData: [TopicProduceData]

    /// A request; fields left out have their defaults.
    public init(
        transactionalId: String? = nil,
        acks: Int16 = 0,
        timeoutMs: Int32 = 0,
        topicData: [TopicProduceData] = []
    ) {
        self.transactionalId = transactionalId
        self.acks = acks
        self.timeoutMs = timeoutMs
        self.topicData = topicData
    }

    /// The records for a topic.
    public struct TopicProduceData: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The records by partition.
        public var partitionData: [PartitionProduceData]

        /// Fields left out have their defaults.
        public init(name: String = "", partitionData: [PartitionProduceData] = []) {
            self.name = name
            self.partitionData = partitionData
        }
    }

    /// The records for a partition.
    public struct PartitionProduceData: Equatable, Sendable {
        /// The partition's number.
        public var index: Int32
        /// Whole record batches, one after the other; nil for none.
        public var records: Bytes?

        /// Fields left out have their defaults.
        public init(index: Int32 = 0, records: Bytes? = Bytes()) {
            self.index = index
            self.records = records
        }
    }
}

extension ProduceRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...12, of: "ProduceRequest")
        let flexible = version >= 9
        if version >= 3 {
            try writer.write(transactionalId, compact: flexible)
        } else if transactionalId != nil {
            throw KafkaProtocolError.noField("ProduceRequest.transactionalId", version)
        }
        writer.write(acks)
        writer.write(timeoutMs)
        try writer.write(topicData, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...12, of: "ProduceRequest")
        let flexible = version >= 9
        self.init()
        if version >= 3 { transactionalId = try reader.readNullableString(compact: flexible) }
        acks = try reader.read()
        timeoutMs = try reader.read()
        topicData = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension ProduceRequest.TopicProduceData: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 9
        try writer.write(name, compact: flexible)
        try writer.write(partitionData, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 9
        self.init()
        name = try reader.readString(compact: flexible)
        partitionData = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension ProduceRequest.PartitionProduceData: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 9
        writer.write(index)
        try writer.write(records: records, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 9
        self.init()
        index = try reader.read()
        records = try reader.readNullableBytes(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `ProduceRequest`.
public struct ProduceResponse: KafkaResponse, Equatable {
    /// The outcomes.
    public var responses: [TopicProduceResponse]
    /// How long the broker throttled the client for a quota, in milliseconds. From version 1.
    public var throttleTimeMs: Int32
    /// Addresses of leaders that are new to the client (KIP-951). From version 10.
    public var nodeEndpoints: [NodeEndpoint]

    /// A response; fields left out have their defaults.
    public init(
        responses: [TopicProduceResponse] = [],
        throttleTimeMs: Int32 = 0,
        nodeEndpoints: [NodeEndpoint] = []
    ) {
        self.responses = responses
        self.throttleTimeMs = throttleTimeMs
        self.nodeEndpoints = nodeEndpoints
    }

    /// The outcome for a topic.
    public struct TopicProduceResponse: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The outcomes by partition.
        public var partitionResponses: [PartitionProduceResponse]

        /// Fields left out have their defaults.
        public init(name: String = "", partitionResponses: [PartitionProduceResponse] = []) {
            self.name = name
            self.partitionResponses = partitionResponses
        }
    }

    /// The outcome for a partition.
    public struct PartitionProduceResponse: Equatable, Sendable {
        /// The partition's number.
        public var index: Int32
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16
        /// The offset that the first record got.
        public var baseOffset: Int64
        /// The broker's time of the append in milliseconds since 1970, if the topic uses it; else -1. From version 2.
        public var logAppendTimeMs: Int64
        /// The first offset of the log; -1 if unknown. From version 5.
        public var logStartOffset: Int64
        /// The records that were turned down (KIP-467). From version 8.
        public var recordErrors: [BatchIndexAndErrorMessage]
        /// The error in words, or nil. From version 8.
        public var errorMessage: String?
        /// The leader now, where the client asked another broker. From version 10.
        public var currentLeader: LeaderIdAndEpoch

        /// Fields left out have their defaults.
        public init(
            index: Int32 = 0,
            errorCode: Int16 = 0,
            baseOffset: Int64 = 0,
            logAppendTimeMs: Int64 = -1,
            logStartOffset: Int64 = -1,
            recordErrors: [BatchIndexAndErrorMessage] = [],
            errorMessage: String? = nil,
            currentLeader: LeaderIdAndEpoch = LeaderIdAndEpoch()
        ) {
            self.index = index
            self.errorCode = errorCode
            self.baseOffset = baseOffset
            self.logAppendTimeMs = logAppendTimeMs
            self.logStartOffset = logStartOffset
            self.recordErrors = recordErrors
            self.errorMessage = errorMessage
            self.currentLeader = currentLeader
        }
    }

    /// A record that was turned down.
    public struct BatchIndexAndErrorMessage: Equatable, Sendable {
        /// The record's place in the batch.
        public var batchIndex: Int32
        /// What is wrong with the record, or nil.
        public var batchIndexErrorMessage: String?

        /// Fields left out have their defaults.
        public init(batchIndex: Int32 = 0, batchIndexErrorMessage: String? = nil) {
            self.batchIndex = batchIndex
            self.batchIndexErrorMessage = batchIndexErrorMessage
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

extension ProduceResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...12, of: "ProduceResponse")
        let flexible = version >= 9
        try writer.write(responses, compact: flexible, version: version)
        if version >= 1 { writer.write(throttleTimeMs) }
        if version < 10, !nodeEndpoints.isEmpty {
            throw KafkaProtocolError.noField("ProduceResponse.nodeEndpoints", version)
        }
        if flexible {
            let tags = writer.beginTaggedFields()
            if version >= 10, !nodeEndpoints.isEmpty {
                try writer.writeTaggedField(0, in: tags) { writer in
                    try writer.write(nodeEndpoints, compact: true, version: version)
                }
            }
        }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...12, of: "ProduceResponse")
        let flexible = version >= 9
        self.init()
        responses = try reader.readArray(compact: flexible, version: version)
        if version >= 1 { throttleTimeMs = try reader.read() }
        if flexible {
            try reader.readTaggedFields { tag, reader in
                switch tag {
                case 0 where version >= 10: nodeEndpoints = try reader.readArray(compact: true, version: version)
                default: break
                }
            }
        }
    }
}

extension ProduceResponse.TopicProduceResponse: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 9
        try writer.write(name, compact: flexible)
        try writer.write(partitionResponses, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 9
        self.init()
        name = try reader.readString(compact: flexible)
        partitionResponses = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension ProduceResponse.PartitionProduceResponse: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 9
        writer.write(index)
        writer.write(errorCode)
        writer.write(baseOffset)
        if version >= 2 { writer.write(logAppendTimeMs) }
        if version >= 5 { writer.write(logStartOffset) }
        if version >= 8 { try writer.write(recordErrors, compact: flexible, version: version) }
        if version >= 8 { try writer.write(errorMessage, compact: flexible) }
        if version < 10, currentLeader != ProduceResponse.LeaderIdAndEpoch() {
            throw KafkaProtocolError.noField("ProduceResponse.PartitionProduceResponse.currentLeader", version)
        }
        if flexible {
            let tags = writer.beginTaggedFields()
            if version >= 10, currentLeader != ProduceResponse.LeaderIdAndEpoch() {
                try writer.writeTaggedField(0, in: tags) { writer in
                    try currentLeader.encode(into: &writer, version: version)
                }
            }
        }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 9
        self.init()
        index = try reader.read()
        errorCode = try reader.read()
        baseOffset = try reader.read()
        if version >= 2 { logAppendTimeMs = try reader.read() }
        if version >= 5 { logStartOffset = try reader.read() }
        if version >= 8 { recordErrors = try reader.readArray(compact: flexible, version: version) }
        if version >= 8 { errorMessage = try reader.readNullableString(compact: flexible) }
        if flexible {
            try reader.readTaggedFields { tag, reader in
                switch tag {
                case 0 where version >= 10:
                    currentLeader = try ProduceResponse.LeaderIdAndEpoch(from: &reader, version: version)
                default: break
                }
            }
        }
    }
}

extension ProduceResponse.BatchIndexAndErrorMessage: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 9
        writer.write(batchIndex)
        try writer.write(batchIndexErrorMessage, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 9
        self.init()
        batchIndex = try reader.read()
        batchIndexErrorMessage = try reader.readNullableString(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension ProduceResponse.LeaderIdAndEpoch: MessageStructure {
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

extension ProduceResponse.NodeEndpoint: MessageStructure {
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
