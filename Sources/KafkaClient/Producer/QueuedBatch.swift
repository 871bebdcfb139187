import KafkaProtocol
import Synchronization

/// Who a producer is to the brokers: what sequences count for (KIP-98).
struct ProducerIdentity: Hashable, Sendable {
    var id: Int64
    var epoch: Int16
}

/// A batch between `enqueue` and its acknowledgement.
///
/// Sound as Sendable: the producer's mutex guards it, but for the time that it is in flight, when the task of its request
/// alone makes its bytes.
final class QueuedBatch: @unchecked Sendable {
    /// The place of a batch among the sequences of a partition.
    struct Stamp: Hashable {
        var identity: ProducerIdentity
        var sequence: Int32
    }

    let topicPartition: TopicPartition
    let recordCount: Int
    let sizeInBytes: Int
    let deadline: Int64
    let completions: [RecordCompletion]
    /// Told of the end of the batch as a whole.
    let ended: (@Sendable (Result<RecordMetadata, KafkaError>) -> Void)?
    /// The number of the first record; counts the producer's records, from 1.
    var number: UInt64 = 0
    /// Set when first sent; a retry keeps it.
    var stamp: Stamp?
    var attempts = 0
    /// Why the last attempt failed, for the error if none succeeds in time.
    var lastFailure: KafkaError?
    private(set) var isDone = false
    /// The batch that this is a half of.
    private var whole: QueuedBatch?
    private var openHalves = 0
    private let contents: BatchContents

    init(
        _ batch: PreparedBatch, deadline: Int64, completions: [RecordCompletion] = [],
        ended: (@Sendable (Result<RecordMetadata, KafkaError>) -> Void)? = nil
    ) {
        self.topicPartition = batch.topicPartition
        self.recordCount = batch.recordCount
        self.sizeInBytes = batch.sizeInBytes
        self.contents = batch.contents
        self.deadline = deadline
        self.completions = completions
        self.ended = ended
    }

    /// Writes and compresses the batch now, so that later it only needs to be stamped.
    func write() throws { try contents.write() }

    /// The batch as it goes over the wire, with its stamp.
    func bytes(isTransactional: Bool) throws -> Bytes { try contents.bytes(stamp, isTransactional: isTransactional) }

    /// The batch as two, with its number, sequences and deadline; it ends when both have ended.
    func halves(isTransactional: Bool) throws -> [QueuedBatch] {
        let batch = try RecordBatch(bytes(isTransactional: isTransactional))
        let builders = (0..<2).map { _ in
            RecordBatchBuilder(compression: contents.compression, capacity: sizeInBytes / 2)
        }
        let middle = recordCount / 2
        var records = try batch.records()
        while let record = try records.next() {
            let half = builders[0].recordCount < middle ? 0 : 1
            builders[half].append(
                timestamp: record.timestamp, key: record.key, value: record.value, headers: record.headers)
        }
        openHalves = 2
        let end = ended.map { SplitEnd($0) }
        return (0..<2).map { (index: Int) -> QueuedBatch in
            let builder = builders[index]
            let skipped = index == 0 ? 0 : middle
            let limit = index == 0 ? middle : recordCount
            var halfEnded: (@Sendable (Result<RecordMetadata, KafkaError>) -> Void)?
            if let end { halfEnded = { end.half(index, ended: $0) } }
            let half = QueuedBatch(
                PreparedBatch(topicPartition, unshared: builder), deadline: deadline,
                completions: completions.isEmpty ? [] : Array(completions[skipped..<limit]),
                ended: halfEnded)
            half.number = number + UInt64(skipped)
            half.stamp = stamp.map {
                Stamp(identity: $0.identity, sequence: Self.sequence(after: $0.sequence, records: skipped))
            }
            half.whole = self
            half.lastFailure = lastFailure
            return half
        }
    }

    /// The batch has come to its end, whichever.
    func end() {
        isDone = true
        guard let whole else { return }
        whole.openHalves -= 1
        if whole.openHalves == 0 { whole.end() }
    }

    /// The sequence of the batch after this one; sequences start again at 0 after 2^31 - 1.
    static func sequence(after sequence: Int32, records: Int) -> Int32 {
        Int32(truncatingIfNeeded: (Int64(sequence) + Int64(records)) & 0x7fff_ffff)
    }
}

/// Tells of the end of a batch that went out in halves: the first error, or where the first half is.
private final class SplitEnd: Sendable {
    private let ended: @Sendable (Result<RecordMetadata, KafkaError>) -> Void
    private let results = Mutex<[Result<RecordMetadata, KafkaError>?]>([nil, nil])

    init(_ ended: @escaping @Sendable (Result<RecordMetadata, KafkaError>) -> Void) { self.ended = ended }

    func half(_ index: Int, ended result: Result<RecordMetadata, KafkaError>) {
        let all = results.withLock { results in
            results[index] = result
            return results.compactMap(\.self)
        }
        guard all.count == 2 else { return }
        var whole = all[0]
        if case .failure = all[1], case .success = whole { whole = all[1] }
        self.ended(whole)
    }
}

/// Who waits for a single record of a batch.
struct RecordCompletion: Sendable {
    let timestamp: Int64
    let resume: @Sendable (Result<RecordMetadata, KafkaError>) -> Void
}
