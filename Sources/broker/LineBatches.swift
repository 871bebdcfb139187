import KafkaClient
import KafkaProtocol
import MillraceCommandLine

/// Lines on their way to batches. Those with a key go to the key's partition; the others go to one partition until
/// a batch is full, then to the next.
struct LineBatches {
    let line: LineFormat
    let accumulator: BatchAccumulator
    let topic: String
    let slots: [PartitionSlot]
    var timestamp: Int64 = 0
    var count = 0
    private var current = 0
    private var bytesInCurrent = 0

    init(topic: String, line: LineFormat, accumulator: BatchAccumulator, partitions: Int32) {
        self.line = line
        self.accumulator = accumulator
        self.topic = topic
        slots = (0..<max(partitions, 1)).map { accumulator.slot(topic: topic, partition: $0) }
    }

    /// Adds a line. Throws `CommandFailure` for one that is no record.
    mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
        if line.isPlain {
            let (key, value) = try line.parts(of: bytes, number: count + 1)
            accumulator.append(try slot(key, value.count, nil), timestamp: timestamp, key: key, value: value)
        } else {
            let record = try line.record(of: bytes, number: count + 1)
            let target =
                if let key = record.key {
                    try key.withUnsafeBytes { (key: UnsafeRawBufferPointer) throws in
                        try slot(key, record.value?.count ?? 0, record.partition)
                    }
                } else {
                    try slot(nil, record.value?.count ?? 0, record.partition)
                }
            accumulator.append(
                target, timestamp: record.timestamp ?? timestamp, key: record.key, value: record.value, headers: record.headers)
        }
        count += 1
    }

    private mutating func slot(_ key: UnsafeRawBufferPointer?, _ valueCount: Int, _ partition: Int32?) throws -> PartitionSlot {
        if let partition {
            guard slots.indices.contains(Int(partition)) else {
                throw CommandFailure(
                    "line \(count + 1): topic \(topic) has no partition \(partition); the lines before it are sent")
            }
            return slots[Int(partition)]
        }
        if let key { return slots[Int(Partitioner.partition(forKey: key, count: Int32(slots.count)))] }
        let slot = slots[current]
        bytesInCurrent += valueCount + 8
        if bytesInCurrent >= accumulator.batchBytes {
            bytesInCurrent = 0
            current = (current + 1) % slots.count
        }
        return slot
    }
}
