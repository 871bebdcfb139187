import KafkaProtocol

/// Decides what compaction keeps of each batch. Batches must come in the order of the log, from its start.
struct BatchCleaner {
    /// The last offset of each key that has a newer record in the part that was looked at.
    let keys: KeyOffsets
    /// Aborted transactions by producer.
    let aborted: [Int64: [AbortedTransaction]]
    /// What the log knows of its producers: the last batch of each stays, at least as an empty one.
    let producers: ProducerTable
    let now: Int64
    let deleteRetentionMs: Int64
    /// Producers of which a transaction's data was kept, so that its marker has to be kept, too.
    private var openWithData: Set<Int64> = []

    /// The attribute that says that `baseTimestamp` is the time from which tombstones and markers in the batch may go
    /// (KIP-534).
    static let hasDeleteHorizon: Int16 = 64

    enum Outcome: Equatable {
        case keep
        case drop
        case replace(Bytes)
    }

    init(
        keys: KeyOffsets, aborted: [AbortedTransaction], producers: ProducerTable, now: Int64, deleteRetentionMs: Int64
    ) {
        self.keys = keys
        self.aborted = Dictionary(grouping: aborted, by: \.producerId)
        self.producers = producers
        self.now = now
        self.deleteRetentionMs = deleteRetentionMs
    }

    /// What becomes of the batch.
    mutating func clean(_ header: RecordBatchHeader, _ bytes: Bytes) throws -> Outcome {
        header.isControl ? try cleanMarker(header, bytes) : try cleanData(header, bytes)
    }

    /// Takes note of a batch that is kept because it cannot be read.
    mutating func keepUnread(_ header: RecordBatchHeader) {
        if header.isTransactional, !header.isControl { openWithData.insert(header.producerId) }
    }

    /// Whether the batch is part of an aborted transaction.
    static func isAborted(_ header: RecordBatchHeader, _ aborted: [Int64: [AbortedTransaction]]) -> Bool {
        guard header.isTransactional, let transactions = aborted[header.producerId] else { return false }
        return transactions.contains { $0.firstOffset <= header.baseOffset && header.lastOffset < $0.lastOffset }
    }

    /// A marker goes when its data is gone, after a time in which readers can still see it.
    private mutating func cleanMarker(_ header: RecordBatchHeader, _ bytes: Bytes) throws -> Outcome {
        let hasData = openWithData.remove(header.producerId) != nil
        if hasData || isLast(header) { return .keep }
        if let horizon = horizon(header) { return horizon <= now ? .drop : .keep }
        return .replace(
            try BatchRewriter(header, bytes).rewrite(deleteHorizon: newHorizon) { _, _ in true })
    }

    private mutating func cleanData(_ header: RecordBatchHeader, _ bytes: Bytes) throws -> Outcome {
        let isAborted = Self.isAborted(header, aborted)
        let horizon = horizon(header)
        let rewriter = try BatchRewriter(header, bytes)
        var kept = 0
        var tombstones = 0
        if !isAborted {
            var records = rewriter.records
            while let record = try records.nextPosition() {
                guard isKept(record, records, horizon) else { continue }
                kept += 1
                if record.valueCount < 0 { tombstones += 1 }
            }
        }
        if kept == 0 {
            // An empty batch still tells the producer's last sequence number.
            return isLast(header) ? (header.recordCount == 0 ? .keep : .replace(rewriter.empty())) : .drop
        }
        if header.isTransactional { openWithData.insert(header.producerId) }
        let nextHorizon = horizon ?? (tombstones > 0 ? newHorizon : nil)
        if kept == header.recordCount, nextHorizon == horizon { return .keep }
        return .replace(
            try rewriter.rewrite(deleteHorizon: nextHorizon) { record, records in isKept(record, records, horizon) })
    }

    private func isKept(_ record: RecordPosition, _ records: RecordIterator, _ horizon: Int64?) -> Bool {
        guard record.keyCount >= 0 else { return false }
        if record.valueCount < 0, let horizon, horizon <= now { return false }
        let hash = records.payload[record.keyStart..<record.keyStart + record.keyCount].withUnsafeBytes {
            KeyOffsets.Hash($0)
        }
        return keys.offset(of: hash).map { $0 <= record.offset } ?? true
    }

    /// From when on tombstones and markers that are seen now may go.
    private var newHorizon: Int64 { now.saturatingAdd(deleteRetentionMs) }

    private func horizon(_ header: RecordBatchHeader) -> Int64? {
        header.attributes & Self.hasDeleteHorizon != 0 ? header.baseTimestamp : nil
    }

    /// Whether this is the last the log has of a producer that it still knows.
    private func isLast(_ header: RecordBatchHeader) -> Bool {
        guard header.producerId >= 0, let producer = producers[header.producerId],
            producer.epoch == header.producerEpoch
        else { return false }
        guard let last = producer.batches.last else { return header.isControl }
        return last.lastOffset <= header.lastOffset
    }
}
