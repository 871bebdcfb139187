import KafkaProtocol
import Testing

@testable import Millrace

/// A store that is restarted as a task would: from what it has on disk, and what its changelog has after that; in memory, after a
/// clean end, from the store that there was. On disk there is so little memory that most rows are not in it.
struct StoreUnderTest<Store: StateStore> {
    private(set) var store: Store
    private let make: (ChangelogWriter, TaskContext) -> Store
    private let layout: DiskLayout
    private let collector = MemoryCollector()
    private let directory = TemporaryDirectory()
    private var database: TaskDatabase?
    private let engine: RowEngine?
    /// Others that want memory, so that little is left.
    private let others: [CacheShare]

    private static var changelog: TopicPartition { TopicPartition("changelog", 0) }

    init(
        _ engine: StoreEngine, _ layout: DiskLayout, make: @escaping (ChangelogWriter, TaskContext) -> Store
    ) throws {
        self.engine = engine == .rocksDB ? try RowEngine(StateMemory(budget: StateMemory.least)) : nil
        self.make = make
        self.layout = layout
        let others = self.engine.map { engine in
            (0..<1000).map { _ in
                let share = engine.memory.cacheShare()
                _ = share.use(1 << 20)
                return share
            }
        }
        self.others = others ?? []
        (store, database) = try Self.open(self.engine, layout, directory, collector, make)
        store.begin()
    }

    private static func open(
        _ engine: RowEngine?, _ layout: DiskLayout, _ directory: TemporaryDirectory, _ collector: MemoryCollector,
        _ make: (ChangelogWriter, TaskContext) -> Store
    ) throws -> (Store, TaskDatabase?) {
        let context = collector.context()
        let database = try engine.map { try TaskDatabase(directory.path + "/rows", $0) }
        context.database = database
        let writer = ChangelogWriter(
            target: collector.target(topic: "changelog"), rows: nil, disk: database?.rows(of: "s", layout, context),
            context: context)
        return (make(writer, context), database)
    }

    func commit() throws {
        try store.flush()
        try database?.commit(ends: ["s": Int64(collector.written.count)], inputs: [:], now: 0)
    }

    mutating func restart() throws {
        guard engine == nil else {
            try database?.close()
            return try reopen()
        }
        let before = store
        store = try Self.open(engine, layout, directory, collector, make).0
        #expect(store.takeRows(of: before))
        store.begin()
    }

    /// What was committed lately is not in files, and some of them are.
    mutating func crash() throws {
        (database?.rows as? RowDatabase)?.abandon()
        try reopen()
    }

    private mutating func reopen() throws {
        (store, database) = try Self.open(engine, layout, directory, collector, make)
        let end = Int64(collector.written.count)
        var from: Int64 = 0
        let source = StateVerdict.Source(partition: Self.changelog, topicID: .zero, start: 0, end: end)
        if let database, case .use(let position) = database.verdict(on: "s", source, now: 0) { from = position.offset }
        for record in collector.written[Int(from)...] {
            try store.restore(key: record.key ?? Bytes(), value: record.value, timestamp: record.timestamp)
        }
        try database?.restored("s", RowPosition(partition: Self.changelog, topicID: .zero, offset: end), now: 0)
        store.begin()
    }
}
