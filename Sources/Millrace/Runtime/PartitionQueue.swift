public import KafkaProtocol

/// The records of one input partition that a task has taken over and not yet processed. Owned by its task.
@usableFromInline
package final class PartitionQueue {
    @usableFromInline package let topicPartition: TopicPartition
    let port: SourcePort
    /// Batches not yet begun, oldest last.
    private var batches: [RecordBatch] = []
    // Unchecked as in `KeyValueStore`.

    /// The batch that is being read.
    @exclusivity(unchecked) @usableFromInline var records: RecordIterator?
    /// The offset after the last record processed or passed over: what is committed.
    @exclusivity(unchecked) @usableFromInline package var position: Int64
    /// The largest event time read; -1 at the start.
    @exclusivity(unchecked) @usableFromInline package var partitionTime: Int64 = -1
    /// The number of records sent through the topology by the port's `run`.
    @exclusivity(unchecked) @usableFromInline var processed: Int64 = 0
    /// The offset after all batches taken over.
    package private(set) var end: Int64
    /// The next record and its event time, if it has been loaded into the port.
    private(set) var head: (record: RecordView, timestamp: Int64)?
    /// The record that the port's `run` failed at.
    private var failure: Failure?
    /// Whether no more records are at the broker for now, so that the task need not wait for this partition.
    package var isAtEnd = false

    /// A record that could not be read or processed.
    struct Failure {
        let record: RecordView
        /// Whether it could be read.
        let isDecoded: Bool
    }

    init(topicPartition: TopicPartition, port: SourcePort, position: Int64 = 0) {
        self.topicPartition = topicPartition
        self.port = port
        self.position = position
        self.end = position
    }

    /// Whether there are batches left; they may turn out to hold no record to process.
    package var isEmpty: Bool { head == nil && records == nil && batches.isEmpty }

    /// Starts reading at `offset`.
    package func seek(to offset: Int64) {
        position = offset
        end = offset
    }

    /// Takes over batches; `nextOffset` is the offset after them, which may be past their last record.
    package func append(_ new: [RecordBatch], nextOffset: Int64) {
        batches.insert(contentsOf: new.reversed(), at: 0)
        end = max(end, nextOffset)
        if isEmpty { position = end }
    }

    /// Makes sure that a batch is being read; false if there is none left. Throws if it cannot be decompressed.
    @usableFromInline
    func openBatch() throws -> Bool {
        if records != nil { return true }
        guard let batch = batches.popLast() else {
            position = max(position, end)
            return false
        }
        records = try batch.records()
        return true
    }

    /// The next record that is not before the position, or nil once all batches are read.
    func next() throws -> RecordView? {
        while try openBatch() {
            while let record = try records?.next() {
                if record.offset >= position { return record }
            }
            records = nil
        }
        return nil
    }

    /// Remembers that the port holds the record.
    func setHead(_ record: RecordView, timestamp: Int64) {
        head = (record, timestamp)
        if timestamp > partitionTime { partitionTime = timestamp }
    }

    /// The head is done with, or the record at `offset` was passed over.
    func advance(past offset: Int64) {
        head = nil
        position = offset + 1
    }

    /// Gives up what is left of the batch that cannot be read.
    func dropBrokenBatch() { records = nil }

    /// Remembers which record could not be read or processed.
    @usableFromInline
    func noteFailure(_ found: RecordPosition, in records: RecordIterator, isDecoded: Bool) {
        failure = Failure(
            record: RecordView(
                offset: found.offset, timestamp: found.timestamp, key: records.key(of: found),
                value: records.value(of: found), headers: (try? records.headers(of: found)) ?? []),
            isDecoded: isDecoded)
    }

    /// The record that could not be read or processed, if it was one and not a whole batch.
    func takeFailure() -> Failure? {
        defer { failure = nil }
        return failure
    }
}
