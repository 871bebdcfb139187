internal import KafkaProtocol

/// A partition that a client fetches, as it names it.
struct FetchTarget: Sendable, Equatable {
    /// How a client names a partition: by the topic's name, or by its id from version 13 on.
    struct Key: Hashable, Sendable {
        var topic: String
        var topicID: KafkaUUID
        var partition: Int32
    }

    var key: Key
    /// Where it goes on and how much it wants.
    var wanted: FetchRequest.FetchPartition
}

extension FetchRequest {
    /// All partitions asked for, in order.
    var targets: [FetchTarget] {
        topics.flatMap { topic in
            topic.partitions.map {
                FetchTarget(
                    key: .init(topic: topic.topic, topicID: topic.topicId, partition: $0.partition), wanted: $0)
            }
        }
    }

    /// The partitions that are to leave the session.
    var forgotten: Set<FetchTarget.Key> {
        Set(
            forgottenTopicsData.flatMap { topic in
                topic.partitions.map { .init(topic: topic.topic, topicID: topic.topicId, partition: $0) }
            })
    }
}
