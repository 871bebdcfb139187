import Millrace
import MillraceTesting

/// The processors that cases know.
extension StreamNode {
    func processed(_ statement: Statement, in build: CaseTopology) throws -> any CaseNode {
        let fields = statement.fields
        let name = try statement.name
        switch try fields.text("processor") {
        case "punctuateCount":
            let interval = Duration.milliseconds(try fields.integer("intervalMs"))
            let time: PunctuationTime = try fields.text("type") == "wallClock" ? .wallClock : .streamTime
            let store = "\(statement.binding ?? "process")-count"
            let stream = self.stream.process(
                key: CellType.string.serde, value: CellType.int64.serde,
                stores: [.keyValue(store, key: .string, value: .int64)], named: name
            ) { PunctuateCount<Key, Value>(interval: interval, time: time, store: store) }
            return StreamNode<Cell, Cell>(stream: stream, keyType: .string, valueType: .int64)
        case "streamTime":
            let stream = try self.stream.process(key: Key.serde(keyType), value: CellType.int64.serde, named: name) {
                ReadStreamTime<Key, Value>()
            }
            return StreamNode<Key, Cell>(stream: stream, keyType: keyType, valueType: .int64)
        case "dedupe":
            guard let store = try statement.store else { throw CaseError("dedupe needs a store") }
            let (key, value) = (try Key.serde(keyType), try Value.serde(valueType))
            let stream = self.stream.process(
                key: key, value: value, stores: [.keyValue(store, key: key, value: value)], named: name
            ) { Dedupe<Key, Value>(store: store) }
            build.addStore(store) { driver in
                (try? driver.keyValueStore(store, key: Key.self, value: Value.self)).map { found in
                    StoreContent(
                        kind: "keyValue",
                        entries: found.all.map { CaseRecord(key: $0.key.cell, value: $0.value.cell, timestamp: nil) })
                }
            }
            return StreamNode(stream: stream, keyType: keyType, valueType: valueType)
        case let other: throw CaseError("no processor is called \(other)")
        }
    }
}

/// Counts records and sends the count on a schedule. The count is in a store, so that it survives a restart.
private struct PunctuateCount<Key: Sendable, Value: Sendable>: Processor {
    let interval: Duration
    let time: PunctuationTime
    let store: String
    var counts: StateTable<String, Int64>?

    init(interval: Duration, time: PunctuationTime, store: String) {
        self.interval = interval
        self.time = time
        self.store = store
    }

    mutating func start(_ context: ProcessorContext<Cell, Cell>) throws {
        let counts: StateTable<String, Int64> = try context.keyValueStore(store)
        self.counts = counts
        try context.schedule(every: interval, by: time) { now in
            try context.forward(
                Record(key: .string("count"), value: .int64(counts.get("count") ?? 0), timestamp: now))
        }
    }

    mutating func process(_ record: Record<Key, Value>, _ context: ProcessorContext<Cell, Cell>) throws {
        try counts?.put("count", (counts?.get("count") ?? 0) + 1)
    }
}

/// Replaces values by the stream time of the task.
private struct ReadStreamTime<Key: Sendable, Value: Sendable>: Processor {
    mutating func process(_ record: Record<Key, Value>, _ context: ProcessorContext<Key, Cell>) throws {
        try context.forward(record.with(value: .int64(context.streamTime)))
    }
}

/// Drops records whose value is what the key had last.
private struct Dedupe<Key: CellConvertible, Value: CellConvertible>: Processor {
    let store: String
    var seen: StateTable<Key, Value>?

    init(store: String) { self.store = store }

    mutating func start(_ context: ProcessorContext<Key, Value>) throws { seen = try context.keyValueStore(store) }

    mutating func process(_ record: Record<Key, Value>, _ context: ProcessorContext<Key, Value>) throws {
        guard let key = record.key else { return context.drop() }
        guard seen?.get(key) != record.value else { return }
        try seen?.put(key, record.value)
        try context.forward(record)
    }
}
