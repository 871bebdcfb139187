import KafkaProtocol
import Synchronization

extension PartitionLog {
    /// A record found by its time.
    struct TimestampedOffset: Sendable, Equatable {
        var offset: Int64
        var timestamp: Int64
    }

    /// The first record whose time, in milliseconds since 1970, is `timestamp` or later; nil if there is none.
    ///
    /// Throws `corruptMessage` or `kafkaStorageError` if the log cannot be read, `unsupportedCompressionType` if the library
    /// for a batch's compression is missing: Kafka's clients try again for ever after `corruptMessage`.
    func offset(forTimestamp timestamp: Int64) throws -> TimestampedOffset? {
        let (segments, start) = try state.withLock { state in
            try checkOpen(state)
            return (state.segments, state.logStartOffset)
        }
        for segment in segments where segment.index.latest.timestamp >= timestamp {
            let offset = segment.index.relativeOffset(before: timestamp)
            var scanner = BatchScanner(
                file: segment.file, from: segment.index.position(before: offset), end: segment.size)
            while let item = try scanner.next() {
                guard item.header.maxTimestamp >= timestamp, item.header.lastOffset >= start else { continue }
                if let found = try firstRecord(in: try scanner.batch(item), from: start, at: timestamp) { return found }
            }
        }
        return nil
    }

    /// The record with the latest time, the first of several, as Kafka's broker has it since 4.0; nil if the log is empty.
    func offsetOfLatestTimestamp() throws -> TimestampedOffset? {
        let latest = try state.withLock { state in
            try checkOpen(state)
            return state.segments.map(\.index.latest.timestamp).max() ?? -1
        }
        return try offset(forTimestamp: latest)
    }

    private func firstRecord(in bytes: Bytes, from start: Int64, at timestamp: Int64) throws -> TimestampedOffset? {
        do {
            let batch = try RecordBatch(bytes)
            var records = try batch.records()
            while let record = try records.nextPosition() {
                if record.timestamp >= timestamp, record.offset >= start {
                    return TimestampedOffset(offset: record.offset, timestamp: record.timestamp)
                }
            }
            return nil
        } catch let error as KafkaProtocolError {
            let isMissing = error.code == .unsupportedCompression
            throw PartitionLogError(
                isMissing ? .unsupportedCompressionType : .corruptMessage,
                "\(topicPartition): looking for the time \(timestamp): \(error.message)")
        }
    }
}
