/// Writes records into one open batch and hands it over finished; then the next batch can begin.
///
/// Not `Sendable`: one task owns it. A record is written once, into the memory that `finish` returns (unless it is
/// compressed), and nothing is allocated for it.
public final class RecordBatchBuilder {
    // `writer` is unchecked because `append` runs for each record: no method calls out to foreign code while it
    // writes, and the type is not Sendable, so that accesses cannot overlap.
    @exclusivity(unchecked) @usableFromInline var writer: ByteWriter
    @exclusivity(unchecked) @usableFromInline var count = 0
    @exclusivity(unchecked) @usableFromInline var lastDelta = -1
    @exclusivity(unchecked) @usableFromInline var baseTimestamp: Int64 = 0
    @exclusivity(unchecked) @usableFromInline var maxTimestamp: Int64 = 0
    /// The memory of a batch that is handed over.
    let capacity: Int

    /// The compression of the batches.
    public let compression: Compression

    /// A builder of batches of about `capacity` bytes, header included; they grow beyond it if need be. The memory is
    /// allocated with the first record.
    public init(compression: Compression = .none, capacity: Int) {
        self.compression = compression
        self.capacity = max(capacity, RecordBatchHeader.size)
        writer = ByteWriter(capacity: 0)
    }

    /// The number of records in the batch.
    @inlinable public var recordCount: Int { count }
    /// Whether there are no records in the batch.
    @inlinable public var isEmpty: Bool { count == 0 }
    /// The bytes of the batch so far, header included, before compression.
    @inlinable public var sizeInBytes: Int { count == 0 ? RecordBatchHeader.size : writer.count }

    /// The most bytes that a record without headers adds to a batch.
    @inlinable public static func sizeLimit(keyCount: Int, valueCount: Int) -> Int { keyCount + valueCount + 32 }

    /// Adds a record at the next offset. `timestamp` is in milliseconds since 1970; key and value may be nil.
    ///
    /// A record must be smaller than 2 GiB.
    @inlinable
    public func append(
        timestamp: Int64, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?, headers: [RecordHeader] = []
    ) {
        append(offsetDelta: lastDelta + 1, timestamp: timestamp, key: key, value: value, headers: headers)
    }

    /// Adds a record at the next offset. `timestamp` is in milliseconds since 1970; key and value may be nil.
    ///
    /// A record must be smaller than 2 GiB.
    @inlinable
    public func append(timestamp: Int64, key: Bytes?, value: Bytes?, headers: [RecordHeader] = []) {
        append(offsetDelta: lastDelta + 1, timestamp: timestamp, key: key, value: value, headers: headers)
    }

    /// Adds a record at `offsetDelta` after the batch's base offset, which must be above that of the record before:
    /// compaction leaves gaps. Traps if it is not, so check offsets that come from outside before.
    @inlinable
    public func append(
        offsetDelta: Int, timestamp: Int64, key: Bytes?, value: Bytes?, headers: [RecordHeader] = []
    ) {
        // Sound: key and value are alive until the call has returned.
        append(
            offsetDelta: offsetDelta, timestamp: timestamp, key: key?.unguarded, value: value?.unguarded,
            headers: headers)
        withExtendedLifetime((key, value)) {}
    }
}
