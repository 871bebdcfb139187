public import KafkaProtocol

/// The typed reading end of a source topic, as closures over types that the runtime need not know.
@usableFromInline
struct SourcePort {
    /// Reads records of an input and sends each through the topology, until the slice is over, the input is empty, or a
    /// record's event time is later than `through`. Throws what reading, the serdes, the timestamp extractor or a step
    /// threw; the input knows which record it was.
    @usableFromInline let run: (_ input: inout TaskInput, _ context: TaskContext, _ slice: inout WorkSlice, _ through: Int64) throws -> Void
    /// Looks at an input's next record before its turn: gives it a head, unless it is empty. Throws as `run` does.
    @usableFromInline let peek: (_ input: inout TaskInput) throws -> Void
    /// Reads once more a record that could not be read, and sends it through the topology. Throws as `run` does.
    let again: (_ record: RecordView, _ input: inout TaskInput, _ context: TaskContext) throws -> Void
    /// The event time of a record that is not to be processed. Throws what the serdes or the extractor threw.
    @usableFromInline let eventTime: (_ record: RecordView, _ partitionTime: Int64) throws -> Int64
    /// How many of a key's last bytes say which window it is in.
    @usableFromInline let windowBytes: Int

    @usableFromInline init(
        windowBytes: Int,
        run:
            @escaping (
                _ input: inout TaskInput, _ context: TaskContext, _ slice: inout WorkSlice, _ through: Int64
            ) throws -> Void,
        peek: @escaping (_ input: inout TaskInput) throws -> Void,
        again: @escaping (_ record: RecordView, _ input: inout TaskInput, _ context: TaskContext) throws -> Void,
        eventTime: @escaping (_ record: RecordView, _ partitionTime: Int64) throws -> Int64
    ) {
        self.windowBytes = windowBytes
        self.run = run
        self.peek = peek
        self.again = again
        self.eventTime = eventTime
    }

    /// A source of one type of records.
    @inlinable
    static func typed<Key, Value>(
        key keySerde: Serde<Key>, value valueSerde: Serde<Value>, extractor: TimestampExtractor<Key, Value>?,
        to downstream: Outlet<Key, Value>
    ) -> SourcePort {
        let source = TypedSource(key: keySerde, value: valueSerde, extract: extractor?.extract)
        return SourcePort(
            windowBytes: keySerde.windowBytes, run: { try source.run(&$0, $1, &$2, through: $3, to: downstream) },
            peek: { try source.peek(&$0) },
            again: { view, input, context in
                let record = try source.decode(view, input.partitionTime)
                context.recordSource = input.topicPartition
                if try source.send(record, offset: view.offset, of: &input, context, to: downstream) == 0, context.noted > 0 {
                    throw StepsFailed()
                }
            },
            eventTime: { try source.decode($0, $1).timestamp })
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

    /// The record at a place. If it cannot be read, the input knows which one it was.
    @inlinable @inline(__always)
    func decode(
        _ found: RecordPosition, in records: inout RecordIterator, of input: inout TaskInput
    ) throws -> Record<Key, Value> {
        do {
            let (key, value) = (try key.key(of: found, in: records), try value.value(of: found, in: records))
            let headers = found.headerCount == 0 ? [] : try records.headers(of: found)
            guard let extract else { return Record(key: key, value: value, timestamp: found.timestamp, headers: headers) }
            let record = Record(key: key, value: value, timestamp: found.timestamp, headers: headers)
            let timestamp = try extract(record, input.partitionTime)
            return Record(key: key, value: value, timestamp: timestamp, headers: headers)
        } catch {
            input.noteFailure(found, in: records, isDecoded: false)
            throw error
        }
    }

    /// A record that is at hand by itself.
    @inlinable
    func decode(_ view: RecordView, _ partitionTime: Int64) throws -> Record<Key, Value> {
        var record = Record<Key, Value>(
            key: try view.key.map(key.decode), value: try view.value.map(value.decode), timestamp: view.timestamp,
            headers: view.headers)
        if let extract { record.timestamp = try extract(record, partitionTime) }
        return record
    }

    /// Sends a record through the topology. Returns how many that makes: none without an event time.
    @inlinable @inline(__always)
    func send(
        _ record: Record<Key, Value>, offset: Int64, of input: inout TaskInput, _ context: TaskContext,
        to downstream: Outlet<Key, Value>
    ) throws -> Int {
        let timestamp = record.timestamp
        guard timestamp >= 0 else {
            context.drop(.badTime)
            return 0
        }
        if timestamp > input.partitionTime { input.partitionTime = timestamp }
        if timestamp > context.streamTime { context.streamTime = timestamp }
        context.recordOffset = offset
        try downstream(record)
        return 1
    }

    /// Sends a record through the topology. Returns how many that makes. If a step fails, the input knows which one it was.
    @inlinable @inline(__always)
    func process(
        _ record: Record<Key, Value>, _ found: RecordPosition, in records: inout RecordIterator,
        of input: inout TaskInput, _ context: TaskContext, to downstream: Outlet<Key, Value>
    ) throws -> Int {
        let count: Int
        do {
            count = try send(record, offset: found.offset, of: &input, context, to: downstream)
            if count == 0, context.noted > 0 { throw StepsFailed() }
        } catch {
            input.noteFailure(found, in: records, isDecoded: true)
            throw error
        }
        // Written so that the last offset of all does not wrap.
        input.position = found.offset &+ (found.offset == .max ? 0 : 1)
        return count
    }

    @inlinable
    func peek(_ input: inout TaskInput) throws {
        guard input.head == nil, let found = try input.nextPosition(), var records = input.records else { return }
        var timestamp = found.timestamp
        if extract != nil {
            let record = try decode(found, in: &records, of: &input)
            held = record
            timestamp = record.timestamp
        }
        input.head = TaskInput.Head(found: found, timestamp: timestamp)
    }

    /// Processes the record that was looked at before its turn, if there is one.
    @inlinable
    func runHead(
        _ input: inout TaskInput, _ context: TaskContext, _ slice: inout WorkSlice,
        to downstream: Outlet<Key, Value>
    ) throws {
        guard slice.next > 0, let found = input.head?.found, var records = input.records else { return }
        input.head = nil
        let known = held
        held = nil
        let record = if let known { known } else { try decode(found, in: &records, of: &input) }
        slice.note(try process(record, found, in: &records, of: &input, context, to: downstream))
    }

    @inlinable
    func run(
        _ input: inout TaskInput, _ context: TaskContext, _ slice: inout WorkSlice, through: Int64,
        to downstream: Outlet<Key, Value>
    ) throws {
        context.recordSource = input.topicPartition
        try runHead(&input, context, &slice, to: downstream)
        while slice.next > 0, try input.openBatch(), var records = input.records {
            var isFinished = false
            defer { input.records = isFinished ? nil : records }
            while !isFinished, slice.next > 0 {
                let limit = slice.next
                var count = 0
                defer { slice.note(count) }
                while count < limit {
                    guard let found = try records.nextPosition() else {
                        isFinished = true
                        break
                    }
                    guard found.offset >= input.position else { continue }
                    if found.timestamp > through, extract == nil {
                        input.head = TaskInput.Head(found: found, timestamp: found.timestamp)
                        return
                    }
                    let record = try decode(found, in: &records, of: &input)
                    if record.timestamp > through, extract != nil {
                        held = record
                        input.head = TaskInput.Head(found: found, timestamp: record.timestamp)
                        return
                    }
                    count &+= try process(record, found, in: &records, of: &input, context, to: downstream)
                }
            }
        }
    }
}
