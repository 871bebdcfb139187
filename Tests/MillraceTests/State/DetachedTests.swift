import Testing

@testable import KafkaProtocol
@testable import Millrace

/// What stores and buffers keep of a record is theirs: a slice would keep the whole fetched batch in memory.
@Suite struct DetachedTests {
    typealias Stream = KStream<Bytes, Bytes>
    typealias Table = KTable<Bytes, Bytes>

    enum Holder: CaseIterable {
        case table, derived, aggregate, tumbling, sliding, session, onClose, slidingOnClose, sessionOnClose, unlimited
        case suppressUntilClosed, suppressForTime, grace, versioned, innerJoin, leftJoin, outerJoin, selfJoin
        case tableJoin, foreignKey, mapped, processor, global
    }

    func topology(_ kind: Holder) throws -> Topology {
        let builder = StreamsBuilder()
        let stream: Stream = builder.stream("in")
        let other: Stream = builder.stream("other")
        let ten = Duration.milliseconds(10)
        let rows = Materialized<Bytes, Bytes>(as: "rows", retention: nil)
        @Sendable func last(_ soFar: Bytes, _ value: Bytes?) -> Bytes { value ?? soFar }
        func windowed(_ table: KTable<Windowed<Bytes>, Bytes>) { table.toStream { key, _ in key?.key }.to("out") }
        let grouped = stream.groupByKey()
        let long = Materialized<Bytes, Bytes>(as: "rows", retention: .seconds(10))
        let windows = TimeWindows.tumbling(ten)
        switch kind {
        case .table: stream.toTable(rows).toStream().to("out")
        case .derived: stream.toTable().mapValues(rows) { $0 }.toStream().to("out")
        case .aggregate: grouped.reduce(rows) { last($0, $1) }.toStream().to("out")
        case .tumbling: windowed(grouped.windowedBy(windows).reduce(rows) { last($0, $1) })
        case .sliding: windowed(grouped.windowedBy(SlidingWindows.difference(ten)).reduce(rows) { last($0, $1) })
        case .session: windowed(grouped.windowedBy(.gap(ten)).reduce(rows) { last($0, $1) })
        case .unlimited: windowed(grouped.windowedBy(UnlimitedWindows()).reduce(rows) { last($0, $1) })
        case .onClose: windowed(grouped.windowedBy(windows).emitStrategy(.onWindowClose).reduce(long) { last($0, $1) })
        case .slidingOnClose:
            windowed(
                grouped.windowedBy(SlidingWindows.difference(ten)).emitStrategy(.onWindowClose).reduce(long) { last($0, $1) })
        case .sessionOnClose:
            windowed(grouped.windowedBy(.gap(ten)).emitStrategy(.onWindowClose).reduce(long) { last($0, $1) })
        case .suppressUntilClosed:
            windowed(grouped.windowedBy(windows).reduce(rows) { last($0, $1) }.suppress(.untilWindowCloses()))
        case .suppressForTime: stream.toTable(rows).suppress(.untilTimeLimit(.seconds(10))).toStream().to("out")
        case .grace:
            let table = other.toTable(.versioned("rows", historyRetention: .seconds(10)))
            stream.leftJoin(table, Joined(grace: .seconds(1))) { _, value, _ in value }.to("out")
        case .versioned: stream.toTable(.versioned("rows", historyRetention: .seconds(10))).toStream().to("out")
        case .innerJoin: stream.join(other, within: .difference(ten)) { _, value, _ in value }.to("out")
        case .leftJoin: stream.leftJoin(other, within: .difference(ten)) { _, value, _ in value }.to("out")
        case .outerJoin: stream.outerJoin(other, within: .difference(ten)) { _, a, b in a ?? b }.to("out")
        case .selfJoin: stream.join(stream, within: .difference(ten)) { _, value, _ in value }.to("out")
        case .tableJoin: stream.toTable().outerJoin(other.toTable(), rows) { _, a, b in a ?? b }.toStream().to("out")
        case .foreignKey:
            stream.toTable().leftJoin(other.toTable(), rows, foreignKey: { key, _ in key }) { _, value, _ in value }
                .toStream().to("out")
        case .mapped:
            let mapped: KStream<Slice, Slice> = builder.stream("mapped", key: Slice.serde, value: Slice.serde)
            mapped.groupByKey().reduce(Materialized(as: "rows")) { $1 }.toStream().to("out")
        case .processor:
            stream.process(
                stores: [
                    .keyValue("table", key: .bytes, value: .bytes),
                    .window("windows", size: ten, retention: .seconds(10), key: .bytes, value: .bytes),
                    .session("sessions", retention: .seconds(10), key: .bytes, value: .bytes),
                    .versioned("versions", historyRetention: .seconds(10), key: .bytes, value: .bytes),
                ]
            ) { Keeper() }.to("out")
        case .global:
            let table: GlobalKTable<Bytes, Bytes> = builder.globalTable("rows")
            stream.join(table, lookUp: { key, _ in key }) { _, value, _ in value }.to("out")
        }
        return try builder.build(.singleStoreSelfJoin)
    }

    /// Keys and values that are slices, by way of a serde of the user's.
    struct Slice: Hashable, Sendable {
        let bytes: Bytes
        static let serde = Serde<Bytes>.bytes.map({ Slice(bytes: $0) }, { $0.bytes })
    }

    struct Keeper: Processor {
        mutating func start(_ context: ProcessorContext<Bytes, Bytes>) {}
        mutating func process(_ record: Record<Bytes, Bytes>, _ context: ProcessorContext<Bytes, Bytes>) throws {
            guard let key = record.key else { return }
            let table: StateTable<Bytes, Bytes> = try context.keyValueStore("table")
            let windows: StateWindows<Bytes, Bytes> = try context.windowStore("windows")
            let sessions: StateSessions<Bytes, Bytes> = try context.sessionStore("sessions")
            let versions: StateVersions<Bytes, Bytes> = try context.versionedStore("versions")
            try table.put(key, record.value)
            try windows.put(key, record.value, start: record.timestamp)
            try sessions.put(Windowed(key, Window(start: 0, end: record.timestamp)), record.value)
            try versions.put(key, record.value, timestamp: record.timestamp)
        }
    }

    /// A batch of keys, values and headers; the weak reference is to its memory.
    func batch() throws -> (RecordBatch, () -> Bool) {
        let builder = RecordBatchBuilder(capacity: 4096)
        for number in 0..<20 {
            let header = RecordHeader(key: "trace", value: Bytes(utf8: "header \(number)"))
            builder.append(
                timestamp: Int64(number), key: Bytes(utf8: "key \(number % 7)"), value: Bytes(utf8: "value \(number)"),
                headers: [header])
        }
        let bytes = try builder.finish(baseOffset: 0)
        weak let storage = bytes.storage
        return (try RecordBatch(bytes), { storage != nil })
    }

    @Test(arguments: Holder.allCases, [0, 1 << 20])
    func `no batch is kept in memory by what is kept of its records`(_ kind: Holder, _ cacheBytes: Int) throws {
        let blueprint = TaskBlueprint(try topology(kind), applicationID: "app")
        let globals = try blueprint.makeGlobalStores()
        var isAlive: [() -> Bool] = []
        var tasks: [StreamTask] = []
        for group in blueprint.subTopologies {
            let task = try blueprint.makeTask(
                TaskID(subTopology: group.id, partition: 0), collector: NoCollector(), globalStores: globals,
                cacheBytes: cacheBytes, onBadRecord: .fail)
            try task.start()
            for topic in ["in", "other", "mapped", "rows"] where task.inputs.index(of: topic) != nil {
                let (batch, isThere) = try batch()
                isAlive.append(isThere)
                task.feed(topic, batch)
            }
            for index in task.inputs.indices { task.inputs[index].isAtEnd = true }
            _ = try task.process()
            tasks.append(task)
        }
        #expect(!isAlive.isEmpty)
        #expect(isAlive.allSatisfy { !$0() })
        withExtendedLifetime(tasks) {}
    }
}
