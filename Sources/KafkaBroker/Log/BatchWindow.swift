import KafkaProtocol

/// Finds, in a piece of a segment, the whole batches that a reader gets.
struct BatchWindow {
    /// The offset that is read from.
    let offset: Int64
    /// Batches from here on are not given out.
    let limit: Int64
    let maxBytes: Int
    /// Whether the first batch is given out even if it is larger than `maxBytes`.
    let minOneBatch: Bool
    /// Whether there may be nothing at `offset`, as compaction has removed it.
    let allowsGap: Bool

    /// Batches for the reader.
    struct Found {
        var records: Bytes
        /// The offset after the last of them.
        var nextOffset: Int64
    }

    enum Outcome {
        case found(Found)
        /// The first batch for this reader is beyond the limit or too large.
        case nothingMore
        /// All batches in so many bytes, which may be more than the piece has, lie before the offset.
        case passed(Int)
        /// The first batch for the reader needs `count` bytes, but the piece has not as many after `passed`.
        case needs(count: Int, passed: Int)
        /// The first batch that does not lie before the offset begins after it.
        case gap
        /// What is there at that byte is no batch.
        case damaged(Int)
    }

    /// Looks at a piece that begins with a batch.
    func look(at piece: Bytes) -> Outcome {
        piece.withUnsafeBytes { bytes in
            var at = 0
            var start: Int?
            var next = offset
            while bytes.count - at >= BatchField.baseTimestamp {
                let base = bytes.bigEndian(at, Int64.self)
                let size = Int(bytes.bigEndian(at + BatchField.batchLength, Int32.self)) + 12
                let delta = bytes.bigEndian(at + BatchField.lastOffsetDelta, Int32.self)
                guard bytes[at + BatchField.magic] == 2, size >= RecordBatchHeader.size, base >= 0, delta >= 0,
                    base <= Int64.max - Int64(delta) - 1, start == nil || base >= next
                else {
                    if let start { return found(piece, start..<at, next) }
                    return .damaged(at)
                }
                if start == nil, base + Int64(delta) < offset {
                    at += size
                    continue
                }
                if start == nil, !allowsGap, base > offset { return .gap }
                let first = start ?? at
                if base >= limit || (at + size - first > maxBytes && !(start == nil && minOneBatch)) {
                    return start == nil ? .nothingMore : found(piece, first..<at, next)
                }
                if size > bytes.count - at {
                    return start == nil ? .needs(count: size, passed: at) : found(piece, first..<at, next)
                }
                start = first
                at += size
                next = base + Int64(delta) + 1
            }
            if let start { return found(piece, start..<at, next) }
            return at > 0 ? .passed(at) : .damaged(0)
        }
    }

    private func found(_ piece: Bytes, _ range: Range<Int>, _ next: Int64) -> Outcome {
        .found(Found(records: piece[range], nextOffset: next))
    }
}

extension UnsafeRawBufferPointer {
    /// The big-endian integer at `offset`, which the caller has made sure is inside.
    func bigEndian<I: FixedWidthInteger>(_ offset: Int, _ type: I.Type) -> I {
        I(bigEndian: loadUnaligned(fromByteOffset: offset, as: type))
    }
}
