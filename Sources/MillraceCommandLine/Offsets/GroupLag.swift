public import KafkaClient
public import KafkaProtocol

/// How far a group is with a partition.
public struct GroupLag: Sendable {
    /// The partition.
    public let partition: TopicPartition
    /// What is committed; nil if nothing is.
    public let current: Int64?
    /// Where the partition ends; nil if it is gone.
    public let end: Int64?
    /// Who reads it; nil if nobody does.
    public let member: GroupDescription.Member?

    /// How many records are to be read yet; nil if that is not known.
    public var lag: Int64? {
        guard let current, let end else { return nil }
        return max(end.saturatingSubtract(current), 0)
    }
}

extension AdminClient {
    /// How far a group is with all partitions that it has offsets of or reads, in order. Throws `KafkaError`.
    public func lags(of group: GroupDescription) async throws -> [GroupLag] {
        let committed = try await committedOffsets(of: group.groupID)
        var readers: [TopicPartition: GroupDescription.Member] = [:]
        for member in group.members {
            for partition in member.assignment { readers[partition] = member }
        }
        let partitions = Set(committed.keys).union(readers.keys).sorted()
        // A topic may be gone while the group's offsets for it are still there.
        let existing = try await existing(partitions)
        let ends = try await listOffsets(Dictionary(uniqueKeysWithValues: existing.map { ($0, .latest) }))
        return partitions.map {
            GroupLag(
                partition: $0, current: committed[$0]?.offset, end: ends[$0]?.offset, member: readers[$0])
        }
    }

    /// Those of the partitions that there are. Throws `KafkaError`.
    public func existing(_ partitions: [TopicPartition]) async throws -> [TopicPartition] {
        let topics = try await describeTopics(partitions.map(\.topic).distinctNames().map(\.string))
        return partitions.filter { partition in
            topics[partition.topic]?.partitions.contains { $0.partition == partition.partition } == true
        }
    }

    /// All partitions of topics, in order. Throws `CommandFailure` if there is no such topic, else `KafkaError`.
    public func partitions(of topics: [String]) async throws -> [TopicPartition] {
        let found = try await describeTopics(topics)
        let missing = topics.filter { found[$0] == nil }
        guard missing.isEmpty else { throw CommandFailure("no such topic: \(missing.joined(separator: ", "))") }
        return found.values.flatMap { topic in topic.partitions.map { TopicPartition(topic.name, $0.partition) } }.sorted()
    }

    /// The partitions that texts such as `orders` or `orders:0,1` name, in order. Throws `UsageError`, `CommandFailure` if there
    /// is no such topic or partition, else `KafkaError`.
    public func partitions(named texts: [String]) async throws -> [TopicPartition] {
        let wanted = try texts.map { try PartitionSelection(parsing: $0) }
        let all = try await partitions(of: wanted.map(\.topic).distinctNames().map(\.string))
        var found: Set<TopicPartition> = []
        for selection in wanted {
            let own = all.filter { $0.topicName == Name(selection.topic) }
            guard let numbers = selection.partitions else {
                found.formUnion(own)
                continue
            }
            for number in numbers {
                let partition = TopicPartition(selection.topic, number)
                guard own.contains(partition) else {
                    throw CommandFailure("topic \(selection.topic) has no partition \(number)")
                }
                found.insert(partition)
            }
        }
        return found.sorted()
    }
}

/// A topic, or some of its partitions: `orders`, `orders:0,2`.
struct PartitionSelection: Equatable {
    let topic: String
    /// Nil for all.
    let partitions: [Int32]?

    /// Throws `UsageError`.
    init(parsing text: String) throws {
        guard let colon = text.lastIndex(of: ":") else {
            topic = text
            partitions = nil
            return
        }
        topic = String(text[..<colon])
        partitions = try text[text.index(after: colon)...].split(separator: ",").map {
            guard let number = Int32($0), number >= 0 else { throw UsageError("\"\($0)\" in \"\(text)\" is no partition") }
            return number
        }
        guard !topic.isEmpty, partitions?.isEmpty == false else {
            throw UsageError("\"\(text)\" is not of the form TOPIC or TOPIC:PARTITION,...")
        }
    }
}
