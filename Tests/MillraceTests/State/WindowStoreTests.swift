import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct WindowStoreTests {
    func store(_ collector: MemoryCollector, retention: Int64 = 30) -> WindowStore<String, Int64> {
        let context = collector.context()
        return WindowStore(
            name: "s", key: .string, value: .int64, sizeMs: 10, retentionMs: retention,
            changelog: collector.changelog(context), context: context)
    }

    func put(_ store: WindowStore<String, Int64>, _ key: String, _ start: Int64, _ value: Int64?) throws {
        try store.update(key, start: start, headers: []) { _ in (value, start) }
    }

    func rows(_ store: WindowStore<String, Int64>) -> [String] {
        store.all.map { "\($0.key) \($0.value) \($0.timestamp)" }.sorted()
    }

    @Test func `a window is visible while its start is within the retention`() throws {
        let store = store(MemoryCollector())
        try put(store, "a", 0, 1)
        try put(store, "a", 29, 2)
        #expect(store.get("a", start: 0)?.value == 1)
        try put(store, "b", 30, 3)
        #expect(store.get("a", start: 0) == nil)
        #expect(store.get("a", start: 29)?.value == 2)
        #expect(rows(store) == ["a@29/39 2 29", "b@30/40 3 30"])
    }

    @Test func `an update out of retention is computed from nothing and not kept`() throws {
        let store = store(MemoryCollector())
        try put(store, "a", 0, 1)
        try put(store, "a", 100, 2)
        var seen: [Int64?] = []
        try store.update("a", start: 0, headers: []) { row in
            seen.append(row?.value)
            return (9, 0)
        }
        #expect(seen == [nil])
        #expect(store.get("a", start: 0) == nil)
    }

    @Test func `windows are found in whatever order they came`() throws {
        let store = store(MemoryCollector(), retention: 1000)
        for start in [50, 10, 90, 0, 70, 30] as [Int64] { try put(store, "a", start, start) }
        for start in stride(from: 0, to: 100, by: 10) as StrideTo<Int64> {
            #expect(store.get("a", start: start)?.value == ([0, 10, 30, 50, 70, 90].contains(start) ? start : nil))
        }
    }

    @Test func `a window at the end of time does not overflow`() throws {
        let store = store(MemoryCollector())
        try put(store, "a", .max - 3, 1)
        #expect(rows(store) == ["a@\(Int64.max - 3)/\(Int64.max) 1 \(Int64.max - 3)"])
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func `a changelog gives the store back`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let collector = MemoryCollector()
        let store = store(collector, retention: 100)
        for step in 0..<500 as Range<Int64> {
            let start = max(0, step / 10 - Int64.random(in: 0..<12, using: &random)) * 10
            let value = Int.random(in: 0..<4, using: &random) == 0 ? nil : step
            try put(store, "k\(Int.random(in: 0..<5, using: &random))", start, value)
            if Int.random(in: 0..<20, using: &random) == 0 { try store.flush() }
        }
        // The restored store's stream time is that of what was written.
        try put(store, "last", 490, 1)
        try store.flush()
        let restored = self.store(MemoryCollector(), retention: 100)
        try collector.restore(into: restored)
        #expect(rows(restored) == rows(store))
        #expect(!rows(store).isEmpty)
    }
}
