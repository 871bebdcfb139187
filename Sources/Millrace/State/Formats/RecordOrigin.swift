public import KafkaProtocol

/// What goes with a record that waits in a buffer: its time and headers, and which input record it came of. Kafka Streams'
/// `ProcessorRecordContext`, also on topics.
@usableFromInline
struct RecordOrigin: Sendable, Equatable {
    /// The time of the record itself, which may be another than the input record's.
    @usableFromInline var timestamp: Int64
    /// The offset of the input record; -1 where there is none, such as at a commit.
    @usableFromInline var offset: Int64
    /// Where the input record was read.
    @usableFromInline var source: TopicPartition
    @usableFromInline var headers: [RecordHeader]

    @usableFromInline init(timestamp: Int64, offset: Int64, source: TopicPartition, headers: [RecordHeader]) {
        self.timestamp = timestamp
        self.offset = offset
        self.source = source
        self.headers = headers
    }
}

extension TaskContext {
    /// What goes with a record that a step has made of the one being processed, fit to be kept.
    @inlinable
    func origin<Key, Value>(of record: Record<Key, Value>) -> RecordOrigin {
        RecordOrigin(
            timestamp: record.timestamp, offset: recordOffset, source: recordSource, headers: record.headers.detached())
    }
}

extension ByteWriter {
    @usableFromInline
    mutating func write(_ origin: RecordOrigin) {
        write(origin.timestamp)
        write(origin.offset)
        write(Int32(clamping: origin.source.topic.utf8.count))
        write(utf8: origin.source.topic)
        write(origin.source.partition)
        write(headers: origin.headers)
    }

    /// Writes a value with its length in front; -1 for none.
    @inlinable
    mutating func write<Value>(lengthAnd value: Value?, _ serde: Serde<Value>) throws {
        let start = count
        write(-1 as Int32)
        guard let value else { return }
        try serde.encode(value, &self)
        overwrite(Int32(clamping: count - start - 4), at: start)
    }
}

extension ByteReader {
    @usableFromInline
    mutating func readOrigin() throws -> RecordOrigin {
        let (timestamp, offset) = (try read(Int64.self), try read(Int64.self))
        guard let topic = try readNullableSlice() else { throw SerdeError("a record's origin without a topic") }
        let partition = try read(Int32.self)
        return RecordOrigin(
            timestamp: timestamp, offset: offset, source: TopicPartition(topic.string, partition),
            headers: try readHeaders())
    }

    /// Reads bytes with their length in front; nil if that is -1.
    @usableFromInline
    mutating func readNullableSlice() throws -> Bytes? {
        let length = try read(Int32.self)
        return length == -1 ? nil : try readSlice(Int(length))
    }
}
