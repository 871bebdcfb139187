public import KafkaProtocol

/// Some records of a changelog, or of local state, on their way back into a store: where they lie in the memory that they were read
/// into. A few at a time, so that a store can do for all of them what costs much for each.
@usableFromInline
struct RestoredRecords {
    @usableFromInline
    struct Record {
        @usableFromInline let keyStart: Int
        @usableFromInline let keyCount: Int
        @usableFromInline let valueStart: Int
        /// Negative for a deletion.
        @usableFromInline let valueCount: Int
        @usableFromInline let timestamp: Int64
        let offset: Int64
    }

    /// So many are put back at once, fewer if their values are large.
    static let most = 64
    static let mostValueBytes = 4096

    /// The memory that they lie in.
    @usableFromInline private(set) var payload = Bytes()
    @usableFromInline private(set) var records: [Record] = []
    /// The bytes of all values.
    @usableFromInline private(set) var valueBytes = 0
    /// Which one is put back next: where it fails, the one at fault.
    @usableFromInline var next = 0

    init() { records.reserveCapacity(Self.most) }

    /// A single record.
    @usableFromInline
    init(key: Bytes, value: Bytes?, timestamp: Int64) {
        var writer = ByteWriter(capacity: key.count + (value?.count ?? 0))
        key.withUnsafeBytes { writer.write(raw: $0) }
        value?.withUnsafeBytes { writer.write(raw: $0) }
        payload = writer.finish()
        append(
            keyStart: 0, keyCount: key.count, valueStart: key.count, valueCount: value?.count ?? -1, timestamp: timestamp)
    }

    var isEmpty: Bool { records.isEmpty }
    var isFull: Bool { records.count >= Self.most || valueBytes >= Self.mostValueBytes }
    /// The offset of the record that is put back next.
    var offset: Int64? { next < records.count ? records[next].offset : nil }

    /// Goes on with records in other memory. There must be none left.
    mutating func begin(_ payload: Bytes) { self.payload = payload }

    /// Adds a record; the ranges are within the memory, which whoever found them has checked.
    mutating func append(
        keyStart: Int, keyCount: Int, valueStart: Int, valueCount: Int, timestamp: Int64, offset: Int64 = -1
    ) {
        records.append(
            Record(
                keyStart: keyStart, keyCount: keyCount, valueStart: valueStart, valueCount: valueCount, timestamp: timestamp,
                offset: offset))
        valueBytes &+= max(0, valueCount)
    }

    /// They are all back.
    mutating func removeAll() {
        records.removeAll(keepingCapacity: true)
        valueBytes = 0
        next = 0
    }

    /// The key of a record, as a slice.
    func key(_ record: Record) -> Bytes { payload[record.keyStart..<record.keyStart + record.keyCount] }

    /// The value of a record, as a slice; nil for a deletion.
    func value(_ record: Record) -> Bytes? { record.valueCount < 0 ? nil : slice(record) }

    /// The value of a record that is none of a deletion.
    @usableFromInline
    func slice(_ record: Record) -> Bytes { payload[record.valueStart..<record.valueStart + record.valueCount] }

    /// Copies of all values, one after the other in memory that they share: what a store keeps must not keep the batch alive. What
    /// is restored thus may stay as long as the last of a few kilobytes with it, and no longer.
    @usableFromInline
    func copiedValues() -> Bytes {
        payload.withUnsafeBytes { source in
            Bytes(capacity: valueBytes) { target in
                var end = 0
                for record in records where record.valueCount > 0 {
                    guard let base = source.baseAddress, let place = target.baseAddress else { continue }
                    (place + end).copyMemory(from: base + record.valueStart, byteCount: record.valueCount)
                    end += record.valueCount
                }
                return end
            }
        }
    }
}
