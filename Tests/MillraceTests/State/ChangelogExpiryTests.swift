import KafkaProtocol
import Testing

@testable import Millrace

/// Changelogs of windowed stores are compacted and not cut by time: what is out of retention is deleted from them.
@Suite struct ChangelogExpiryTests {
    func windows(_ collector: MemoryCollector) -> WindowStore<String, Int64> {
        let context = collector.context()
        return WindowStore(
            name: "s", key: .string, value: .int64, sizeMs: 10, retentionMs: 30,
            changelog: collector.changelog(context), context: context)
    }

    func sessions(_ collector: MemoryCollector) -> TimedStore<String, Int64> {
        let context = collector.context()
        return TimedStore(
            name: "s", key: .string, value: .int64, layout: .sessions, retentionMs: 30, changelog: collector.changelog(context),
            context: context)
    }

    func put(_ store: WindowStore<String, Int64>, _ key: String, _ start: Int64, _ value: Int64?) throws {
        try store.update(key, start: start, headers: []) { _ in (value, start) }
    }

    /// What compaction leaves of a changelog, tombstones gone.
    func live(_ collector: MemoryCollector) -> Int {
        var rows: [Bytes: Bytes?] = [:]
        for record in collector.written { rows[record.key ?? Bytes()] = record.value }
        return rows.values.count { $0 != nil }
    }

    @Test func `rows of a window out of retention are deleted at the next flush, once`() throws {
        let collector = MemoryCollector()
        let store = windows(collector)
        try put(store, "a", 0, 1)
        try put(store, "b", 10, 2)
        try store.flush()
        try put(store, "c", 35, 3)
        try store.flush()
        #expect(collector.written.map { $0.value == nil } == [false, false, false, true])
        #expect(collector.written.last?.key == collector.written.first?.key)
        try store.flush()
        try put(store, "c", 36, 3)
        try store.flush()
        #expect(collector.written.count == 5 && live(collector) == 3)
    }

    @Test func `rows that were never written need no deletion`() throws {
        let collector = MemoryCollector()
        let store = windows(collector)
        try put(store, "a", 0, 1)
        try put(store, "kept", 0, 1)
        try store.flush()
        try put(store, "b", 0, 2)
        try put(store, "kept", 0, 5)
        try put(store, "c", 100, 3)
        try store.flush()
        #expect(collector.written.count == 5 && live(collector) == 1)
        try store.flush()
        #expect(collector.written.count == 5)
    }

    @Test func `a restored window store deletes what was not deleted before the restart, and only that`() throws {
        let collector = MemoryCollector()
        let store = windows(collector)
        try put(store, "a", 0, 1)
        try store.flush()
        try put(store, "b", 40, 2)
        try put(store, "c", 45, 2)
        try store.flush()
        let before = collector.written.count
        #expect(live(collector) == 2)
        let restored = windows(MemoryCollector())
        try collector.restore(into: restored)
        try restored.flush()
        #expect((restored.changelog?.context.collector as? MemoryCollector)?.written.count == 0)
        // The deletion of the first row did not get through.
        let cut = MemoryCollector()
        let other = windows(cut)
        for record in collector.written.prefix(before) where record.value != nil {
            try other.restore(key: record.key ?? Bytes(), value: record.value, timestamp: record.timestamp)
        }
        try other.flush()
        #expect(cut.written.map { $0.value == nil } == [true])
        #expect(cut.written.first?.key == collector.written.first?.key)
    }

    @Test func `sessions out of retention are deleted from the changelog`() throws {
        let collector = MemoryCollector()
        let store = sessions(collector)
        try store.put(Windowed("a", Window(start: 0, end: 5)), 1, headers: [])
        try store.put(Windowed("b", Window(start: 0, end: 40)), 2, headers: [])
        try store.flush()
        try store.put(Windowed("c", Window(start: 80, end: 100)), 3, headers: [])
        try store.flush()
        #expect(live(collector) == 1)
        let count = collector.written.count
        try store.flush()
        #expect(collector.written.count == count)
        let restored = MemoryCollector()
        let other = sessions(restored)
        try collector.restore(into: other)
        try other.flush()
        #expect(restored.written.isEmpty)
        #expect(other.all.map(\.key.key) == ["c"])
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `a changelog holds the visible rows and little more`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let logs = (MemoryCollector(), MemoryCollector())
        let stores = (windows(logs.0), sessions(logs.1))
        var time: Int64 = 0
        for _ in 0..<400 {
            time += Int64.random(in: 0...6, using: &random)
            let key = "k\(Int.random(in: 0..<5, using: &random))"
            let start = max(0, time - Int64.random(in: 0...40, using: &random))
            try put(stores.0, key, start / 10 * 10, Bool.random(using: &random) ? 1 : nil)
            try stores.1.put(
                Windowed(key, Window(start: start, end: start + 3)), Bool.random(using: &random) ? 1 : nil, headers: [])
            if Int.random(in: 0..<7, using: &random) == 0 {
                try stores.0.flush()
                try stores.1.flush()
            }
        }
        try put(stores.0, "last", time + 1000, 1)
        for end in [1000, 2000, 3000] as [Int64] {
            try stores.1.put(Windowed("last", Window(start: time + end, end: time + end)), 1, headers: [])
            try stores.1.flush()
        }
        try stores.0.flush()
        #expect(live(logs.0) == 1)
        #expect(live(logs.1) <= 2)
    }
}
