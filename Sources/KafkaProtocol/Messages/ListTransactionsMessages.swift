/// ListTransactions (API 66): lists transactions (KIP-664). Versions 0 to 1, flexible from version 0.
public struct ListTransactionsRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = ListTransactionsResponse
    /// The number of the API.
    public static var apiKey: APIKey { .listTransactions }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...1 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 0 }

    /// The states to list; empty for all.
    public var stateFilters: [String]
    /// The producer ids to list; empty for all.
    public var producerIdFilters: [Int64]
    /// List transactions that run longer than this many milliseconds only; -1 for all. Version 1 only.
    public var durationFilter: Int64

    /// A request; fields left out have their defaults.
    public init(stateFilters: [String] = [], producerIdFilters: [Int64] = [], durationFilter: Int64 = -1) {
        self.stateFilters = stateFilters
        self.producerIdFilters = producerIdFilters
        self.durationFilter = durationFilter
    }
}

extension ListTransactionsRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "ListTransactionsRequest")
        try writer.write(stateFilters, compact: true)
        try writer.write(producerIdFilters, compact: true)
        if version >= 1 {
            writer.write(durationFilter)
        } else if durationFilter != -1 {
            throw KafkaProtocolError.noField("ListTransactionsRequest.durationFilter", version)
        }
        writer.writeNoTaggedFields()
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "ListTransactionsRequest")
        self.init()
        stateFilters = try reader.readArray(compact: true)
        producerIdFilters = try reader.readArray(compact: true)
        if version >= 1 { durationFilter = try reader.read() }
        try reader.skipTaggedFields()
    }
}

/// The answer to `ListTransactionsRequest`.
public struct ListTransactionsResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
    public var errorCode: Int16
    /// The states asked for that the broker does not know.
    public var unknownStateFilters: [String]
    /// The transactions.
    public var transactionStates: [TransactionState]

    /// A response; fields left out have their defaults.
    public init(
        throttleTimeMs: Int32 = 0,
        errorCode: Int16 = 0,
        unknownStateFilters: [String] = [],
        transactionStates: [TransactionState] = []
    ) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
        self.unknownStateFilters = unknownStateFilters
        self.transactionStates = transactionStates
    }

    /// A transaction.
    public struct TransactionState: Equatable, Sendable {
        /// The transactional id, or nil outside of transactions.
        public var transactionalId: String
        /// The producer's id, given out by InitProducerId; -1 for none.
        public var producerId: Int64
        /// The state of the transaction in words, such as `Ongoing`.
        public var transactionState: String

        /// Fields left out have their defaults.
        public init(transactionalId: String = "", producerId: Int64 = 0, transactionState: String = "") {
            self.transactionalId = transactionalId
            self.producerId = producerId
            self.transactionState = transactionState
        }
    }
}

extension ListTransactionsResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "ListTransactionsResponse")
        writer.write(throttleTimeMs)
        writer.write(errorCode)
        try writer.write(unknownStateFilters, compact: true)
        try writer.write(transactionStates, compact: true, version: version)
        writer.writeNoTaggedFields()
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "ListTransactionsResponse")
        self.init()
        throttleTimeMs = try reader.read()
        errorCode = try reader.read()
        unknownStateFilters = try reader.readArray(compact: true)
        transactionStates = try reader.readArray(compact: true, version: version)
        try reader.skipTaggedFields()
    }
}

extension ListTransactionsResponse.TransactionState: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(transactionalId, compact: true)
        writer.write(producerId)
        try writer.write(transactionState, compact: true)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        transactionalId = try reader.readString(compact: true)
        producerId = try reader.read()
        transactionState = try reader.readString(compact: true)
        try reader.skipTaggedFields()
    }
}
