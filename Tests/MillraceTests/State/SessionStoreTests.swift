import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct SessionStoreTests {
    func store(_ collector: MemoryCollector, retention: Int64 = 30) -> SessionStore<String, Int64> {
        let context = collector.context()
        return SessionStore(
            name: "s", key: .string, value: .int64, retentionMs: retention, changelog: collector.changelog(context),
            context: context)
    }

    func session(_ key: String, _ start: Int64, _ end: Int64) -> Windowed<String> {
        Windowed(key, Window(start: start, end: end))
    }

    func rows(_ store: SessionStore<String, Int64>) -> [String] {
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
