public import KafkaProtocol

/// One input partition of a task: the batches taken over and not yet processed, how far they are, and the time that has
/// been reached. A value that `TaskInputs` owns.
@usableFromInline
package struct TaskInput {
    @usableFromInline package let topicPartition: TopicPartition
    let port: SourcePort
    /// Whether it is a topic that the topology writes itself, and nobody else reads.
    let isInternal: Bool
    /// Batches not yet begun, oldest last.
    private var batches: [RecordBatch] = []
    /// The batch that is being read.
    @usableFromInline var records: RecordIterator?
    /// The next record and its event time, if it had to be looked at before its turn.
    @usableFromInline var head: Head?
    /// The offset after the last record processed or passed over: what is committed.
    @usableFromInline package internal(set) var position: Int64 = 0
    /// The largest event time processed; -1 at the start.
    @usableFromInline package internal(set) var partitionTime: Int64 = -1
    /// The offset after all batches taken over.
    package private(set) var end: Int64 = 0
    /// Records processed or passed over since the task's start, and bytes taken over.
    var processed: Int64 = 0
    private(set) var takenBytes: Int64 = 0
    /// Whether no more records are at the broker for now.
    package var isAtEnd = false
    /// Until when others wait for it although it is at its end; nil if it is not.
    var idleDeadline: Int64?
    /// The record that the port failed at.
    private var failure: Failure?

    /// A record that waits for its turn.
    @usableFromInline
    struct Head {
        @usableFromInline let found: RecordPosition
        @usableFromInline let timestamp: Int64
        @inlinable init(found: RecordPosition, timestamp: Int64) {
            self.found = found
            self.timestamp = timestamp
        }
    }

    /// A record that could not be read or processed.
    struct Failure {
        let record: RecordView
        /// Whether it could be read.
        let isDecoded: Bool
    }

    init(topicPartition: TopicPartition, port: SourcePort, isInternal: Bool) {
        self.topicPartition = topicPartition
        self.isInternal = isInternal
        self.port = port
    }

    /// Whether there are batches left; they may turn out to hold no record to process.
    package var isEmpty: Bool { head == nil && records == nil && batches.isEmpty }

    /// Starts reading at `offset`.
    package mutating func seek(to offset: Int64) {
        position = offset
        end = offset
    }

    /// Takes over batches; `nextOffset` is the offset after them, which may be past their last record.
    package mutating func append(_ new: [RecordBatch], nextOffset: Int64, bytes: Int = 0) {
        takenBytes += Int64(bytes)
        batches.insert(contentsOf: new.reversed(), at: 0)
        end = max(end, nextOffset)
        if isEmpty { position = end }
    }

    /// Takes up the partition's time where an earlier life of the task left it.
    mutating func resume(at time: Int64) { partitionTime = max(partitionTime, time) }

    /// It is at its end: until when others wait for it, from the first call on.
    mutating func idle(for time: Int64, now: Int64) -> Int64 {
        let deadline = idleDeadline ?? now.saturatingAdd(time)
        idleDeadline = deadline
        return deadline
    }

    /// Makes sure that a batch is being read; false if there is none left. Throws if it cannot be decompressed.
    @usableFromInline
    mutating func openBatch() throws -> Bool {
        if records != nil { return true }
        guard let batch = batches.popLast() else {
            position = max(position, end)
            return false
        }
        records = try batch.records()
        return true
    }

    /// Moves to the next record that is not before the position; nil once all batches are read. For looking at a record
    /// before its turn: the port reads on by itself.
    @usableFromInline
    mutating func nextPosition() throws -> RecordPosition? {
        while try openBatch() {
            while let found = try records?.nextPosition() {
                if found.offset >= position { return found }
            }
            records = nil
        }
        return nil
    }

    /// The record at `offset` is done with.
    @usableFromInline
    mutating func advance(past offset: Int64) {
        head = nil
        position = offset == .max ? offset : offset + 1
    }

    /// Gives up what is left of the batch that cannot be read.
    mutating func dropBrokenBatch() { records = nil }

    /// Remembers which record could not be read or processed.
    @usableFromInline @inline(never)
    mutating func noteFailure(_ found: RecordPosition, in records: borrowing RecordIterator, isDecoded: Bool) {
        failure = Failure(
            record: RecordView(
                offset: found.offset, timestamp: found.timestamp, key: records.key(of: found),
                value: records.value(of: found), headers: (try? records.headers(of: found)) ?? []),
            isDecoded: isDecoded)
    }

    /// The record that could not be read or processed, if it was one and not a whole batch.
    mutating func takeFailure() -> Failure? {
        defer { failure = nil }
        return failure
    }
}
