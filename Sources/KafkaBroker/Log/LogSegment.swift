import KafkaProtocol

/// One file of the log and its indexes. Only the last one, the active segment, grows.
struct LogSegment: Sendable {
    /// The offset in the file's name; every record's offset is this or larger.
    let base: Int64
    let file: LogFile
    /// How many bytes hold whole batches; what lies behind them is not part of the log.
    var size = 0
    var index = SegmentIndex()
    /// When the file was begun or last written to before it was opened, in milliseconds.
    var createdAt: Int64
    /// The largest timestamp of the first batch, from which the segment's age counts.
    var firstTimestamp: Int64?
    /// Whether the file's content is known to be on the disk.
    var isSynced = false

    /// The latest timestamp in the segment; that of the file if no record has one.
    var latestTimestamp: Int64 { index.latest.timestamp >= 0 ? index.latest.timestamp : createdAt }

    /// Takes note of a batch that now stands at the end of the file.
    mutating func note(_ header: RecordBatchHeader, interval: Int) {
        if firstTimestamp == nil, header.maxTimestamp >= 0 { firstTimestamp = header.maxTimestamp }
        index.note(
            lastRelativeOffset: Int32(clamping: header.lastOffset - base), position: size, size: header.sizeInBytes,
            maxTimestamp: header.maxTimestamp, interval: interval)
        size += header.sizeInBytes
        isSynced = false
    }

    /// Whether a batch with that last offset and time belongs into a new segment.
    func isFull(
        adding bytes: Int, lastOffset: Int64, maxTimestamp: Int64, now: Int64, configuration: LogConfiguration
    ) -> Bool {
        guard size > 0 else { return lastOffset - base > Int64(Int32.max) }
        let limit = min(configuration.segmentBytes, Int(Int32.max))
        if size > limit - bytes || lastOffset - base > Int64(Int32.max) { return true }
        if let firstTimestamp, maxTimestamp >= 0 {
            return maxTimestamp.saturatingSubtract(firstTimestamp) > configuration.segmentMs
        }
        return now.saturatingSubtract(createdAt) > configuration.segmentMs
    }

    /// Rebuilds the index from the batches, as far as they are whole; returns the offset after the last one.
    @discardableResult
    mutating func rebuildIndex(interval: Int) throws -> Int64 {
        let end = size
        var scanner = BatchScanner(file: file, end: end)
        size = 0
        index = SegmentIndex()
        firstTimestamp = nil
        var next = base
        defer { size = end }
        do {
            while let item = try scanner.next() {
                note(item.header, interval: interval)
                next = item.header.nextOffset
            }
        } catch let error as PartitionLogError where error.code == .corruptMessage {}
        return next
    }
}
