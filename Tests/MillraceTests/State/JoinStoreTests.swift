import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct JoinStoreTests {
    func store(_ collector: MemoryCollector, retention: Int64) -> JoinWindowStore<String, Int64> {
        let context = collector.context()
        return JoinWindowStore(
            name: "j", key: .string, value: .int64, sizeMs: 0, retentionMs: retention,
            changelog: collector.changelog(context), context: context)
    }

    func found(_ store: JoinWindowStore<String, Int64>, _ key: String, _ from: Int64, _ to: Int64) -> [Int64] {
        var values: [Int64] = []
        store.forEach(key, from: from, to: to) { values.append($1) }
        return values
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `a join window has what a list of all records has, after a restore too`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let collector = MemoryCollector()
        let retention = Int64.random(in: 0...40, using: &random)
        let store = store(collector, retention: retention)
        var all: [(key: String, time: Int64, value: Int64)] = []
        var now: Int64 = 0
        var streamTime: Int64 = -1
        for value in 0..<300 as Range<Int64> {
            now += Int64.random(in: 0...3, using: &random)
            let time = max(0, now - Int64.random(in: 0...60, using: &random) / 2)
            let key = ["a", "b", "c"].randomElement(using: &random) ?? "a"
            streamTime = max(streamTime, time)
            if time > streamTime - retention { all.append((key, time, value)) }
            try store.put(key, value, timestamp: time)
            let from = Int64.random(in: -5...(now + 5), using: &random)
            let to = from + Int64.random(in: -2...30, using: &random)
            let expected = all.filter {
                $0.key == key && $0.time > streamTime - retention && $0.time >= from && $0.time <= to
            }.sorted { ($0.time, $0.value) < ($1.time, $1.value) }.map(\.value)
            #expect(found(store, key, from, to) == expected)
        }
        let restored = self.store(MemoryCollector(), retention: retention)
        try collector.restore(into: restored)
        for key in ["a", "b", "c"] { #expect(found(restored, key, 0, .max) == found(store, key, 0, .max)) }
    }

    @Test func `what leaves a join window is not deleted from the changelog, the store tells what it has forgotten`() throws {
        let collector = MemoryCollector()
        let store = store(collector, retention: 10)
        #expect(store.retained == nil)
        for time in 0..<100 as Range<Int64> { try store.put("a", time, timestamp: time) }
        #expect(collector.written.count == 100 && collector.written.allSatisfy { $0.value != nil })
        #expect(store.retained == RetainedTimes(latest: 99, forgotten: 89))
    }

    @Test func `records of a join window are numbered from 1, after a restore from the largest number on`() throws {
        let collector = MemoryCollector()
        let first = store(collector, retention: 100)
        for key in ["a", "b", "a"] { try first.put(key, 0, timestamp: 7) }
        let second = store(collector, retention: 100)
        try collector.restore(into: second)
        try second.put("a", 0, timestamp: 7)
        let numbers = try collector.written.map { record in
            try WindowLayout.splitStart(try #require(record.key)).sequence
        }
        #expect(numbers == [1, 2, 3, 4])
    }

    @Test func `a restore does not keep what is out of retention`() throws {
        let collector = MemoryCollector()
        let first = store(collector, retention: 10)
        for time in 0..<1000 as Range<Int64> { try first.put("k\(time % 50)", time, timestamp: time) }
        let second = store(MemoryCollector(), retention: 10)
        try collector.restore(into: second)
        var kept = 0
        second.rows.forEach { ref in kept += second.rows.entries(ref).pointee.count }
        #expect(kept < 60)
    }

    func waiting(_ collector: MemoryCollector) -> JoinWaitingStore<String, Int64, Int64> {
        JoinWaitingStore(
            name: "w", key: .string, left: .int64, right: .int64, changelog: collector.changelog(collector.context()))
    }

    func released(_ store: JoinWaitingStore<String, Int64, Int64>, before limit: Int64) throws -> [String] {
        var names: [String] = []
        _ = try store.release(
            leftLimit: limit, rightLimit: limit, at: limit, sendLeft: { names.append("\($0)\($1)<\($2)") },
            sendRight: { names.append("\($0)\($1)>\($2)") })
        return names
    }

    @Test func `unmatched records leave in order of time, side and key, and survive a restore`() throws {
        let collector = MemoryCollector()
        let store = waiting(collector)
        try store.left.insert("b", 1, timestamp: 5)
        try store.left.insert("a", 2, timestamp: 5)
        try store.right.insert("c", 3, timestamp: 5)
        try store.left.insert("a", 4, timestamp: 5)
        try store.left.insert("a", 5, timestamp: 3)
        try store.right.insert("d", 6, timestamp: 9)
        try store.left.insert("x", 7, timestamp: 4)
        try store.left.remove("x", timestamp: 4, at: 9)
        try store.flush()
        let restored = waiting(MemoryCollector())
        try collector.restore(into: restored)
        for store in [store, restored] {
            #expect(try released(store, before: 9) == ["a5<3", "c3>5", "a2<5", "a4<5", "b1<5"])
            #expect(try released(store, before: 10) == ["d6>9"])
            #expect(try released(store, before: .max) == [])
        }
    }

    @Test func `the hash of a row is Murmur3`() {
        let hash = Bytes(utf8: "hello").withUnsafeBytes { RowHash($0, seed: 0) }
        #expect(hash == RowHash(high: 0xcbd8_a7b3_41bd_9b02, low: 0x5b1e_906a_48ae_1d19))
        let long = Bytes(utf8: "The quick brown fox jumps over the lazy dog").withUnsafeBytes { RowHash($0, seed: 0) }
        #expect(long == RowHash(high: 0xe34b_bc7b_bc07_1b6c, low: 0x7a43_3ca9_c49a_9347))
    }
}
