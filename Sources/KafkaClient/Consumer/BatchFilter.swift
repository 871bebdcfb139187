import KafkaProtocol

/// Cuts the records of a fetch response into batches, checks them, and leaves out what a consumer must not see.
struct BatchFilter {
    var isolation: IsolationLevel

    struct Result {
        var batches: [RecordBatch] = []
        /// The bytes of `batches`.
        var size = 0
        /// The offset after the last whole batch, those left out included.
        var nextOffset: Int64
    }

    /// The batches of `records` that hold anything from `offset` on. `aborted` are the aborted transactions that the broker
    /// reports for this very response.
    func filter(
        _ records: Bytes, from offset: Int64, aborted: [FetchResponse.AbortedTransaction],
        of topicPartition: TopicPartition
    ) throws -> Result {
        var result = Result(nextOffset: offset)
        var aborted = aborted.sorted { $0.firstOffset > $1.firstOffset }
        var abortedProducers: Set<Int64> = []
        var sequence = RecordBatchSequence(records)
        var last: RecordBatchHeader?
        do {
            while let batch = try sequence.next() {
                let header = batch.header
                last = header
                // A fetch in the middle of a batch gets the batch from its beginning; compaction and retries may leave more.
                if header.lastOffset < offset { continue }
                try batch.validateChecksum()
                guard let next = header.lastOffset.checkedAdd(1) else {
                    throw KafkaProtocolError(.malformed, "a record batch that ends at the last offset there can be")
                }
                result.nextOffset = next
                while let next = aborted.last, next.firstOffset <= header.lastOffset {
                    abortedProducers.insert(next.producerId)
                    aborted.removeLast()
                }
                if header.isControl {
                    if try isAbort(batch) { abortedProducers.remove(header.producerId) }
                    continue
                }
                if isolation == .readCommitted, header.isTransactional, abortedProducers.contains(header.producerId) {
                    continue
                }
                if header.recordCount == 0 { continue }
                result.batches.append(batch)
                result.size += batch.bytes.count
            }
        } catch {
            // What came before the damage can be used.
            if !result.batches.isEmpty { return result }
            // The one after it knows better where it ends than a batch that is damaged.
            let next = (try? sequence.next())?.header.baseOffset ?? last?.nextOffset
            throw KafkaError.corrupt(
                topicPartition, from: result.nextOffset, next: next.flatMap { $0 > result.nextOffset ? $0 : nil }, error)
        }
        return result
    }

    private func isAbort(_ batch: RecordBatch) throws -> Bool {
        guard isolation == .readCommitted else { return false }
        var records = try batch.records()
        guard let record = try records.next() else { return false }
        if case .endTransaction(commit: false, _) = try ControlRecord(key: record.key, value: record.value) {
            return true
        }
        return false
    }
}
