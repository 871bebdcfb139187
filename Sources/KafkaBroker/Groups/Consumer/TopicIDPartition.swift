internal import KafkaProtocol

/// A partition of a topic that is named by its id: after a topic was deleted and made anew, another one.
struct TopicIDPartition: Hashable, Sendable {
    var topic: KafkaUUID
    var partition: Int32

    init(_ topic: KafkaUUID, _ partition: Int32) {
        self.topic = topic
        self.partition = partition
    }
}

extension Set<TopicIDPartition> {
    /// The partitions of each topic in order.
    var byTopic: [(topic: KafkaUUID, partitions: [Int32])] {
        Dictionary(grouping: self, by: \.topic)
            .map { ($0.key, $0.value.map(\.partition).sorted()) }
            .sorted { ($0.topic.high, $0.topic.low) < ($1.topic.high, $1.topic.low) }
    }
}
