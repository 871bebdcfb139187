import KafkaProtocol

/// Where in a segment which offsets and which times are: one entry for every few kilobytes, kept in memory and saved
/// beside the segment in Kafka's layout when the segment is closed.
struct SegmentIndex: Sendable, Equatable {
    /// The batch at `position` ends with the offset `relativeOffset` after the segment's base.
    struct OffsetEntry: Sendable, Equatable {
        var relativeOffset: Int32
        var position: Int32
    }

    /// All batches before the one that ends at `relativeOffset` are older than `timestamp`.
    struct TimeEntry: Sendable, Equatable {
        var timestamp: Int64
        var relativeOffset: Int32
    }

    private(set) var offsets: [OffsetEntry] = []
    private(set) var times: [TimeEntry] = []
    /// The latest timestamp in the segment, -1 if there is none, and the last offset of the first batch that has it.
    private(set) var latest = TimeEntry(timestamp: -1, relativeOffset: 0)
    private var bytesSinceEntry = 0

    /// Takes note of a batch that was written at `position`.
    mutating func note(lastRelativeOffset: Int32, position: Int, size: Int, maxTimestamp: Int64, interval: Int) {
        if maxTimestamp > latest.timestamp {
            latest = TimeEntry(timestamp: maxTimestamp, relativeOffset: lastRelativeOffset)
        }
        if bytesSinceEntry > interval {
            offsets.append(OffsetEntry(relativeOffset: lastRelativeOffset, position: Int32(clamping: position)))
            noteLatestTime()
            bytesSinceEntry = 0
        }
        bytesSinceEntry += size
    }

    private mutating func noteLatestTime() {
        if latest.timestamp > times.last?.timestamp ?? -1 { times.append(latest) }
    }

    /// A position at or before the batch that holds `relativeOffset`.
    func position(before relativeOffset: Int64) -> Int {
        let count = offsets.partitioningIndex { Int64($0.relativeOffset) > relativeOffset }
        return count == 0 ? 0 : Int(offsets[count - 1].position)
    }

    /// An offset such that everything before its batch is older than `timestamp`.
    func relativeOffset(before timestamp: Int64) -> Int64 {
        let count = times.partitioningIndex { $0.timestamp > timestamp }
        return count == 0 ? 0 : Int64(times[count - 1].relativeOffset)
    }
}

extension SegmentIndex {
    /// The content of the offset index file.
    var offsetFile: Bytes {
        var writer = ByteWriter(capacity: offsets.count * 8)
        for entry in offsets {
            writer.write(entry.relativeOffset)
            writer.write(entry.position)
        }
        return writer.finish()
    }

    /// The content of the time index file; its last entry is the segment's latest time.
    var timeFile: Bytes {
        var complete = self
        complete.noteLatestTime()
        // One entry there always is, so that a file that was emptied does not pass for that of records without times.
        if complete.times.isEmpty { complete.times.append(complete.latest) }
        var writer = ByteWriter(capacity: complete.times.count * 12)
        for entry in complete.times {
            writer.write(entry.timestamp)
            writer.write(entry.relativeOffset)
        }
        return writer.finish()
    }

    /// The indexes of a segment of `segmentSize` bytes from their files; nil if they cannot be right.
    init?(offsetFile: Bytes, timeFile: Bytes, segmentSize: Int) {
        guard offsetFile.count % 8 == 0, timeFile.count % 12 == 0 else { return nil }
        guard segmentSize == 0 || !timeFile.isEmpty else { return nil }
        var reader = ByteReader(offsetFile)
        while let offset = try? reader.read(Int32.self), let position = try? reader.read(Int32.self) {
            let previous = offsets.last ?? OffsetEntry(relativeOffset: -1, position: -1)
            guard offset > previous.relativeOffset, position > previous.position, position < segmentSize else {
                return nil
            }
            offsets.append(OffsetEntry(relativeOffset: offset, position: position))
        }
        reader = ByteReader(timeFile)
        while let timestamp = try? reader.read(Int64.self), let offset = try? reader.read(Int32.self) {
            if let previous = times.last {
                guard timestamp > previous.timestamp, offset >= previous.relativeOffset else { return nil }
            }
            guard timestamp >= -1, offset >= 0 else { return nil }
            times.append(TimeEntry(timestamp: timestamp, relativeOffset: offset))
        }
        if let last = times.last { latest = last }
        // Whatever lies between the last entry and the end counts towards the next entry.
        bytesSinceEntry = segmentSize - Int(offsets.last?.position ?? 0)
    }
}

extension Array {
    /// The index of the first element that `belongs` to the upper part; all of those must come last.
    func partitioningIndex(_ belongs: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
