public import KafkaProtocol

/// What a store has changed since its last chunk, as a row log keeps it. One encoding of a record serves the changelog and
/// this: its bytes are appended to memory that is used again.
///
/// Sound as Sendable: it belongs to the task of its store, or to the loader of global stores, and is used by one thread at
/// a time.
@usableFromInline
final class RowLogBuffer: @unchecked Sendable {
    /// When so many bytes have come together, they are written as a part of their chunk.
    let partBytes: Int

    // Unchecked as in `KeyValueStore`.

    /// A part: room for its header, then the entries.
    @exclusivity(unchecked) private var writer = ByteWriter(capacity: 4096)
    @exclusivity(unchecked) private var baseTime: Int64 = 0
    @exclusivity(unchecked) private(set) var entryCount: UInt32 = 0
    /// The largest time of an entry since the log began.
    @exclusivity(unchecked) var latestTime = Int64.min
    /// How many bytes come together before `onFull` is called.
    @exclusivity(unchecked) var limit: Int
    /// Takes the part away, if it can.
    @exclusivity(unchecked) var onFull: () -> Void = {}
    /// Whether entries are dropped: what is written has a gap before them.
    @exclusivity(unchecked) var isClosed = false

    init(partBytes: Int = 256 << 10) {
        self.partBytes = partBytes
        limit = partBytes
        removeAll()
    }

    /// The bytes that have come together.
    var count: Int { writer.count - RowChunkHeader.size }

    /// Takes over a change; a nil value is a deletion. The memory is read during the call only.
    @usableFromInline
    func append(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?, timestamp: Int64) {
        append(key: key, value: value, headers: nil, timestamp: timestamp)
    }

    /// The same with headers, which tell stores of several layouts what they have before them. Few stores have any.
    @usableFromInline
    func append(
        key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?, timestamp: Int64, headers: [RecordHeader]
    ) {
        guard value != nil, !headers.isEmpty else {
            return append(key: key, value: value, headers: nil, timestamp: timestamp)
        }
        var encoded = ByteWriter()
        encoded.write(headers: headers)
        encoded.withUnsafeBytes { append(key: key, value: value, headers: $0, timestamp: timestamp) }
    }

    /// The same for a record without headers as it lies in its batch.
    func append(_ found: RecordPosition, of batch: borrowing RecordIterator) {
        batch.withUnsafeKeyAndValue(of: found) { key, value in
            guard let key else { return }
            append(key: key, value: value, headers: nil, timestamp: found.timestamp)
        }
    }

    /// The same with headers that are encoded already; nil for none.
    func append(
        key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?, headers: UnsafeRawBufferPointer?, timestamp: Int64
    ) {
        if isClosed { return }
        if entryCount == 0 { baseTime = timestamp }
        entryCount &+= 1
        if timestamp > latestTime { latestTime = timestamp }
        writer.reserve(key.count + (value?.count ?? 0) + 30)
        writer.writeUnsignedVarint(UInt64(truncatingIfNeeded: key.count))
        writer.write(raw: key)
        if let value {
            let hasHeaders: UInt64 = headers == nil ? 0 : 1
            writer.writeUnsignedVarint((UInt64(truncatingIfNeeded: value.count) &+ 1) << 1 | hasHeaders)
            writer.write(raw: value)
            if let headers {
                writer.writeUnsignedVarint(UInt64(truncatingIfNeeded: headers.count))
                writer.write(raw: headers)
            }
        } else {
            writer.writeUnsignedVarint(0)
        }
        let time = timestamp &- baseTime
        writer.writeUnsignedVarint(UInt64(bitPattern: (time << 1) ^ (time >> 63)))
        if count >= limit { onFull() }
    }

    /// Takes over a record of a changelog.
    func append(key: Bytes, value: Bytes?, timestamp: Int64, headers: [RecordHeader]) {
        key.withUnsafeBytes { key in
            guard let value else { return append(key: key, value: nil, timestamp: timestamp) }
            value.withUnsafeBytes { append(key: key, value: $0, timestamp: timestamp, headers: headers) }
        }
    }

    /// Forgets what has come together.
    func removeAll() {
        // What a large commit has needed is not kept.
        if writer.count > 2 * partBytes { writer = ByteWriter(capacity: 4096) }
        writer.removeAll()
        writer.writeZeros(RowChunkHeader.size)
        entryCount = 0
    }

    /// Gives what has come together as a part, and forgets it unless `body` throws. With a marker the chunk ends.
    func takePart(
        _ kind: RowChunkHeader.Kind = .changes, chunk: UInt64, part: UInt32, marker: RowMarker?,
        _ body: (_ bytes: UnsafeRawBufferPointer, _ entries: Int) throws -> Void
    ) throws {
        let entryBytes = count
        if let marker { marker.write(to: &writer) }
        var header = RowChunkHeader(
            kind: kind, isLast: marker != nil, chunk: chunk, part: part, entryCount: entryCount,
            entryBytes: UInt32(clamping: entryBytes), markerBytes: UInt32(clamping: count - entryBytes),
            baseTime: baseTime)
        header.checksum = writer.withUnsafeBytes {
            CRC32C.checksum(UnsafeRawBufferPointer(rebasing: $0[RowChunkHeader.size...]))
        }
        header.write(over: &writer)
        do {
            try writer.withUnsafeBytes { bytes throws(any Error) -> Void in try body(bytes, Int(entryCount)) }
        } catch {
            // What comes next is appended to the entries.
            writer.truncate(to: RowChunkHeader.size + entryBytes)
            throw error
        }
        removeAll()
    }
}
