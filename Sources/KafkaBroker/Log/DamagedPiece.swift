import KafkaProtocol

/// A piece of a segment that is no batch, or one that is damaged.
struct DamagedPiece: Sendable, Equatable {
    /// Where it is in the file.
    var bytes: Range<Int>
    /// The offset after what is before it.
    var firstOffset: Int64
    /// The offset of what comes after it; nil if nothing does.
    var nextOffset: Int64?
    /// How many records it says it has, if it can say so.
    var claimedRecords: Int32?
    /// What is wrong with it.
    var reason: String

    /// How many records are lost, and their offsets.
    var loss: String {
        if let nextOffset {
            let count = nextOffset.saturatingSubtract(firstOffset)
            return count > 0 ? "\(count) records, offsets \(firstOffset) to \(nextOffset - 1)" : "no records"
        }
        return "\(claimedRecords.map { "\($0)" } ?? "an unknown number of") records from offset \(firstOffset) on"
    }
}

/// The outcome of a look at the end of a segment that is no batch.
enum SegmentTail: Equatable {
    /// A write that was cut off: its beginning, zeros that a file system leaves, or both.
    case torn
    case damaged
}

extension BatchScanner {
    /// What the rest of the file from `position` on is, where a batch with `offset` was to come.
    mutating func tail(from position: Int, expecting offset: Int64) throws -> SegmentTail {
        guard end - position >= RecordBatchHeader.size else { return .torn }
        let front = try bytes(at: position, count: RecordBatchHeader.size)
        if let header = try? RecordBatchHeader(parsing: front) {
            guard header.sizeInBytes > end - position, header.baseOffset == offset,
                header.partitionLeaderEpoch == PartitionLog.leaderEpoch
            else { return .damaged }
            // The whole batch may be there with a wrong length.
            let rest = try checksum(from: position + BatchField.attributes, to: end)
            return rest == header.crc ? .damaged : .torn
        }
        var at = position
        while at < end {
            let piece = try bytes(at: at, count: min(end - at, 1 << 16))
            guard !piece.isEmpty else { break }
            guard piece.withUnsafeBytes({ $0.allSatisfy { $0 == 0 } }) else { return .damaged }
            at += piece.count
        }
        return .torn
    }
}
