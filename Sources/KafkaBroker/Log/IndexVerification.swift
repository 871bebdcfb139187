import KafkaProtocol

/// Follows the entries of a segment's index along the segment's batches, to see whether each leads where it should.
struct IndexVerification {
    /// An entry that is wrong.
    struct Fault {
        let kind: LogDirectory.Kind
        let message: String
    }

    private let base: Int64
    /// The entries that are still to come.
    private var offsets: ArraySlice<SegmentIndex.OffsetEntry>
    private var times: ArraySlice<SegmentIndex.TimeEntry>
    private let last: SegmentIndex.TimeEntry
    /// The latest time so far, and the last offset of the first batch that has it.
    private var latest = SegmentIndex.TimeEntry(timestamp: -1, relativeOffset: 0)
    private var fault: Fault?

    init(_ index: SegmentIndex, base: Int64) {
        self.base = base
        offsets = index.offsets[...]
        // A segment without times has one entry that says so.
        times = index.times.drop { $0.timestamp < 0 }
        last = index.latest
    }

    /// Takes the next batch.
    mutating func note(_ item: BatchScanner.Item) {
        let relative = item.header.lastOffset.saturatingSubtract(base)
        if let entry = offsets.first, Int(entry.position) <= item.position {
            if Int(entry.position) < item.position || Int64(entry.relativeOffset) != relative { blame(entry) }
            offsets.removeFirst()
        }
        guard item.header.maxTimestamp > latest.timestamp else { return }
        latest = .init(timestamp: item.header.maxTimestamp, relativeOffset: Int32(clamping: relative))
        if let entry = times.first, entry.timestamp <= latest.timestamp {
            if entry != latest { blame(entry) }
            times.removeFirst()
        }
    }

    /// What was wrong, if anything; there are no more batches.
    mutating func finish() -> Fault? {
        if let entry = offsets.first { blame(entry) }
        if let entry = times.first { blame(entry) }
        if fault == nil, last != latest {
            fault = Fault(
                kind: .timeindex, message: "the index ends with the time \(last.timestamp), the segment's latest is \(latest.timestamp)")
        }
        return fault
    }

    private mutating func blame(_ entry: SegmentIndex.OffsetEntry) {
        guard fault == nil else { return }
        fault = Fault(
            kind: .index,
            message: "the index leads astray: no batch at byte \(entry.position) ends with offset \(base.saturatingAdd(Int64(entry.relativeOffset)))")
    }

    private mutating func blame(_ entry: SegmentIndex.TimeEntry) {
        guard fault == nil else { return }
        let offset = base.saturatingAdd(Int64(entry.relativeOffset))
        fault = Fault(
            kind: .timeindex,
            message: "the index leads astray: the time \(entry.timestamp) does not come first in a batch that ends with offset \(offset)")
    }
}
