public import KafkaProtocol

/// A transactional id, as its coordinator lists it.
public struct TransactionListing: Sendable, Hashable {
    /// The transactional id.
    @Name public internal(set) var id: String
    /// The producer that has it.
    public let producerID: Int64
    /// The state, such as `Ongoing`, `CompleteCommit` or `Empty`.
    public let state: String
}

/// A transactional id with what its coordinator knows of it.
public struct TransactionDescription: Sendable, Hashable {
    /// The transactional id.
    @Name public internal(set) var id: String
    /// The state, such as `Ongoing`.
    public let state: String
    /// The producer that has it.
    public let producerID: Int64
    /// Raised each time that a producer takes the id over.
    public let producerEpoch: Int16
    /// After how many milliseconds a transaction that is left open is aborted.
    public let timeoutMilliseconds: Int32
    /// When the open transaction was begun, in milliseconds since 1970; nil if none is open.
    public let startTime: Int64?
    /// What the open transaction has written to.
    public let partitions: [TopicPartition]
}

extension AdminClient {
    /// The transactional ids that all brokers coordinate (KIP-664); of `states`, or in any state if there are none.
    public func listTransactions(states: [String] = []) async throws -> [TransactionListing] {
        let what = "list transactions"
        var found: [TransactionListing] = []
        for broker in try await describeCluster().brokers {
            found += try await client.retrying(what) { _ in
                let response = try await client.send(ListTransactionsRequest(stateFilters: states), to: broker.id)
                let code = KafkaErrorCode(rawValue: response.errorCode)
                guard code == .none else { throw KafkaError.broker(code, what) }
                guard response.unknownStateFilters.isEmpty else {
                    throw KafkaError(
                        .invalidConfiguration, "no such state of transactions: \(response.unknownStateFilters.joined(separator: ", "))")
                }
                return response.transactionStates.map {
                    TransactionListing(id: $0.transactionalId, producerID: $0.producerId, state: $0.transactionState)
                }
            }
        }
        return found.sorted { Name($0.id) < Name($1.id) }
    }

    /// What is known of a transactional id. Throws `KafkaError` if it is not known.
    public func describeTransaction(_ id: String) async throws -> TransactionDescription {
        let what = "describe transactional id \(id)"
        let response = try await client.send(
            DescribeTransactionsRequest(transactionalIds: [id]), to: .transaction(id), what
        ) { $0.transactionStates.first?.errorCode ?? 0 }
        guard let state = response.transactionStates.first else {
            throw KafkaError.broker(.transactionalIdNotFound, what)
        }
        return TransactionDescription(
            id: id, state: state.transactionState, producerID: state.producerId, producerEpoch: state.producerEpoch,
            timeoutMilliseconds: state.transactionTimeoutMs,
            startTime: state.transactionStartTimeMs < 0 ? nil : state.transactionStartTimeMs,
            partitions: state.topics.flatMap { topic in
                topic.partitions.map { TopicPartition(topic.topic, $0) }
            }.sorted())
    }

    /// Aborts what a producer of this transactional id has open, and shuts it out: it can do nothing any more.
    public func fenceProducers(of id: String) async throws {
        let request = InitProducerIdRequest(transactionalId: id, transactionTimeoutMs: 1)
        _ = try await client.send(request, to: .transaction(id), "shut out the producer of \(id)") { $0.errorCode }
    }
}
