internal import KafkaProtocol

extension InitProducerIdRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        if let transactionalId {
            return passed(
                if: access.allows(.write, .transactionalID, transactionalId), else: .transactionalIdAuthorizationFailed,
                version: version)
        }
        // Who may write to a topic may do so without duplicates (KIP-679).
        return passed(
            if: access.allows(.idempotentWrite) || access.allowsOnAnyTopic(.write), else: .clusterAuthorizationFailed,
            version: version)
    }
}

extension AddPartitionsToTxnRequest {
    private typealias Results = [AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult]

    /// All partitions of a transaction are added, or none. Versions from 4 on are for brokers among themselves.
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        guard version < 4 else { return passed(if: access, allows: .clusterAction, version: version) }
        if let refused = refused(v3AndBelowTopics, of: v3AndBelowTransactionalId, access) {
            return .refused(AddPartitionsToTxnResponse(resultsByTopicV3AndBelow: refused))
        }
        return .passed(self)
    }

    private func refused(_ topics: [AddPartitionsToTxnTopic], of id: String, _ access: Access) -> Results? {
        func results(_ error: (String) -> KafkaErrorCode) -> Results {
            topics.map { topic in
                .init(
                    name: topic.name,
                    resultsByPartition: topic.partitions.map {
                        .init(partitionIndex: $0, partitionErrorCode: error(topic.name).rawValue)
                    })
            }
        }
        guard access.allows(.write, .transactionalID, id) else { return results { _ in .transactionalIdAuthorizationFailed } }
        guard !topics.allSatisfy({ access.allows(.write, .topic, $0.name) }) else { return nil }
        return results { access.allows(.write, .topic, $0) ? .operationNotAttempted : .topicAuthorizationFailed }
    }
}

extension AddOffsetsToTxnRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        guard access.allows(.write, .transactionalID, transactionalId) else {
            return .refused(Self.refusal(.transactionalIdAuthorizationFailed, version: version))
        }
        return passed(if: access.allows(.read, .group, groupId), else: .groupAuthorizationFailed, version: version)
    }
}

extension EndTxnRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        passed(
            if: access.allows(.write, .transactionalID, transactionalId), else: .transactionalIdAuthorizationFailed,
            version: version)
    }
}

extension TxnOffsetCommitRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        typealias Results = [TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic]
        func refuse(_ topics: [TxnOffsetCommitRequestTopic], _ error: KafkaErrorCode) -> Results {
            topics.map { topic in
                .init(
                    name: topic.name,
                    partitions: topic.partitions.map {
                        .init(partitionIndex: $0.partitionIndex, errorCode: error.rawValue)
                    })
            }
        }
        guard access.allows(.write, .transactionalID, transactionalId) else {
            return .refused(TxnOffsetCommitResponse(topics: refuse(topics, .transactionalIdAuthorizationFailed)))
        }
        guard access.allows(.read, .group, groupId) else {
            return .refused(TxnOffsetCommitResponse(topics: refuse(topics, .groupAuthorizationFailed)))
        }
        var request = self
        let parts = access.part(topics, .read, .topic) { $0.name }
        request.topics = parts.allowed
        return .passed(request) { $0.topics += refuse(parts.denied, .topicAuthorizationFailed) }
    }
}

extension DescribeTransactionsRequest {
    /// Topics that the sender may not see are left out.
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        var request = self
        let parts = access.part(transactionalIds, .describe, .transactionalID) { $0 }
        request.transactionalIds = parts.allowed
        return .passed(request) { response in
            for place in response.transactionStates.indices {
                response.transactionStates[place].topics.removeAll { !access.allows(.describe, .topic, $0.topic) }
            }
            response.transactionStates += parts.denied.map {
                .init(
                    errorCode: KafkaErrorCode.transactionalIdAuthorizationFailed.rawValue, transactionalId: $0)
            }
        }
    }
}

extension ListTransactionsRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        .passed(self) { response in
            response.transactionStates.removeAll { !access.allows(.describe, .transactionalID, $0.transactionalId) }
        }
    }
}
