import KafkaClient
import KafkaProtocol

/// Lines on their way to the producer: records without a key, a batch of them to one partition, the next to another.
/// Owned by one task.
struct LineBatches {
    private let accumulator: BatchAccumulator
    private let slots: [PartitionSlot]
    private var current = 0
    private var bytesInCurrent = 0

    init(topic: String, partitions: Int32, batchBytes: Int) {
        let accumulator = BatchAccumulator(batchBytes: batchBytes)
        self.accumulator = accumulator
        slots = (0..<partitions).map { accumulator.slot(topic: topic, partition: $0) }
    }

    /// Adds a line, read or written at `timestamp`.
    mutating func append(_ line: UnsafeRawBufferPointer, timestamp: Int64) {
        accumulator.append(slots[current], timestamp: timestamp, key: nil, value: line)
        bytesInCurrent += line.count + 8
        if bytesInCurrent >= accumulator.batchBytes { turn() }
    }

    /// All that was added, as batches to send. The next lines go to the next partition.
    mutating func takeAll() -> [PreparedBatch] {
        if bytesInCurrent > 0 { turn() }
        return accumulator.takeAll()
    }

    private mutating func turn() {
        bytesInCurrent = 0
        current = (current + 1) % slots.count
    }
}
