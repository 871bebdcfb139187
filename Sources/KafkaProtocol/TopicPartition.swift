/// A partition of a topic.
public struct TopicPartition: Hashable, Sendable {
    /// The topic's name.
    public let topic: String
    /// The partition's number, from 0.
    public let partition: Int32

    /// The partition `partition` of `topic`.
    public init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    /// The partition `partition` of `topic`.
    public init(_ topic: String, _ partition: Int32) { self.init(topic: topic, partition: partition) }
}

extension TopicPartition: Comparable {
    /// By topic, then by number.
    public static func < (left: TopicPartition, right: TopicPartition) -> Bool {
        (left.topic, left.partition) < (right.topic, right.partition)
    }
}

extension TopicPartition: CustomStringConvertible {
    /// `topic-partition`, as Kafka writes it.
    public var description: String { "\(topic)-\(partition)" }
}
