import KafkaClient
import KafkaProtocol

/// Puts what a task writes into batches by partition, without an allocation or a look-up per record.
final class ProducerCollector: RecordCollector {
    let batches: BatchAccumulator
    private let partitionCounts: [String: Int32]
    private var known: [String: Int] = [:]
    // Unchecked as in `KeyValueStore`.

    @exclusivity(unchecked) private var targets: [Target] = []
    /// The slots of all targets' partitions, one target after the other.
    @exclusivity(unchecked) private var slots: [PartitionSlot] = []
    /// Moves records without a key from partition to partition.
    @exclusivity(unchecked) private var unkeyed = 0

    private struct Target {
        /// Where its slots begin.
        let firstSlot: Int
        /// The number of its partitions.
        let count: Int32
    }

    init(batchBytes: Int, compression: Compression, partitionCounts: [String: Int32]) {
        batches = BatchAccumulator(batchBytes: batchBytes, compression: compression)
        self.partitionCounts = partitionCounts
    }

    func target(topic: String) -> TopicTarget {
        if let number = known[topic] { return TopicTarget(index: number) }
        known[topic] = targets.count
        let count = partitionCounts[topic] ?? 0
        targets.append(Target(firstSlot: slots.count, count: count))
        slots += (0..<count).map { batches.slot(topic: topic, partition: $0) }
        return TopicTarget(index: targets.count - 1)
    }

    func partitionCount(of target: TopicTarget) -> Int32 { targets[target.index].count }

    func collect(
        _ target: TopicTarget, partition: Int32?, timestamp: Int64, key: UnsafeRawBufferPointer?,
        value: UnsafeRawBufferPointer?, headers: [RecordHeader]
    ) throws {
        let place = targets[target.index]
        let number: Int32
        if let partition {
            number = partition
        } else if let key, place.count > 0 {
            number = Partitioner.partition(forKey: key, count: place.count)
        } else {
            unkeyed &+= 1
            number = place.count > 0 ? Int32((unkeyed >> 8) % Int(place.count)) : 0
        }
        guard number >= 0, number < place.count else { throw noPartition(number, target, place.count) }
        batches.append(
            slots[place.firstSlot + Int(number)], timestamp: timestamp, key: key, value: value, headers: headers)
    }

    private func noPartition(_ number: Int32, _ target: TopicTarget, _ count: Int32) -> StreamsError {
        let topic = known.first { $0.value == target.index }?.key ?? ""
        return StreamsError(.partitionCount, "there is no partition \(number) of \(topic), which has \(count)")
    }
}
