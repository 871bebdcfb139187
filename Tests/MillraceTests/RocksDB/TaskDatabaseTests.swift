import KafkaProtocol
import Testing

@testable import Millrace

@Suite(.enabled(if: hasRocksDB, "RocksDB is not installed (apt-get install librocksdb7.8)"))
struct TaskDatabaseTests {
    private let directory = TemporaryDirectory()
    private let engine: RowEngine
    private let context = MemoryCollector().context()

    init() throws { engine = try RowEngine(StateMemory(budget: 64 << 20)) }

    private func open() throws -> TaskDatabase { try TaskDatabase(directory.path + "/rows", engine) }

    private func rows(_ store: String, _ database: TaskDatabase) -> any DiskStore {
        database.rows(of: store, .rows, context)
    }

    private func source(_ topic: String) -> StateVerdict.Source {
        StateVerdict.Source(partition: TopicPartition(topic, 0), topicID: .zero, start: 0, end: 9)
    }

    private func position(_ topic: String) -> RowPosition {
        RowPosition(partition: TopicPartition(topic, 0), topicID: .zero, offset: 9)
    }

    private func put(_ store: String, _ database: TaskDatabase) throws {
        try [UInt8(1)].withUnsafeBytes { key throws(any Error) -> Void in
            try rows(store, database).put(key, key, timestamp: 0, isNew: true)
        }
    }

    @Test func `A life that ended while another store was restored leaves no rows to be set aside`() throws {
        do {
            let database = try open()
            _ = rows("late", database)
            try put("early", database)
            try database.restored("early", position("early-changelog"), now: 0)
            try database.close()
        }
        let database = try open()
        for store in ["early", "late"] { _ = rows(store, database) }
        #expect(database.verdict(on: "early", source("early-changelog"), now: 0) == .use(position("early-changelog")))
        #expect(database.verdict(on: "late", source("late-changelog"), now: 0) == .none)
        try database.close()
    }

    @Test func `A database goes with its task, also if nobody closes it`() throws {
        weak var database: TaskDatabase?
        for layout in [
            DiskLayout.rows, .windows(retentionMs: 10), .entries(.sessions, retentionMs: 10), .versions(retentionMs: 10), .waiting,
        ] {
            do {
                let opened = try open()
                database = opened
                context.database = opened
                let store = opened.rows(of: "store", layout, context)
                #expect(opened.rows(of: "store", layout, context) === store)
            }
            #expect(database == nil)
        }
    }

    @Test func `Rows of another topic are set aside, and removed`() throws {
        do {
            let database = try open()
            try put("store", database)
            try database.restored("store", position("its-changelog"), now: 0)
            try database.close()
        }
        let database = try open()
        _ = rows("store", database)
        let verdict = database.verdict(on: "store", source("other-changelog"), now: 0)
        #expect(verdict == .setAside("it does not come from other-changelog-0"))
        #expect(database.rowCount(of: "store") == 0)
        try database.close()
    }

    @Test func `Marks are read back, and what is no mark is refused`() throws {
        let mark = TaskMark(positions: ["b": position("x"), "a": position("y")], writtenAt: 7)
        var writer = ByteWriter()
        mark.write(to: &writer)
        let bytes = writer.finish()
        #expect(try TaskMark(bytes) == mark)
        #expect(mark.marker(of: "a") == RowMarker(positions: [position("y")], writtenAt: 7))
        #expect(mark.marker(of: "c") == nil)
        for end in 0..<bytes.count { #expect(throws: (any Error).self) { try TaskMark(bytes[0..<end]) } }
        for index in 0..<bytes.count {
            for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
                var hostile = bytes.array
                hostile[index] = value
                _ = try? TaskMark(Bytes(hostile))
            }
        }
    }

    @Test func `A store whose rows were all deleted is gone on from where it was`() throws {
        do {
            let database = try open()
            _ = rows("store", database)
            try database.restored("store", position("changelog"), now: 0)
            try database.close()
        }
        let database = try open()
        _ = rows("store", database)
        #expect(database.verdict(on: "store", source("changelog"), now: 0) == .use(position("changelog")))
        try database.close()
    }
}
