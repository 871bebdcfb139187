package import KafkaProtocol
import Synchronization

extension KafkaClient {
    /// The partitions of `topic`, asked for if they are not known. A topic that does not exist is created if the client
    /// allows it and the cluster does (`auto.create.topics.enable`), else `KafkaError.Code.unknownTopic` is thrown after
    /// `RetryPolicy.unknownTopicTimeout`.
    public func partitions(of topic: String) async throws -> [PartitionMetadata] {
        try await topicMetadata(topic).partitions
    }

    /// What the cluster says of `topic`; like `partitions(of:)`.
    public func topicMetadata(_ topic: String) async throws -> TopicMetadata {
        try await retrying("look up topic \(topic)", timeout: retryPolicy.unknownTopicTimeout) { attempt in
            let name = Name(topic)
            if let error = try await refresh([name], force: attempt > 1)[name] {
                throw KafkaError.broker(error, "look up topic \(topic)")
            }
            guard let found = cluster.metadata.withLock({ $0.topic(name) }) else {
                throw KafkaError(.unknownTopic, "could not look up topic \(topic)", isRetriable: true)
            }
            return found
        }
    }

    /// Makes sure that `topics` are known; with `force`, that they have been asked for now. Throws if no broker answers;
    /// what the answer says of single topics is returned.
    @discardableResult
    func refresh(
        _ topics: [Name], force: Bool = false, allowCreation: Bool? = nil
    ) async throws -> [Name: KafkaErrorCode] {
        var force = force
        while true {
            try Task.checkCancellation()
            let seen = cluster.metadataChanged.version
            switch cluster.metadata.withLock({ $0.need(topics, refresh: force) }) {
            case .known: return [:]
            case .wait:
                await cluster.metadataChanged.wait(after: seen)
                force = false
            case .ask(let missing):
                defer { cluster.metadataChanged.notify() }
                let response: MetadataResponse
                do {
                    response = try await send(
                        MetadataRequest(
                            topics: missing.map { MetadataRequest.MetadataRequestTopic(name: $0.string) },
                            allowAutoTopicCreation: allowCreation ?? allowsTopicCreation), to: nil)
                } catch {
                    cluster.metadata.withLock { $0.failed(missing) }
                    throw error
                }
                let errors = cluster.metadata.withLock { $0.received(response, asked: missing) }
                if missing.count == topics.count || !errors.isEmpty { return errors }
                force = false
            }
        }
    }

    /// The leader of a partition, if it is known and there is one.
    func cachedLeader(of topicPartition: TopicPartition) -> Int32? {
        cluster.metadata.withLock { $0.leader(of: topicPartition) }
    }

    /// The topics of these partitions that were not there when they were asked for last.
    package func missingTopics(of partitions: [TopicPartition]) -> Set<Name> {
        cluster.metadata.withLock { metadata in
            Set(partitions.map(\.topicName)).filter { metadata.topic($0) == nil }
        }
    }

    /// What is known of the topic has proved wrong.
    func invalidate(_ topic: Name) {
        cluster.metadata.withLock { $0.invalidate(topic) }
    }

    /// The leader of a partition; asks if it is not known. Throws a retriable error while there is none.
    func leader(of topicPartition: TopicPartition) async throws -> Int32 {
        if let leader = cachedLeader(of: topicPartition) { return leader }
        let topic = topicPartition.topicName
        // Whoever asks for a partition was told of it: a topic that is deleted meanwhile is not to come again.
        if let error = try await refresh([topic], allowCreation: false)[topic] {
            throw KafkaError.broker(error, "find the leader of \(topicPartition)", topicPartition: topicPartition)
        }
        if let leader = cachedLeader(of: topicPartition) { return leader }
        guard cluster.metadata.withLock({ $0.partition(topicPartition) }) != nil else {
            throw KafkaError(.unknownTopic, "there is no partition \(topicPartition)", topicPartition: topicPartition)
        }
        invalidate(topic)
        throw KafkaError(
            .broker, "partition \(topicPartition) has no leader now", errorCode: .leaderNotAvailable,
            topicPartition: topicPartition, isRetriable: true)
    }
}
