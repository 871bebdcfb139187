import KafkaProtocol
import Synchronization

@testable import Millrace

/// A store that keeps what it is given.
final class DictionaryStore: StateStore {
    let name = "store"
    var rows: [Bytes: Row] = [:]
    var versions: [Version: Bytes?] = [:]
    var headers: [Bytes: [RecordHeader]] = [:]

    struct Row: Equatable {
        let value: Bytes
        let timestamp: Int64
    }

    struct Version: Hashable {
        let key: Bytes
        let time: Int64
    }

    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        rows[key.detached()] = value.map { Row(value: $0.detached(), timestamp: timestamp) }
        versions[Version(key: key.detached(), time: timestamp)] = .some(value?.detached())
    }

    func restore(key: Bytes, value: Bytes?, timestamp: Int64, headers: [RecordHeader]) throws {
        try restore(key: key, value: value, timestamp: timestamp)
        self.headers[key.detached()] = headers
    }

    func flush() throws {}
}

typealias Rows = [Bytes: DictionaryStore.Row]

/// A row log in memory with what should be in it.
final class RowLogFixture {
    static let directory = "state/app/0_0/store"
    static let partition = TopicPartition("app-store-changelog", 0)

    let files: MemoryFiles
    let log: RowLog
    let clock: TestClock
    /// The rows as of each commit, from none on.
    private(set) var history: [Rows] = [[:]]
    private(set) var rows: Rows = [:]
    var offset: Int64 = 0

    final class TestClock: Sendable {
        private let state = Mutex<(time: Int64, words: [String])>((0, []))

        var time: Int64 {
            get { state.withLock { $0.time } }
            set { state.withLock { $0.time = newValue } }
        }

        var words: [String] { state.withLock { $0.words } }

        func tell(_ word: String) { state.withLock { $0.words.append(word) } }
    }

    init(
        _ files: MemoryFiles = MemoryFiles(), identity: RowIdentity = .key, segmentBytes: Int = 64 << 20, partBytes: Int = 2000
    ) throws {
        self.files = files
        let clock = TestClock()
        self.clock = clock
        log = RowLog(
            Self.directory, identity: identity, buffer: RowLogBuffer(partBytes: partBytes), files: files,
            trouble: StateTrouble(
                now: { clock.time }, tell: { clock.tell($0) }), segmentBytes: segmentBytes)
        scan = try log.open()
        rows = try load()
        history = [rows]
        offset = log.marker?.positions.first?.offset ?? 0
    }

    let scan: RowLogScan

    func put(_ key: Bytes, _ value: Bytes?, at timestamp: Int64, headers: [RecordHeader] = []) {
        rows[key] = value.map { DictionaryStore.Row(value: $0, timestamp: timestamp) }
        log.buffer.append(key: key, value: value, timestamp: timestamp, headers: headers)
        offset += 1
    }

    func commit() {
        log.commit(
            [RowPosition(partition: Self.partition, topicID: KafkaUUID(high: 1, low: 2), offset: offset)], now: offset)
        history.append(rows)
    }

    /// Random changes.
    func change(_ count: Int, keys: Int, using random: inout SeededRandom, bytes: Int = 12) {
        for _ in 0..<count {
            let key = Bytes(utf8: "key\(Int.random(in: 0..<keys, using: &random))")
            let isDeletion = Int.random(in: 0..<5, using: &random) == 0
            let value = Bytes(
                repeatElement(
                    UInt8.random(in: 0...255, using: &random), count: Int.random(in: 0...bytes, using: &random)))
            put(key, isDeletion ? nil : value, at: Int64.random(in: -5...1 << 40, using: &random))
        }
    }

    /// What is in the files.
    func load() throws -> Rows { try Self.load(log) }

    static func load(_ log: RowLog) throws -> Rows {
        let store = DictionaryStore()
        var loader = RowLogLoader(log)
        while try !loader.step(into: store, until: { true }) {}
        return store.rows
    }

    @discardableResult
    func compact(budget: Int = RowLogCompaction.budget) throws -> Bool {
        guard let compaction = log.compaction(leastGarbage: 0, budget: budget) else {
            return false
        }
        while try !compaction.step(until: { true }) {}
        return true
    }
}
