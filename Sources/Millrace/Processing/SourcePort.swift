public import KafkaProtocol

/// The typed reading end of a source topic, as closures over types that the runtime need not know.
@usableFromInline
struct SourcePort {
    /// Reads up to `limit` records of a queue and sends each through the topology, until the queue is empty: the loop of
    /// a task with one input. Throws what reading, the serdes, the timestamp extractor or a step threw; the queue knows
    /// which record it was.
    @usableFromInline let run: (_ queue: PartitionQueue, _ context: TaskContext, _ limit: Int) throws -> Void
    /// Decodes a record, keeps it, and returns its event time; negative means that the record is to be dropped.
    /// Throws what the serdes or the timestamp extractor threw.
    @usableFromInline let load: (_ record: RecordView, _ partitionTime: Int64) throws -> Int64
    /// Sends the record kept by `load` through the topology. Throws what a step threw.
    @usableFromInline let process: () throws -> Void
    /// How many of a key's last bytes say which window it is in.
    @usableFromInline let windowBytes: Int

    @usableFromInline init(
        windowBytes: Int,
        run: @escaping (_ queue: PartitionQueue, _ context: TaskContext, _ limit: Int) throws -> Void,
        load: @escaping (_ record: RecordView, _ partitionTime: Int64) throws -> Int64,
        process: @escaping () throws -> Void
    ) {
        self.windowBytes = windowBytes
        self.run = run
        self.load = load
        self.process = process
    }

    /// A source of one type of records.
    @inlinable
    static func typed<Key, Value>(
        key keySerde: Serde<Key>, value valueSerde: Serde<Value>, extractor: TimestampExtractor<Key, Value>?,
        to downstream: @escaping (Record<Key, Value>) throws -> Void
    ) -> SourcePort {
        let head = Head<Key, Value>()
        let decodeKey = keySerde.decode
        let decodeValue = valueSerde.decode
        let extract = extractor?.extract
        return SourcePort(
            windowBytes: keySerde.windowBytes,
            run: { queue, context, limit in
                try run(
                    queue, context, limit: limit, key: keySerde, value: valueSerde, extract: extract, to: downstream)
            },
            load: { view, partitionTime in
                head.record.key = if let bytes = view.key { try decodeKey(bytes) } else { nil }
                head.record.value = if let bytes = view.value { try decodeValue(bytes) } else { nil }
                head.record.timestamp = view.timestamp
                head.record.headers = view.headers
                if let extract { head.record.timestamp = try extract(head.record, partitionTime) }
                return head.record.timestamp
            },
            process: { try downstream(head.record) })
    }

    @inlinable
    static func run<Key, Value>(
        _ queue: PartitionQueue, _ context: TaskContext, limit: Int, key keySerde: Serde<Key>,
        value valueSerde: Serde<Value>,
        extract: (@Sendable (_ record: Record<Key, Value>, _ partitionTime: Int64) throws -> Int64)?,
        to downstream: (Record<Key, Value>) throws -> Void
    ) throws {
        var count = 0
        context.recordSource = queue.topicPartition
        defer { queue.processed &+= Int64(count) }
        while count < limit, try queue.openBatch(), var records = queue.records {
            var isFinished = false
            defer { queue.records = isFinished ? nil : records }
            while count < limit {
                guard let found = try records.nextPosition() else {
                    isFinished = true
                    break
                }
                guard found.offset >= queue.position else { continue }
                var record: Record<Key, Value>
                do {
                    record = Record(
                        key: try keySerde.key(of: found, in: records),
                        value: try valueSerde.value(of: found, in: records), timestamp: found.timestamp,
                        headers: found.headerCount == 0 ? [] : try records.headers(of: found))
                    if let extract { record.timestamp = try extract(record, queue.partitionTime) }
                } catch {
                    queue.noteFailure(found, in: records, isDecoded: false)
                    throw error
                }
                let timestamp = record.timestamp
                if timestamp >= 0 {
                    if timestamp > queue.partitionTime { queue.partitionTime = timestamp }
                    if timestamp > context.streamTime { context.streamTime = timestamp }
                    context.recordOffset = found.offset
                    do {
                        try downstream(record)
                    } catch {
                        queue.noteFailure(found, in: records, isDecoded: true)
                        throw error
                    }
                    count &+= 1
                } else {
                    context.drop()
                }
                queue.position = found.offset &+ 1
            }
        }
    }
}

/// The next record of a source of a task with several inputs.
@usableFromInline
final class Head<Key, Value> {
    @exclusivity(unchecked) @usableFromInline var record: Record<Key, Value>
    @inlinable init() { record = Record(key: nil, value: nil, timestamp: -1) }
}

/// Takes the event time of a record from its content.
public struct TimestampExtractor<Key, Value>: Sendable {
    /// Gives the event time in milliseconds since the epoch; negative drops the record. `record.timestamp` is the
    /// time that the producer or the broker gave it; `partitionTime` is the largest event time read so far from the
    /// record's partition, -1 at the start.
    public let extract: @Sendable (_ record: Record<Key, Value>, _ partitionTime: Int64) throws -> Int64

    /// An extractor that calls `extract`.
    public init(_ extract: @escaping @Sendable (_ record: Record<Key, Value>, _ partitionTime: Int64) throws -> Int64) {
        self.extract = extract
    }
}
