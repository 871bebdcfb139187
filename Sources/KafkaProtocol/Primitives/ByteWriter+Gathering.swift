/// Slices that a writer holds instead of copies of them, in order.
@usableFromInline final class GatheredSlices {
    /// Each slice with its place: the number of bytes that were written before it otherwise.
    var slices: [(place: Int, bytes: Bytes)] = []
    var bytes = 0
}

extension ByteWriter {
    /// The size from which it is cheaper to hand over a slice than to copy it.
    private static let worthSharing = 8192

    /// An empty writer that keeps large records as slices. It ends with `finishParts`.
    public static func gathering(capacity: Int = 512) -> ByteWriter {
        var writer = ByteWriter(capacity: capacity)
        writer.gathered = Unmanaged.passRetained(GatheredSlices())
        return writer
    }

    /// The number of bytes written so far, with those of the slices.
    public var totalCount: Int { count + (gathered?.takeUnretainedValue().bytes ?? 0) }

    /// Writes record batches or null as `write(_:compact:)` does; a writer that gathers keeps them as they are. Not for
    /// tagged fields, whose size is what was written.
    mutating func write(records: Bytes?, compact: Bool) throws {
        guard let records, let gathered, records.count >= Self.worthSharing else {
            return try write(records, compact: compact)
        }
        try writeCount(records.count, compact: compact)
        let slices = gathered.takeUnretainedValue()
        slices.slices.append((count, records))
        slices.bytes += records.count
    }

    /// What was written, in pieces that are to follow each other.
    public consuming func finishParts() -> [Bytes] {
        let slices = gathered?.takeRetainedValue().slices ?? []
        gathered = nil
        let written = finish()
        var parts: [Bytes] = []
        var start = 0
        for (place, bytes) in slices {
            if place > start { parts.append(written[start..<place]) }
            parts.append(bytes)
            start = place
        }
        if start < written.count { parts.append(written[start..<written.count]) }
        return parts
    }
}
