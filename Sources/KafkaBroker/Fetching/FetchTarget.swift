internal import KafkaProtocol

/// A partition that a client fetches, as it names it.
struct FetchTarget: Sendable, Equatable {
    /// How a client names a partition: by the topic's name, or by its id from version 13 on.
    struct Key: Hashable, Sendable {
        var topic: Name
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
            let name = Name(topic.topic)
            return topic.partitions.map {
                FetchTarget(key: .init(topic: name, topicID: topic.topicId, partition: $0.partition), wanted: $0)
            }
        }
    }

    /// The partitions that are to leave the session.
    var forgotten: Set<FetchTarget.Key> {
        Set(
            forgottenTopicsData.flatMap { topic in
                let name = Name(topic.topic)
                return topic.partitions.map {
                    FetchTarget.Key(topic: name, topicID: topic.topicId, partition: $0)
                }
            })
    }
}
