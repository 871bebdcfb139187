internal import KafkaProtocol
internal import Synchronization

/// A log that the broker writes its own state to: the last value of each key counts, no value means gone.
final class InternalLog: Sendable {
    typealias Entry = (key: Bytes, value: Bytes?)

    let log: PartitionLog
    private let clock: BrokerClock
    private let report: BrokerReport
    private let told = Mutex(ToldFaults())

    /// The log of the only partition of an internal topic, which is made if it is not there.
    init(topic name: String, in topics: TopicRegistry) throws {
        clock = topics.clock
        report = topics.report
        if topics.topic(Name(name)) == nil {
            let settings: [(name: String, value: String?)] = [
                ("cleanup.policy", "compact"), ("segment.bytes", "\(8 << 20)"), ("max.message.bytes", "\(Int32.max)"),
            ]
            let new = NewTopic(name: Name(name), partitions: 1, settings: settings)
            for result in topics.create([new], isInternal: true) { _ = try result.get() }
        }
        guard let log = topics.topic(Name(name))?.log(0) else {
            throw BrokerError(.storage, "the topic \(name) has no partition")
        }
        self.log = log
    }

    /// Writes entries as one batch: all of them are there after a crash, or none. Tells what an operator has to know of: many
    /// answers have room for no more than an error code.
    func append(_ entries: [Entry]) throws {
        guard !entries.isEmpty else { return }
        let size = entries.reduce(0) { $0 + $1.key.count + ($1.value?.count ?? 0) + 32 }
        let builder = RecordBatchBuilder(capacity: RecordBatchHeader.size + size)
        let now = clock.wall()
        for entry in entries { builder.append(timestamp: now, key: entry.key, value: entry.value) }
        do {
            _ = try log.append(try builder.finish(), now: now)
        } catch {
            told.note(RequestError(error), of: log.topicPartition, report, now: clock.monotonic())
            throw error
        }
    }

    /// Reads everything, oldest first. A record or batch that makes no sense is told and passed over: what the broker knows
    /// of all others is worth more than none of it. (Damaged batches were set aside when the log was opened.)
    func replay(_ entry: (_ key: Bytes, _ value: Bytes?) throws -> Void) throws {
        var offset = log.logStartOffset
        let end = log.highWatermark
        while offset < end {
            let read = try log.read(from: offset, maxBytes: 1 << 20, isolation: .readUncommitted, minOneBatch: true)
            var batches = RecordBatchSequence(read.records)
            var next = offset
            while let batch = try batches.next() {
                next = max(next, batch.header.nextOffset)
                guard !batch.header.isControl else { continue }
                do {
                    try replay(batch, from: offset, entry)
                } catch {
                    report("the batch at offset \(batch.header.baseOffset) is passed over: \(error)", about: "\(log.topicPartition)")
                }
            }
            guard next > offset else { return }
            offset = next
        }
    }

    private func replay(
        _ batch: RecordBatch, from offset: Int64, _ entry: (_ key: Bytes, _ value: Bytes?) throws -> Void
    ) throws {
        var records = try batch.records()
        while let record = try records.next() {
            guard record.offset >= offset, let key = record.key else { continue }
            do {
                try entry(key, record.value)
            } catch {
                report("the record at offset \(record.offset) is passed over: \(error)", about: "\(log.topicPartition)")
            }
        }
    }
}
