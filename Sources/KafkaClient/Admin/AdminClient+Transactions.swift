public import KafkaProtocol

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

    /// The transactions that are open in partitions (KIP-664).
    public func openTransactions(in partitions: [TopicPartition]) async throws -> [OpenTransaction] {
        let client = client
        return try await client.askLeaders(of: partitions, "describe producers") { node, partitions in
            let response = try await client.send(
                DescribeProducersRequest(
                    topics: partitions.byTopic().map { .init(name: $0.topic, partitionIndexes: $0.partitions) }),
                to: node)
            var outcomes: [TopicPartition: KafkaClient.PartitionOutcome<[OpenTransaction]>] = [:]
            for topic in response.topics {
                for answer in topic.partitions {
                    let partition = TopicPartition(topic.name, answer.partitionIndex)
                    let code = KafkaErrorCode(rawValue: answer.errorCode)
                    outcomes[partition] =
                        code == .none
                        ? .done(answer.activeProducers.compactMap { OpenTransaction($0, in: partition) }) : .failed(code)
                }
            }
            return outcomes
        }.values.joined().sorted { ($0.partition, $0.startOffset) < ($1.partition, $1.startOffset) }
    }

    /// Those of `openTransactions` that no coordinator knows of: nothing but `abort` ends them, and readers of committed
    /// records wait for that. One whose coordinator begins or ends it meanwhile can be among them, so look at its age.
    public func hangingTransactions(in partitions: [TopicPartition]) async throws -> [OpenTransaction] {
        let open = try await openTransactions(in: partitions)
        let producers = Set(open.map(\.producerID))
        var hanging = open
        for listing in try await listTransactions() where producers.contains(listing.producerID) {
            let known: Set<TopicPartition>
            do {
                known = Set(try await describeTransaction(listing.id).partitions)
            } catch let error as KafkaError where error.errorCode == .transactionalIdNotFound {
                continue
            }
            hanging.removeAll { $0.producerID == listing.producerID && known.contains($0.partition) }
        }
        return hanging
    }

    /// Aborts a transaction in its partition, past its coordinator. Meant for those that hang: one that goes on loses
    /// the records it has written there so far.
    public func abort(_ transaction: OpenTransaction) async throws {
        let client = client
        let partition = transaction.partition
        _ = try await client.askLeaders(of: [partition], "abort the transaction from \(transaction.startOffset) on") {
            node, _ -> [TopicPartition: KafkaClient.PartitionOutcome<Void>] in
            let response = try await client.send(
                WriteTxnMarkersRequest(markers: [
                    .init(
                        producerId: transaction.producerID, producerEpoch: transaction.producerEpoch,
                        topics: [.init(name: partition.topic, partitionIndexes: [partition.partition])],
                        coordinatorEpoch: transaction.coordinatorEpoch)
                ]), to: node)
            let code = response.markers.first?.topics.first?.partitions.first.map { KafkaErrorCode(rawValue: $0.errorCode) }
            guard let code else { return [:] }
            return [partition: code == .none ? .done(()) : .failed(code)]
        }
    }
}
