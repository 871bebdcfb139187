internal import KafkaProtocol

extension ListTransactionsRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> ListTransactionsResponse {
        let known = Set(Transaction.State.allCases.map(\.name))
        let now = broker.clock.wall()
        let found = broker.transactions.all.filter { transaction in
            (stateFilters.isEmpty || stateFilters.contains(transaction.state.name))
                && (producerIdFilters.isEmpty || producerIdFilters.contains(transaction.producerID))
                && (durationFilter < 0 || (transaction.startTime >= 0 && now - transaction.startTime > durationFilter))
        }
        return ListTransactionsResponse(
            unknownStateFilters: stateFilters.filter { !known.contains($0) },
            transactionStates: found.map {
                .init(transactionalId: $0.id.string, producerId: $0.producerID, transactionState: $0.state.name)
            })
    }
}

extension DescribeTransactionsRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> DescribeTransactionsResponse {
        DescribeTransactionsResponse(
            transactionStates: transactionalIds.map { id in
                guard let transaction = broker.transactions.transaction(Name(id)) else {
                    return .init(errorCode: KafkaErrorCode.transactionalIdNotFound.rawValue, transactionalId: id)
                }
                var topics: [Name: [Int32]] = [:]
                for partition in transaction.partitions {
                    topics[partition.topicName, default: []].append(partition.partition)
                }
                if !transaction.groups.isEmpty { topics[Name(TopicName.consumerOffsets)] = [0] }
                return .init(
                    transactionalId: id, transactionState: transaction.state.name,
                    transactionTimeoutMs: Int32(clamping: transaction.timeout),
                    transactionStartTimeMs: transaction.startTime, producerId: transaction.producerID,
                    producerEpoch: transaction.producerEpoch,
                    topics: topics.sorted { $0.key < $1.key }.map {
                        .init(topic: $0.key.string, partitions: $0.value.sorted())
                    })
            })
    }
}

extension DescribeProducersRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> DescribeProducersResponse {
        DescribeProducersResponse(
            topics: topics.map { topic in
                .init(
                    name: topic.name,
                    partitions: topic.partitionIndexes.map { index in
                        guard let log = broker.topics.log(TopicPartition(topic.name, index)) else {
                            return .init(
                                partitionIndex: index, errorCode: KafkaErrorCode.unknownTopicOrPartition.rawValue,
                                errorMessage: "This server does not host \(topic.name)-\(index).")
                        }
                        return .init(
                            partitionIndex: index,
                            activeProducers: log.producers.map {
                                .init(
                                    producerId: $0.producerId, producerEpoch: Int32($0.epoch),
                                    lastSequence: $0.batches.last?.lastSequence ?? -1, lastTimestamp: $0.lastSeen,
                                    coordinatorEpoch: $0.coordinatorEpoch,
                                    currentTxnStartOffset: $0.transactionStart ?? -1)
                            })
                    })
            })
    }
}

extension WriteTxnMarkersRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> WriteTxnMarkersResponse {
        WriteTxnMarkersResponse(markers: markers.map { marker in marker.result { marker.write(to: $0, of: broker) } })
    }
}

extension WriteTxnMarkersRequest.WritableTxnMarker {
    /// Writes it; coordinator -1 is an administrator who knows of none. A coordinator newer than this broker's would shut
    /// that out for ever, so there can be none.
    fileprivate func write(to partition: TopicPartition, of broker: Broker) -> KafkaErrorCode {
        guard producerId >= 0, producerEpoch >= 0, (-1...TransactionCoordinator.epoch).contains(coordinatorEpoch) else {
            return .invalidRequest
        }
        guard let log = broker.topics.log(partition) else { return .unknownTopicOrPartition }
        do {
            try log.appendControl(
                commit: transactionResult, producerId: producerId, producerEpoch: producerEpoch,
                coordinatorEpoch: coordinatorEpoch, now: broker.clock.wall())
            return .none
        } catch {
            return RequestError(error).code
        }
    }
}

extension WriteTxnMarkersRequest.WritableTxnMarker {
    /// The answer to it: what `outcome` says of each partition.
    func result(_ outcome: (TopicPartition) -> KafkaErrorCode) -> WriteTxnMarkersResponse.WritableTxnMarkerResult {
        .init(
            producerId: producerId,
            topics: topics.map { topic in
                .init(
                    name: topic.name,
                    partitions: topic.partitionIndexes.map {
                        .init(partitionIndex: $0, errorCode: outcome(TopicPartition(topic.name, $0)).rawValue)
                    })
            })
    }
}
