public import KafkaProtocol

/// The typed reading end of a source topic, as closures over types that the runtime need not know.
@usableFromInline
struct SourcePort {
    /// Reads records of an input and sends each through the topology, until the slice is over, the input is empty, or a
    /// record's event time is later than `through`. Throws what reading, the serdes, the timestamp extractor or a step
    /// threw; the input knows which record it was.
    @usableFromInline let run:
        (_ input: inout TaskInput, _ context: TaskContext, _ slice: inout WorkSlice, _ through: Int64) throws -> Void
    /// Looks at an input's next record before its turn: gives it a head, unless it is empty. Throws as `run` does.
    @usableFromInline let peek: (_ input: inout TaskInput) throws -> Void
    /// The event time of a record that is not to be processed. Throws what the serdes or the extractor threw.
    @usableFromInline let eventTime: (_ record: RecordView, _ partitionTime: Int64) throws -> Int64
    /// How many of a key's last bytes say which window it is in.
    @usableFromInline let windowBytes: Int

    @usableFromInline init(
        windowBytes: Int,
        run: @escaping (
            _ input: inout TaskInput, _ context: TaskContext, _ slice: inout WorkSlice, _ through: Int64
        ) throws -> Void,
        peek: @escaping (_ input: inout TaskInput) throws -> Void,
        eventTime: @escaping (_ record: RecordView, _ partitionTime: Int64) throws -> Int64
    ) {
        self.windowBytes = windowBytes
        self.run = run
        self.peek = peek
        self.eventTime = eventTime
    }

    /// A source of one type of records.
    @inlinable
    static func typed<Key, Value>(
        key keySerde: Serde<Key>, value valueSerde: Serde<Value>, extractor: TimestampExtractor<Key, Value>?,
        to downstream: @escaping (Record<Key, Value>) throws -> Void
    ) -> SourcePort {
        let source = TypedSource(key: keySerde, value: valueSerde, extract: extractor?.extract)
        return SourcePort(
            windowBytes: keySerde.windowBytes, run: { try source.run(&$0, $1, &$2, through: $3, to: downstream) },
            peek: { try source.peek(&$0) },
            eventTime: { view, partitionTime in
                let record = Record<Key, Value>(
                    key: try view.key.map(keySerde.decode), value: try view.value.map(valueSerde.decode),
                    timestamp: view.timestamp, headers: view.headers)
                return try source.extract?(record, partitionTime) ?? record.timestamp
            })
    }
}

/// The loop over a source's records.
@usableFromInline
final class TypedSource<Key, Value> {
    @usableFromInline let key: Serde<Key>
    @usableFromInline let value: Serde<Value>
    @usableFromInline let extract: (@Sendable (_ record: Record<Key, Value>, _ partitionTime: Int64) throws -> Int64)?
    /// The record of the input's head, where it had to be decoded for its event time.
    @exclusivity(unchecked) @usableFromInline var held: Record<Key, Value>?

    @inlinable
    init(
        key: Serde<Key>, value: Serde<Value>,
        extract: (@Sendable (_ record: Record<Key, Value>, _ partitionTime: Int64) throws -> Int64)?
    ) {
        self.key = key
        self.value = value
        self.extract = extract
    }

    @inlinable @inline(__always)
    func decode(_ found: RecordPosition, in records: RecordIterator, _ partitionTime: Int64) throws -> Record<Key, Value> {
        var record = Record<Key, Value>(
            key: try key.key(of: found, in: records), value: try value.value(of: found, in: records),
            timestamp: found.timestamp, headers: found.headerCount == 0 ? [] : try records.headers(of: found))
        if let extract { record.timestamp = try extract(record, partitionTime) }
        return record
    }

    @inlinable
    func peek(_ input: inout TaskInput) throws {
        guard input.head == nil, let found = try input.nextPosition(), let records = input.records else { return }
        guard extract != nil else {
            input.head = TaskInput.Head(found: found, timestamp: found.timestamp)
            return
        }
        do {
            let record = try decode(found, in: records, input.partitionTime)
            held = record
            input.head = TaskInput.Head(found: found, timestamp: record.timestamp)
        } catch {
            input.noteFailure(found, in: records, isDecoded: false)
            throw error
        }
    }

    @inlinable
    func run(
        _ input: inout TaskInput, _ context: TaskContext, _ slice: inout WorkSlice, through: Int64,
        to downstream: (Record<Key, Value>) throws -> Void
    ) throws {
        var pending = input.head
        input.head = nil
        context.recordSource = input.topicPartition
        while slice.next > 0, try input.openBatch(), var records = input.records {
            var isFinished = false
            defer { input.records = isFinished ? nil : records }
            while !isFinished, slice.next > 0 {
                let limit = slice.next
                var count = 0
                defer { slice.note(count) }
                while count < limit {
                    let found: RecordPosition
                    if let head = pending {
                        found = head.found
                    } else {
                        guard let next = try records.nextPosition() else {
                            isFinished = true
                            break
                        }
                        guard next.offset >= input.position else { continue }
                        found = next
                        if extract == nil, found.timestamp > through {
                            input.head = TaskInput.Head(found: found, timestamp: found.timestamp)
                            return
                        }
                    }
                    let record: Record<Key, Value>
                    if pending != nil, let known = held {
                        record = known
                        held = nil
                    } else {
                        do {
                            record = try decode(found, in: records, input.partitionTime)
                        } catch {
                            input.noteFailure(found, in: records, isDecoded: false)
                            throw error
                        }
                        if extract != nil, record.timestamp > through {
                            held = record
                            input.head = TaskInput.Head(found: found, timestamp: record.timestamp)
                            return
                        }
                    }
                    pending = nil
                    let timestamp = record.timestamp
                    if timestamp >= 0 {
                        if timestamp > input.partitionTime { input.partitionTime = timestamp }
                        if timestamp > context.streamTime { context.streamTime = timestamp }
                        context.recordOffset = found.offset
                        do {
                            try downstream(record)
                        } catch {
                            input.noteFailure(found, in: records, isDecoded: true)
                            throw error
                        }
                        count &+= 1
                    } else {
                        context.drop()
                    }
                    // Written so that the last offset of all does not wrap.
                    input.position = found.offset &+ (found.offset == .max ? 0 : 1)
                }
            }
        }
    }
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
