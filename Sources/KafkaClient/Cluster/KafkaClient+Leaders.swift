import KafkaProtocol
import Synchronization

extension KafkaClient {
    /// What became of one partition of a request.
    enum PartitionOutcome<Value: Sendable>: Sendable {
        case done(Value)
        case failed(KafkaErrorCode)
    }

    /// Asks the leader of each partition, all leaders at the same time, and again for partitions whose error a retry can
    /// help. `ask` sends one request for the given partitions to the node.
    ///
    /// Throws the first error that no retry can help. Partitions that `ask` leaves out count as unknown.
    func askLeaders<Value: Sendable>(
        of partitions: [TopicPartition], _ what: String, timeout: Duration? = nil,
        _ ask:
            @escaping @Sendable (_ node: Int32, [TopicPartition]) async throws -> [TopicPartition: PartitionOutcome<
                Value
            >]
    ) async throws -> [TopicPartition: Value] {
        var values: [TopicPartition: Value] = [:]
        var open = partitions
        _ = try await retrying(what, timeout: timeout) { _ in
            var byNode: [Int32: [TopicPartition]] = [:]
            for partition in open { byNode[try await leader(of: partition), default: []].append(partition) }
            let groups = byNode
            let answers = try await withThrowingTaskGroup(of: [TopicPartition: PartitionOutcome<Value>].self) { group in
                for (node, partitions) in groups { group.addTask { try await ask(node, partitions) } }
                return try await group.reduce(into: [:]) { $0.merge($1) { $1 } }
            }
            var retriable: KafkaError?
            for partition in open {
                switch answers[partition] ?? .failed(.unknownTopicOrPartition) {
                case .done(let value): values[partition] = value
                case .failed(let code):
                    if code.isAboutLeadership { invalidate(partition.topicName) }
                    let error = KafkaError.broker(code, "\(what) of \(partition)", topicPartition: partition)
                    guard error.isRetriable else { throw error }
                    retriable = error
                }
            }
            open.removeAll { values[$0] != nil }
            if let retriable { throw retriable }
            return true
        }
        return values
    }
}

extension Sequence<TopicPartition> {
    /// The partition numbers by topic, as requests carry them.
    func byTopic() -> [(topic: String, partitions: [Int32])] {
        Dictionary(grouping: self, by: \.topicName).sorted { $0.key < $1.key }.map { ($0.key.string, $0.value.map(\.partition)) }
    }
}
