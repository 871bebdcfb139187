/// A partition of a topic.
public struct TopicPartition: Hashable, Sendable {
    /// The topic's name, for comparisons and as a key.
    public let topicName: Name
    /// The partition's number, from 0.
    public let partition: Int32

    /// The topic's name.
    @inlinable public var topic: String { topicName.string }

    /// The partition `partition` of `topic`.
    public init(topic: String, partition: Int32) { self.init(Name(topic), partition) }

    /// The partition `partition` of `topic`.
    public init(_ topic: String, _ partition: Int32) { self.init(Name(topic), partition) }

    /// The partition `partition` of `topic`.
    @inlinable public init(_ topic: Name, _ partition: Int32) {
        topicName = topic
        self.partition = partition
    }

    @inlinable public static func == (left: TopicPartition, right: TopicPartition) -> Bool {
        left.partition == right.partition && left.topicName == right.topicName
    }

    @inlinable public func hash(into hasher: inout Hasher) {
        hasher.combine(UInt64(topicName.digest) << 32 | UInt64(UInt32(bitPattern: partition)))
    }
}

extension TopicPartition: Comparable {
    /// By topic, then by number.
    public static func < (left: TopicPartition, right: TopicPartition) -> Bool {
        (left.topicName, left.partition) < (right.topicName, right.partition)
    }
}

extension TopicPartition: CustomStringConvertible {
    /// `topic-partition`, as Kafka writes it.
    public var description: String { "\(topic)-\(partition)" }
}
