package import KafkaProtocol

/// The records of one input partition that a task has taken over and not yet processed.
package struct PartitionQueue {
    package let topicPartition: TopicPartition
    let port: SourcePort
    /// Batches not yet begun, oldest last.
    private var batches: [RecordBatch] = []
    private var records: RecordIterator?
    /// The offset after the last record processed or passed over: what is committed.
    package private(set) var position: Int64
    /// The offset after all batches taken over.
    package private(set) var end: Int64
    /// The largest event time read; -1 at the start.
    package var partitionTime: Int64 = -1
    /// The next record's offset and event time, if it has been loaded into the port.
    private(set) var head: (offset: Int64, timestamp: Int64)?
    /// Whether no more records are at the broker for now, so that the task need not wait for this partition.
    package var isAtEnd = false

    init(topicPartition: TopicPartition, port: SourcePort, position: Int64 = 0) {
        self.topicPartition = topicPartition
        self.port = port
        self.position = position
        self.end = position
    }

    /// Whether there are batches left; they may turn out to hold no record to process.
    package var isEmpty: Bool { head == nil && records == nil && batches.isEmpty }

    /// Starts reading at `offset`.
    package mutating func seek(to offset: Int64) {
        position = offset
        end = offset
    }

    /// Takes over batches; `nextOffset` is the offset after them, which may be past their last record.
    package mutating func append(_ new: [RecordBatch], nextOffset: Int64) {
        batches.insert(contentsOf: new.reversed(), at: 0)
        end = max(end, nextOffset)
        if isEmpty { position = end }
    }

    /// The next record that is not before the position, or nil once all batches are read.
    mutating func next() throws -> RecordView? {
        while true {
            if let record = try records?.next() {
                if record.offset >= position { return record }
                continue
            }
            records = nil
            guard let batch = batches.popLast() else {
                position = max(position, end)
                return nil
            }
            records = try batch.records()
        }
    }

    /// Remembers that the port holds the record at `offset`.
    mutating func setHead(offset: Int64, timestamp: Int64) {
        head = (offset, timestamp)
        if timestamp > partitionTime { partitionTime = timestamp }
    }

    /// The head is done with, or the record at `offset` was passed over.
    mutating func advance(past offset: Int64) {
        head = nil
        position = offset + 1
    }

    /// Gives up what is left of the batch that cannot be read.
    mutating func dropBrokenBatch() { records = nil }
}
