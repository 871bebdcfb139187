/// DescribeTransactions (API 65): describes transactions (KIP-664). Version 0.
public struct DescribeTransactionsRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = DescribeTransactionsResponse
    /// The number of the API.
    public static var apiKey: APIKey { .describeTransactions }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...0 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 0 }

    /// The transactional ids.
    public var transactionalIds: [String]

    /// A request; fields left out have their defaults.
    public init(transactionalIds: [String] = []) {
        self.transactionalIds = transactionalIds
    }
}

extension DescribeTransactionsRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "DescribeTransactionsRequest")
        try writer.write(transactionalIds, compact: true)
        writer.writeNoTaggedFields()
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "DescribeTransactionsRequest")
        self.init()
        transactionalIds = try reader.readArray(compact: true)
        try reader.skipTaggedFields()
    }
}

/// The answer to `DescribeTransactionsRequest`.
public struct DescribeTransactionsResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// The transactions.
    public var transactionStates: [TransactionState]

    /// A response; fields left out have their defaults.
    public init(throttleTimeMs: Int32 = 0, transactionStates: [TransactionState] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.transactionStates = transactionStates
    }

    /// A transaction.
    public struct TransactionState: Equatable, Sendable {
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16
        /// The transactional id, or nil outside of transactions.
        public var transactionalId: String
        /// The state of the transaction in words, such as `Ongoing`.
        public var transactionState: String
        /// After how many milliseconds the coordinator aborts an open transaction.
        public var transactionTimeoutMs: Int32
        /// When the transaction began, in milliseconds since 1970.
        public var transactionStartTimeMs: Int64
        /// The producer's id, given out by InitProducerId; -1 for none.
        public var producerId: Int64
        /// The epoch of the producer's id; an older one is fenced.
        public var producerEpoch: Int16
        /// The topics.
        public var topics: [TopicData]

        /// Fields left out have their defaults.
        public init(
            errorCode: Int16 = 0,
            transactionalId: String = "",
            transactionState: String = "",
            transactionTimeoutMs: Int32 = 0,
            transactionStartTimeMs: Int64 = 0,
            producerId: Int64 = 0,
            producerEpoch: Int16 = 0,
            topics: [TopicData] = []
        ) {
            self.errorCode = errorCode
            self.transactionalId = transactionalId
            self.transactionState = transactionState
            self.transactionTimeoutMs = transactionTimeoutMs
            self.transactionStartTimeMs = transactionStartTimeMs
            self.producerId = producerId
            self.producerEpoch = producerEpoch
            self.topics = topics
        }
    }

    /// The partitions of a topic.
    public struct TopicData: Equatable, Sendable {
        /// The topic's name.
        public var topic: String
        /// The partitions.
        public var partitions: [Int32]

        /// Fields left out have their defaults.
        public init(topic: String = "", partitions: [Int32] = []) {
            self.topic = topic
            self.partitions = partitions
        }
    }
}

extension DescribeTransactionsResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "DescribeTransactionsResponse")
        writer.write(throttleTimeMs)
        try writer.write(transactionStates, compact: true, version: version)
        writer.writeNoTaggedFields()
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "DescribeTransactionsResponse")
        self.init()
        throttleTimeMs = try reader.read()
        transactionStates = try reader.readArray(compact: true, version: version)
        try reader.skipTaggedFields()
    }
}

extension DescribeTransactionsResponse.TransactionState: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        writer.write(errorCode)
        try writer.write(transactionalId, compact: true)
        try writer.write(transactionState, compact: true)
        writer.write(transactionTimeoutMs)
        writer.write(transactionStartTimeMs)
        writer.write(producerId)
        writer.write(producerEpoch)
        try writer.write(topics, compact: true, version: version)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        errorCode = try reader.read()
        transactionalId = try reader.readString(compact: true)
        transactionState = try reader.readString(compact: true)
        transactionTimeoutMs = try reader.read()
        transactionStartTimeMs = try reader.read()
        producerId = try reader.read()
        producerEpoch = try reader.read()
        topics = try reader.readArray(compact: true, version: version)
        try reader.skipTaggedFields()
    }
}

extension DescribeTransactionsResponse.TopicData: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(topic, compact: true)
        try writer.write(partitions, compact: true)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        topic = try reader.readString(compact: true)
        partitions = try reader.readArray(compact: true)
        try reader.skipTaggedFields()
    }
}
