public import KafkaProtocol

/// A partition in a `BatchAccumulator`, so that no record needs a dictionary look-up.
@frozen
public struct PartitionSlot: Hashable, Sendable {
    @usableFromInline let index: Int
    @inlinable init(index: Int) { self.index = index }
}

/// Gathers the records of one task into batches, a partition each. Synchronous, and without an allocation per record.
///
/// Used by one task at a time; not Sendable.
public final class BatchAccumulator {
    // Unchecked exclusivity: `append` runs for each record. One task uses the accumulator at a time, and no method calls
    // out to foreign code while it changes these.

    /// The open batch of each slot; empty ones have no memory yet.
    @exclusivity(unchecked) @usableFromInline var builders: [RecordBatchBuilder] = []
    @exclusivity(unchecked) @usableFromInline var full: [PreparedBatch] = []
    @exclusivity(unchecked) @usableFromInline var size = 0
    private var partitions: [TopicPartition] = []
    private var slotNumbers: [TopicPartition: Int] = [:]
    /// The size at which a batch is closed.
    public let batchBytes: Int
    /// How batches are compressed, by the producer.
    public let compression: Compression

    /// An empty accumulator whose batches are closed at `batchBytes` before compression.
    public init(batchBytes: Int = 65536, compression: Compression = .none) {
        self.batchBytes = max(1, batchBytes)
        self.compression = compression
    }

    /// The slot of a partition; the same each time.
    public func slot(topic: String, partition: Int32) -> PartitionSlot {
        let topicPartition = TopicPartition(topic: topic, partition: partition)
        if let known = slotNumbers[topicPartition] { return PartitionSlot(index: known) }
        slotNumbers[topicPartition] = partitions.count
        partitions.append(topicPartition)
        builders.append(makeBuilder())
        return PartitionSlot(index: partitions.count - 1)
    }

    /// Adds a record to the batch of `target`, a slot of this accumulator. Key and value are copied.
    @inlinable public func append(
        _ target: PartitionSlot, timestamp: Int64, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
        headers: [RecordHeader] = []
    ) {
        withBuilder(of: target.index, for: (key?.count ?? 0) + (value?.count ?? 0)) { builder in
            let before = builder.sizeInBytes
            builder.append(timestamp: timestamp, key: key, value: value, headers: headers)
            size += builder.sizeInBytes - before
        }
    }

    /// Adds a record to the batch of `target`, a slot of this accumulator. Key and value are copied.
    @inlinable public func append(
        _ target: PartitionSlot, timestamp: Int64, key: Bytes?, value: Bytes?, headers: [RecordHeader] = []
    ) {
        withBuilder(of: target.index, for: (key?.count ?? 0) + (value?.count ?? 0)) { builder in
            let before = builder.sizeInBytes
            builder.append(timestamp: timestamp, key: key, value: value, headers: headers)
            size += builder.sizeInBytes - before
        }
    }

    /// Calls `body` with the slot's open batch if `bytes` more still fit, else with a new one.
    @inlinable @inline(__always)
    func withBuilder(of slot: Int, for bytes: Int, _ body: (RecordBatchBuilder) -> Void) {
        // Not retained for the call, which would cost more than adding the record does: `builders` has it all the while.
        Unmanaged.passUnretained(builders[slot])._withUnsafeGuaranteedRef { builder in
            if builder.sizeInBytes + bytes <= batchBytes || builder.isEmpty { return body(builder) }
            close(slot)
            body(builders[slot])
        }
    }

    /// Puts the slot's batch among the full ones and opens another.
    @usableFromInline @inline(never) func close(_ slot: Int) {
        let builder = builders[slot]
        guard !builder.isEmpty else { return }
        builders[slot] = makeBuilder()
        full.append(PreparedBatch(partitions[slot], unshared: builder))
    }

    private func makeBuilder() -> RecordBatchBuilder {
        RecordBatchBuilder(compression: compression, capacity: min(batchBytes, 4096))
    }

    /// The bytes gathered and not yet taken, before compression.
    @inlinable public var bytes: Int { size }

    /// Whether nothing is gathered.
    @inlinable public var isEmpty: Bool { size == 0 }

    /// Whether `takeFull` would return batches.
    @inlinable public var hasFullBatches: Bool { !full.isEmpty }

    /// Takes out the batches that are full; the open ones stay.
    public func takeFull() -> [PreparedBatch] {
        guard !full.isEmpty else { return [] }
        let batches = full
        full = []
        size -= batches.reduce(0) { $0 + $1.sizeInBytes - RecordBatchHeader.size }
        return batches
    }

    /// Takes out all batches, the open ones too.
    public func takeAll() -> [PreparedBatch] {
        for slot in builders.indices { close(slot) }
        let batches = full
        full = []
        size = 0
        return batches
    }

    /// Throws away what is gathered, such as what belonged to an aborted transaction.
    public func removeAll() {
        for builder in builders { builder.removeAll() }
        full = []
        size = 0
    }
}
