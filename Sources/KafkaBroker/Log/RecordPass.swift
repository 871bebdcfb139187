import KafkaProtocol

/// The one pass over the records of a batch before it is appended: as many as its header says, at the offsets 0, 1, 2...,
/// whole, with keys on a compacted topic, and with times that the topic takes.
struct RecordPass {
    /// The partition, for messages.
    let name: String
    let configuration: LogConfiguration
    /// The broker's time, milliseconds since 1970.
    let now: Int64

    /// No more faults than this are told one by one.
    private static let toldFaults = 1000

    /// The latest time of the records, -1 if none has a time. Throws `invalidRecord` or `invalidTimestamp`, with the
    /// records that are at fault, or `unsupportedCompressionType` if the library for the batch's compression is missing.
    func latestTimestamp(in batch: RecordBatch) throws -> Int64 {
        let needsKeys = configuration.cleanupPolicy.contains(.compact)
        let times = acceptedTimes
        let claimsBrokerTime = batch.header.isLogAppendTime
        var records = try decompressed(batch)
        var latest: Int64 = -1
        var expected: Int64 = 0
        let all = records
        if !claimsBrokerTime, let plain = records.passPlainRecords(needsKeys: needsKeys) {
            if times.contains(plain.earliest), times.contains(plain.latest) {
                latest = max(latest, plain.latest)
                expected = Int64(batch.header.recordCount) - Int64(records.remaining)
            } else {
                // Whose they are has to be told.
                records = all
            }
        }
        var faults = Faults()
        do {
            while let record = try records.nextPosition() {
                guard record.offset == expected else {
                    throw refusal(
                        .invalidRecord, Int(expected),
                        "its offset is \(record.offset) after the first of the batch, where \(expected) is next")
                }
                if record.headerCount > 0 { try records.checkHeaders(of: record) }
                if record.timestamp > latest { latest = record.timestamp }
                if needsKeys, record.keyCount < 0 {
                    faults.note(expected, .invalidRecord) { "it has no key, which a compacted topic needs" }
                } else if claimsBrokerTime {
                    faults.note(expected, .invalidTimestamp) { "it claims to have the broker's time" }
                } else if !times.contains(record.timestamp), record.timestamp != -1 {
                    faults.note(expected, .invalidTimestamp) {
                        "its time \(record.timestamp) is not within \(times.lowerBound) and \(times.upperBound)"
                    }
                }
                expected += 1
            }
        } catch let error as KafkaProtocolError {
            throw refusal(.invalidRecord, Int(expected), error.message)
        }
        if let code = faults.code { throw refusal(code, faults) }
        return latest
    }

    /// The times that records may have (`message.timestamp.before.max.ms` and `.after.max.ms`).
    private var acceptedTimes: ClosedRange<Int64> {
        guard configuration.messageTimestampType == .createTime else { return .min ... .max }
        let earliest = now.saturatingSubtract(max(0, configuration.timestampBeforeMaxMs))
        return earliest...now.saturatingAdd(max(0, configuration.timestampAfterMaxMs))
    }

    private func decompressed(_ batch: RecordBatch) throws -> RecordIterator {
        do {
            return try batch.records(limit: configuration.decompressionLimit)
        } catch let error as KafkaProtocolError {
            let isMissing = error.code == .unsupportedCompression
            throw PartitionLogError(isMissing ? .unsupportedCompressionType : .invalidRecord, "\(name): \(error.message)")
        }
    }

    /// What is wrong with single records.
    private struct Faults {
        var count = 0
        var told: [PartitionLogError.RecordFault] = []
        /// A wrong time goes before what else there is, as in Kafka.
        var code: KafkaErrorCode?

        mutating func note(_ index: Int64, _ code: KafkaErrorCode, _ message: () -> String) {
            count += 1
            if self.code != .invalidTimestamp { self.code = code }
            guard told.count < RecordPass.toldFaults else { return }
            told.append(PartitionLogError.RecordFault(index: Int32(clamping: index), message: message()))
        }
    }

    private func refusal(_ code: KafkaErrorCode, _ index: Int, _ what: String) -> PartitionLogError {
        PartitionLogError(
            code, "\(name): \(what)",
            records: [PartitionLogError.RecordFault(index: Int32(clamping: index), message: what)])
    }

    private func refusal(_ code: KafkaErrorCode, _ faults: Faults) -> PartitionLogError {
        let first = faults.told.prefix(3).map { "record \($0.index): \($0.message)" }.joined(separator: "; ")
        let more = faults.count > 3 ? "; and \(faults.count - 3) more" : ""
        return PartitionLogError(
            code, "\(name): \(faults.count) records of a batch were refused: \(first)\(more)", records: faults.told)
    }
}
