internal import KafkaProtocol

extension InitProducerIdRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> InitProducerIdResponse {
        guard (producerId >= 0) == (producerEpoch >= 0) else {
            return InitProducerIdResponse(errorCode: KafkaErrorCode.invalidRequest.rawValue)
        }
        let answer = broker.transactions.initialize(
            transactionalID: transactionalId.map { Name($0) }, timeout: Int64(transactionTimeoutMs),
            expected: producerId >= 0 ? (producerId, producerEpoch) : nil, isInProcess: source.isInProcess)
        switch answer {
        case .success(let (producerID, epoch)):
            return InitProducerIdResponse(producerId: producerID, producerEpoch: epoch)
        case .failure(let error):
            let code = error.code.forProducer(knowsFencing: version >= 4)
            return InitProducerIdResponse(errorCode: code.rawValue, producerId: -1, producerEpoch: -1)
        }
    }
}

extension KafkaErrorCode {
    /// Old clients do not know `PRODUCER_FENCED`.
    fileprivate func forProducer(knowsFencing: Bool) -> KafkaErrorCode {
        self == .producerFenced && !knowsFencing ? .invalidProducerEpoch : self
    }
}

extension AddPartitionsToTxnRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> AddPartitionsToTxnResponse {
        guard version >= 4, !transactions.isEmpty || v3AndBelowTransactionalId.isEmpty else {
            return AddPartitionsToTxnResponse(
                resultsByTopicV3AndBelow: add(
                    v3AndBelowTopics, to: v3AndBelowTransactionalId, v3AndBelowProducerId, v3AndBelowProducerEpoch,
                    verifyOnly: false, version, broker))
        }
        return AddPartitionsToTxnResponse(
            resultsByTransaction: transactions.map {
                .init(
                    transactionalId: $0.transactionalId,
                    topicResults: add(
                        $0.topics, to: $0.transactionalId, $0.producerId, $0.producerEpoch, verifyOnly: $0.verifyOnly,
                        version, broker))
            })
    }

    /// All partitions are added or, if one cannot be, none.
    private func add(
        _ topics: [AddPartitionsToTxnTopic], to id: String, _ producerID: Int64, _ epoch: Int16, verifyOnly: Bool,
        _ version: Int16, _ broker: Broker
    ) -> [AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult] {
        let partitions = topics.flatMap { topic in topic.partitions.map { TopicPartition(topic.name, $0) } }
        var errors: [TopicPartition: KafkaErrorCode] = [:]
        if verifyOnly {
            for partition in partitions {
                errors[partition] = broker.transactions.membershipError(
                    of: partition, in: Name(id), producerID: producerID, epoch: epoch)
            }
        } else {
            let unknown = Set(partitions.filter { broker.topics.log($0) == nil || TopicName.isInternal($0.topic) })
            if unknown.isEmpty {
                let error = broker.transactions.add(
                    to: Name(id), partitions: partitions, producerID: producerID, epoch: epoch)
                for partition in partitions { errors[partition] = error.forProducer(knowsFencing: version >= 2) }
            } else {
                for partition in partitions {
                    errors[partition] = unknown.contains(partition) ? .unknownTopicOrPartition : .operationNotAttempted
                }
            }
        }
        return topics.map { topic in
            .init(
                name: topic.name,
                resultsByPartition: topic.partitions.map {
                    .init(
                        partitionIndex: $0,
                        partitionErrorCode: (errors[TopicPartition(topic.name, $0)] ?? .none).rawValue)
                })
        }
    }
}

extension AddOffsetsToTxnRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> AddOffsetsToTxnResponse {
        guard !groupId.isEmpty else {
            return AddOffsetsToTxnResponse(errorCode: KafkaErrorCode.invalidGroupId.rawValue)
        }
        let error = broker.transactions.add(
            to: Name(transactionalId), groups: [Name(groupId)], producerID: producerId, epoch: producerEpoch)
        return AddOffsetsToTxnResponse(errorCode: error.forProducer(knowsFencing: version >= 2).rawValue)
    }
}

extension TxnOffsetCommitRequest: BrokerRequest {
    static var offeredVersions: ClosedRange<Int16> { versions }

    /// From version 5 on the request makes its group part of the transaction (KIP-890).
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> TxnOffsetCommitResponse {
        var judged = JudgedOffsets(broker)
        for topic in topics {
            for partition in topic.partitions {
                judged.add(
                    TopicPartition(topic.name, partition.partitionIndex), partition.committedOffset,
                    partition.committedLeaderEpoch, partition.committedMetadata)
            }
        }
        let committer = GroupCoordinator.Committer(
            memberID: Name(memberId), instanceID: groupInstanceId.map { Name($0) }, generation: generationId,
            knowsMemberEpochs: false, producerID: producerId)
        var error =
            groupId.isEmpty
            ? .invalidGroupId
            : broker.transactions.commitOffsets(
                judged.good, of: Name(groupId), in: Name(transactionalId), epoch: producerEpoch, by: committer,
                addsGroup: version >= 5)
        switch error {
        case .producerFenced: error = .invalidProducerEpoch
        case .invalidTxnState where version >= 4: error = .transactionAbortable
        default: break
        }
        return TxnOffsetCommitResponse(
            topics: topics.map { topic in
                .init(
                    name: topic.name,
                    partitions: topic.partitions.map {
                        let own = judged.error(of: TopicPartition(topic.name, $0.partitionIndex))
                        return .init(
                            partitionIndex: $0.partitionIndex, errorCode: (error == .none ? own : error).rawValue)
                    })
            })
    }
}

extension EndTxnRequest: BrokerRequest {
    static var offeredVersions: ClosedRange<Int16> { versions }

    /// Version 5 gives every transaction an epoch of its own (KIP-890).
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> EndTxnResponse {
        let bumpsEpoch = version >= 5
        let answer = broker.transactions.end(
            Name(transactionalId), commit: committed, producerID: producerId, epoch: producerEpoch, bumpsEpoch: bumpsEpoch)
        switch answer {
        case .success(let (producerID, epoch)):
            return bumpsEpoch ? EndTxnResponse(producerId: producerID, producerEpoch: epoch) : EndTxnResponse()
        case .failure(let error):
            return EndTxnResponse(errorCode: error.code.forProducer(knowsFencing: version >= 2).rawValue)
        }
    }
}
