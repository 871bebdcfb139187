import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct SessionStoreTests {
    func store(
        _ collector: MemoryCollector, retention: Int64 = 30, cacheBytes: Int = 0
    ) -> TimedStore<String, Int64> {
        let context = collector.context(cacheBytes: cacheBytes)
        return TimedStore(
            name: "s", key: .string, value: .int64, layout: .sessions, retentionMs: retention, changelog: collector.changelog(context),
            context: context)
    }

    func session(_ key: String, _ start: Int64, _ end: Int64) -> Windowed<String> {
        Windowed(key, Window(start: start, end: end))
    }

    func rows(_ store: TimedStore<String, Int64>) -> [String] {
        store.all.map { "\($0.key) \($0.value)" }.sorted()
    }

    @Test func `sessions that touch a span are found in order of their ends`() throws {
        let store = store(MemoryCollector())
        for (start, end) in [(20, 22), (0, 3), (10, 12)] as [(Int64, Int64)] {
            try store.put(session("a", start, end), end, headers: [])
        }
        try store.put(session("b", 5, 6), 1, headers: [])
        #expect(store.find("a", earliestEnd: 3, latestStart: 10).map(\.value) == [3, 12])
        #expect(store.find("a", earliestEnd: 4, latestStart: 9).isEmpty)
        #expect(store.find("c", earliestEnd: 0, latestStart: 100).isEmpty)
    }

    @Test func `a session is visible while its end is within the retention`() throws {
        let store = store(MemoryCollector())
        try store.put(session("a", 0, 5), 1, headers: [])
        try store.put(session("b", 34, 34), 2, headers: [])
        #expect(store.get(session("a", 0, 5)) == 1)
        try store.put(session("b", 34, 35), 3, headers: [])
        #expect(store.get(session("a", 0, 5)) == nil)
        #expect(store.find("a", earliestEnd: 0, latestStart: 100).isEmpty)
        #expect(rows(store) == ["b@34/34 2", "b@34/35 3"])
    }

    @Test func `a session made and deleted between two flushes leaves nothing in the changelog`() throws {
        let collector = MemoryCollector()
        let store = store(collector)
        try store.put(session("a", 0, 0), 1, headers: [])
        try store.put(session("a", 0, 0), nil, headers: [])
        try store.put(session("a", 0, 3), 2, headers: [])
        try store.flush()
        #expect(collector.written.count == 1)
        try store.put(session("a", 0, 3), nil, headers: [])
        try store.flush()
        #expect(collector.written.map { $0.value == nil } == [false, true])
    }

    /// What is sent downstream at each flush.
    final class Sent {
        var changes: [String] = []

        init(of store: TimedStore<String, Int64>) {
            store.forwarder = { [unowned self] key, change, timestamp, headers in
                let (old, new) = (change.old.map(String.init) ?? "-", change.new.map(String.init) ?? "-")
                changes.append("\(key) \(old) \(new) \(timestamp)" + headers.map { " \($0.key)" }.joined())
            }
        }
    }

    @Test func `held-back changes are sent once, in order of the last ones`() throws {
        let store = store(MemoryCollector(), cacheBytes: 1_000_000)
        let sent = Sent(of: store)
        try store.put(session("a", 0, 5), 1, headers: [])
        try store.put(session("a", 9, 9), 1, headers: [])
        try store.flush()
        #expect(sent.changes == ["a@0/5 - 1 5", "a@9/9 - 1 9"])
        sent.changes = []
        try store.put(session("a", 0, 5), nil, headers: [])
        try store.put(session("a", 9, 9), nil, headers: [])
        try store.put(session("a", 0, 9), 3, headers: [RecordHeader(key: "h", value: nil)])
        try store.put(session("a", 20, 20), 1, headers: [])
        try store.flush()
        #expect(sent.changes == ["a@0/5 1 - 5", "a@9/9 1 - 9", "a@0/9 - 3 9 h", "a@20/20 - 1 20"])
        sent.changes = []
        try store.put(session("a", 20, 20), 2, headers: [])
        try store.flush()
        #expect(sent.changes == ["a@20/20 1 2 20"])
    }

    @Test func `a session that gets out of retention before the flush is still sent and written`() throws {
        let collector = MemoryCollector()
        let store = store(collector, cacheBytes: 1_000_000)
        let sent = Sent(of: store)
        try store.put(session("a", 0, 5), 1, headers: [])
        try store.put(session("b", 1000, 1000), 2, headers: [])
        // This one comes too late to be kept.
        try store.put(session("c", 900, 900), 3, headers: [])
        try store.flush()
        #expect(sent.changes == ["c@900/900 - 3 900", "a@0/5 - 1 5", "b@1000/1000 - 2 1000"])
        #expect(collector.written.map(\.timestamp) == [5, 1000])
        #expect(rows(store) == ["b@1000/1000 2"])
        try store.put(session("b", 2000, 2000), 4, headers: [])
        try store.flush()
        try store.put(session("b", 2050, 2050), 4, headers: [])
        #expect(store.rows.table.count == 1)
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func `a changelog gives the store back`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let collector = MemoryCollector()
        let store = store(collector, retention: 50)
        for step in 0..<500 as Range<Int64> {
            let start = max(0, step - Int64.random(in: 0..<60, using: &random))
            let key = session("k\(Int.random(in: 0..<5, using: &random))", start, start + step % 4)
            try store.put(key, Int.random(in: 0..<4, using: &random) == 0 ? nil : step, headers: [])
            if Int.random(in: 0..<20, using: &random) == 0 { try store.flush() }
        }
        // The restored store's stream time is that of what was written.
        try store.put(session("last", 499, 502), 1, headers: [])
        try store.flush()
        let restored = self.store(MemoryCollector(), retention: 50)
        try collector.restore(into: restored)
        #expect(rows(restored) == rows(store))
        #expect(!rows(store).isEmpty)
    }
}
