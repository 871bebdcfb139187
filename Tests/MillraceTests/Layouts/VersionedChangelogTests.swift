import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct VersionedChangelogTests {
    func store(_ collector: MemoryCollector, retention: Int64) -> VersionedStore<String, String> {
        VersionedStore(
            name: "v", key: .string, value: .string, retentionMs: retention,
            changelog: collector.changelog(collector.context()))
    }

    /// What the store says of a key at each time.
    func history(_ store: VersionedStore<String, String>, _ key: String, through time: Int64) -> [String] {
        (0...time).map { store.get(key, asOf: $0).map { "\($0.value)@\($0.timestamp)-\($0.validTo ?? -1)" } ?? "-" }
    }

    @Test func `a version is its key, its value and its time, the latest after an older one once more`() throws {
        let collector = MemoryCollector()
        let store = store(collector, retention: 100)
        _ = try store.put("k", "late", timestamp: 20)
        _ = try store.put("k", "early", timestamp: 10)
        _ = try store.put("k", nil, timestamp: 30)
        let written = collector.written.map { "\($0.key?.string ?? "") \($0.value?.string ?? "null") \($0.timestamp) \($0.headers.count)" }
        #expect(written == ["k late 20 0", "k early 10 0", "k late 20 0", "k null 30 0"])
    }

    @Test(arguments: 0..<30 as Range<UInt64>)
    func `a restored store knows what the one that wrote the changelog knew`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let collector = MemoryCollector()
        let retention = Int64.random(in: 5...60, using: &random)
        let first = store(collector, retention: retention)
        var now: Int64 = 0
        for number in 0..<200 {
            now += Int64.random(in: 0...4, using: &random)
            let time = max(0, now - (Bool.random(using: &random) ? 0 : Int64.random(in: 0...80, using: &random)))
            let value = Int.random(in: 0..<4, using: &random) == 0 ? nil : "v\(number)"
            _ = try first.put("k\(Int.random(in: 0..<4, using: &random))", value, timestamp: time)
        }
        let second = store(MemoryCollector(), retention: retention)
        try collector.restore(into: second)
        // What compaction leaves.
        let third = store(MemoryCollector(), retention: retention)
        var last: [Bytes: Int] = [:]
        for (place, record) in collector.written.enumerated() { last[record.key ?? Bytes()] = place }
        for place in last.values.sorted() {
            let record = collector.written[place]
            try third.restore(key: record.key ?? Bytes(), value: record.value, timestamp: record.timestamp)
        }
        for key in 0..<4 {
            #expect(history(second, "k\(key)", through: now) == history(first, "k\(key)", through: now))
            #expect(third.get("k\(key)")?.value == first.get("k\(key)")?.value)
        }
        #expect(count(second) <= count(first))
    }

    /// How many versions a store keeps.
    func count(_ store: VersionedStore<String, String>) -> Int {
        var count = 0
        store.rows.forEach { count += store.rows.entries($0).pointee.count }
        return count
    }
}
