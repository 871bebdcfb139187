/// AddPartitionsToTxn (API 24): adds partitions to a transaction. Versions 0 to 5, flexible from version 3.
public struct AddPartitionsToTxnRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = AddPartitionsToTxnResponse
    /// The number of the API.
    public static var apiKey: APIKey { .addPartitionsToTxn }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...5 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 3 }

    /// The transactions with the partitions to add. From version 4.
    public var transactions: [AddPartitionsToTxnTransaction]
    /// The transactional id. Up to version 3.
    public var v3AndBelowTransactionalId: String
    /// The producer's id. Up to version 3.
    public var v3AndBelowProducerId: Int64
    /// The producer's epoch. Up to version 3.
    public var v3AndBelowProducerEpoch: Int16
    /// The partitions to add, by topic. Up to version 3.
    public var v3AndBelowTopics: [AddPartitionsToTxnTopic]

    /// A request; fields left out have their defaults.
    public init(
        transactions: [AddPartitionsToTxnTransaction] = [],
        v3AndBelowTransactionalId: String = "",
        v3AndBelowProducerId: Int64 = 0,
        v3AndBelowProducerEpoch: Int16 = 0,
        v3AndBelowTopics: [AddPartitionsToTxnTopic] = []
    ) {
        self.transactions = transactions
        self.v3AndBelowTransactionalId = v3AndBelowTransactionalId
        self.v3AndBelowProducerId = v3AndBelowProducerId
        self.v3AndBelowProducerEpoch = v3AndBelowProducerEpoch
        self.v3AndBelowTopics = v3AndBelowTopics
    }

    /// A transaction with the partitions to add.
    public struct AddPartitionsToTxnTransaction: Equatable, Sendable {
        /// The transactional id, or nil outside of transactions.
        public var transactionalId: String
        /// The producer's id, given out by InitProducerId; -1 for none.
        public var producerId: Int64
        /// The epoch of the producer's id; an older one is fenced.
        public var producerEpoch: Int16
        /// Whether to check only that the partitions are part of the transaction (KIP-890).
        public var verifyOnly: Bool
        /// The topics.
        public var topics: [AddPartitionsToTxnTopic]

        /// Fields left out have their defaults.
        public init(
            transactionalId: String = "",
            producerId: Int64 = 0,
            producerEpoch: Int16 = 0,
            verifyOnly: Bool = false,
            topics: [AddPartitionsToTxnTopic] = []
        ) {
            self.transactionalId = transactionalId
            self.producerId = producerId
            self.producerEpoch = producerEpoch
            self.verifyOnly = verifyOnly
            self.topics = topics
        }
    }

    /// A topic.
    public struct AddPartitionsToTxnTopic: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The partitions.
        public var partitions: [Int32]

        /// Fields left out have their defaults.
        public init(name: String = "", partitions: [Int32] = []) {
            self.name = name
            self.partitions = partitions
        }
    }
}

extension AddPartitionsToTxnRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "AddPartitionsToTxnRequest")
        let flexible = version >= 3
        if version >= 4 {
            try writer.write(transactions, compact: flexible, version: version)
        } else if !transactions.isEmpty {
            throw KafkaProtocolError.noField("AddPartitionsToTxnRequest.transactions", version)
        }
        if version <= 3 {
            try writer.write(v3AndBelowTransactionalId, compact: flexible)
        } else if !v3AndBelowTransactionalId.isEmpty {
            throw KafkaProtocolError.noField("AddPartitionsToTxnRequest.v3AndBelowTransactionalId", version)
        }
        if version <= 3 {
            writer.write(v3AndBelowProducerId)
        } else if v3AndBelowProducerId != 0 {
            throw KafkaProtocolError.noField("AddPartitionsToTxnRequest.v3AndBelowProducerId", version)
        }
        if version <= 3 {
            writer.write(v3AndBelowProducerEpoch)
        } else if v3AndBelowProducerEpoch != 0 {
            throw KafkaProtocolError.noField("AddPartitionsToTxnRequest.v3AndBelowProducerEpoch", version)
        }
        if version <= 3 {
            try writer.write(v3AndBelowTopics, compact: flexible, version: version)
        } else if !v3AndBelowTopics.isEmpty {
            throw KafkaProtocolError.noField("AddPartitionsToTxnRequest.v3AndBelowTopics", version)
        }
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "AddPartitionsToTxnRequest")
        let flexible = version >= 3
        self.init()
        if version >= 4 { transactions = try reader.readArray(compact: flexible, version: version) }
        if version <= 3 { v3AndBelowTransactionalId = try reader.readString(compact: flexible) }
        if version <= 3 { v3AndBelowProducerId = try reader.read() }
        if version <= 3 { v3AndBelowProducerEpoch = try reader.read() }
        if version <= 3 { v3AndBelowTopics = try reader.readArray(compact: flexible, version: version) }
        if flexible { try reader.skipTaggedFields() }
    }
}

extension AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(transactionalId, compact: true)
        writer.write(producerId)
        writer.write(producerEpoch)
        writer.write(verifyOnly)
        try writer.write(topics, compact: true, version: version)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        transactionalId = try reader.readString(compact: true)
        producerId = try reader.read()
        producerEpoch = try reader.read()
        verifyOnly = try reader.readBool()
        topics = try reader.readArray(compact: true, version: version)
        try reader.skipTaggedFields()
    }
}

extension AddPartitionsToTxnRequest.AddPartitionsToTxnTopic: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 3
        try writer.write(name, compact: flexible)
        try writer.write(partitions, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 3
        self.init()
        name = try reader.readString(compact: flexible)
        partitions = try reader.readArray(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `AddPartitionsToTxnRequest`.
public struct AddPartitionsToTxnResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success. From version 4.
    public var errorCode: Int16
    /// The outcomes by transaction. From version 4.
    public var resultsByTransaction: [AddPartitionsToTxnResult]
    /// The outcomes by topic. Up to version 3.
    public var resultsByTopicV3AndBelow: [AddPartitionsToTxnTopicResult]

    /// A response; fields left out have their defaults.
    public init(
        throttleTimeMs: Int32 = 0,
        errorCode: Int16 = 0,
        resultsByTransaction: [AddPartitionsToTxnResult] = [],
        resultsByTopicV3AndBelow: [AddPartitionsToTxnTopicResult] = []
    ) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
        self.resultsByTransaction = resultsByTransaction
        self.resultsByTopicV3AndBelow = resultsByTopicV3AndBelow
    }

    /// The outcome for a transaction.
    public struct AddPartitionsToTxnResult: Equatable, Sendable {
        /// The transactional id, or nil outside of transactions.
        public var transactionalId: String
        /// The outcomes by topic.
        public var topicResults: [AddPartitionsToTxnTopicResult]

        /// Fields left out have their defaults.
        public init(transactionalId: String = "", topicResults: [AddPartitionsToTxnTopicResult] = []) {
            self.transactionalId = transactionalId
            self.topicResults = topicResults
        }
    }

    /// The outcome for a topic.
    public struct AddPartitionsToTxnTopicResult: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The outcomes by partition.
        public var resultsByPartition: [AddPartitionsToTxnPartitionResult]

        /// Fields left out have their defaults.
        public init(name: String = "", resultsByPartition: [AddPartitionsToTxnPartitionResult] = []) {
            self.name = name
            self.resultsByPartition = resultsByPartition
        }
    }

    /// The outcome for a partition.
    public struct AddPartitionsToTxnPartitionResult: Equatable, Sendable {
        /// The partition's number.
        public var partitionIndex: Int32
        /// What went wrong with the partition, as an error code; 0 for success.
        public var partitionErrorCode: Int16

        /// Fields left out have their defaults.
        public init(partitionIndex: Int32 = 0, partitionErrorCode: Int16 = 0) {
            self.partitionIndex = partitionIndex
            self.partitionErrorCode = partitionErrorCode
        }
    }
}

extension AddPartitionsToTxnResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "AddPartitionsToTxnResponse")
        let flexible = version >= 3
        writer.write(throttleTimeMs)
        if version >= 4 { writer.write(errorCode) }
        if version >= 4 {
            try writer.write(resultsByTransaction, compact: flexible, version: version)
        } else if !resultsByTransaction.isEmpty {
            throw KafkaProtocolError.noField("AddPartitionsToTxnResponse.resultsByTransaction", version)
        }
        if version <= 3 {
            try writer.write(resultsByTopicV3AndBelow, compact: flexible, version: version)
        } else if !resultsByTopicV3AndBelow.isEmpty {
            throw KafkaProtocolError.noField("AddPartitionsToTxnResponse.resultsByTopicV3AndBelow", version)
        }
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "AddPartitionsToTxnResponse")
        let flexible = version >= 3
        self.init()
        throttleTimeMs = try reader.read()
        if version >= 4 { errorCode = try reader.read() }
        if version >= 4 {
            resultsByTransaction = try reader.readArray(compact: flexible, version: version)
        }
        if version <= 3 {
            resultsByTopicV3AndBelow = try reader.readArray(compact: flexible, version: version)
        }
        if flexible { try reader.skipTaggedFields() }
    }
}

extension AddPartitionsToTxnResponse.AddPartitionsToTxnResult: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(transactionalId, compact: true)
        try writer.write(topicResults, compact: true, version: version)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        transactionalId = try reader.readString(compact: true)
        topicResults = try reader.readArray(compact: true, version: version)
        try reader.skipTaggedFields()
    }
}

extension AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 3
        try writer.write(name, compact: flexible)
        try writer.write(resultsByPartition, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 3
        self.init()
        name = try reader.readString(compact: flexible)
        resultsByPartition = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension AddPartitionsToTxnResponse.AddPartitionsToTxnPartitionResult: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 3
        writer.write(partitionIndex)
        writer.write(partitionErrorCode)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 3
        self.init()
        partitionIndex = try reader.read()
        partitionErrorCode = try reader.read()
        if flexible { try reader.skipTaggedFields() }
    }
}
