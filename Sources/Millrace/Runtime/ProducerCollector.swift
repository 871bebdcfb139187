import KafkaClient
import KafkaProtocol

/// Puts what a task writes into batches by partition, without an allocation or a look-up per record.
final class ProducerCollector: RecordCollector {
    let batches: BatchAccumulator
    private let partitionCounts: [String: Int32]
    private var known: [String: Int] = [:]
    private var targets: [Target] = []

    private struct Target {
        let topic: String
        let slots: [PartitionSlot]
        /// Where records without a key go for a while.
        var unkeyed = 0
    }

    init(batchBytes: Int, compression: Compression, partitionCounts: [String: Int32]) {
        batches = BatchAccumulator(batchBytes: batchBytes, compression: compression)
        self.partitionCounts = partitionCounts
    }

    func target(topic: String) -> TopicTarget {
        if let number = known[topic] { return TopicTarget(index: number) }
        known[topic] = targets.count
        let slots = (0..<(partitionCounts[topic] ?? 0)).map { batches.slot(topic: topic, partition: $0) }
        targets.append(Target(topic: topic, slots: slots))
        return TopicTarget(index: targets.count - 1)
    }

    func collect(
        _ target: TopicTarget, partition: Int32?, timestamp: Int64, key: UnsafeRawBufferPointer?,
        value: UnsafeRawBufferPointer?, headers: [RecordHeader]
    ) throws {
        let count = targets[target.index].slots.count
        let number: Int
        if let partition {
            number = Int(partition)
        } else if let key, count > 0 {
            number = Int(Partitioner.partition(forKey: key, count: Int32(count)))
        } else {
            targets[target.index].unkeyed &+= 1
            number = count > 0 ? (targets[target.index].unkeyed >> 8) % count : 0
        }
        guard number >= 0, number < count else {
            throw StreamsError(
                .partitionCount,
                "there is no partition \(number) of \(targets[target.index].topic), which has \(count)")
        }
        batches.append(
            targets[target.index].slots[number], timestamp: timestamp, key: key, value: value, headers: headers)
    }
}
