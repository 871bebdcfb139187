import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct KeyValueStoreTests {
    func store(_ collector: MemoryCollector, cacheBytes: Int = 0) -> KeyValueStore<String, Int64> {
        let context = collector.context(cacheBytes: cacheBytes)
        return KeyValueStore(
            name: "s", key: .string, value: .int64, changelog: collector.changelog(context), context: context)
    }

    @Test func `updates between two flushes are one record of the changelog`() throws {
        let collector = MemoryCollector()
        let store = store(collector)
        for value in 1...5 as ClosedRange<Int64> { try store.put("a", value, timestamp: value) }
        try store.put("b", 1, timestamp: 9)
        try store.put("b", nil, timestamp: 9)
        #expect(collector.written.isEmpty)
        try store.flush()
        #expect(collector.written.map(\.timestamp) == [5])
        #expect(collector.written.first?.value == [0, 0, 0, 0, 0, 0, 0, 5])
        try store.put("a", nil, timestamp: 10)
        try store.flush()
        #expect(collector.written.last?.value == nil)
        #expect(store.get("a") == nil)
        try store.flush()
        #expect(collector.written.count == 2)
    }

    @Test func `held-back updates go downstream once, with what the row was at the last flush`() throws {
        let store = store(MemoryCollector(), cacheBytes: 1_000_000)
        var sent: [String] = []
        store.forwarder = { key, change, timestamp, _ in
            let (old, new) = (change.old.map(String.init) ?? "-", change.new.map(String.init) ?? "-")
            sent.append("\(key) \(old) \(new) \(timestamp)")
        }
        try store.put("a", 1, timestamp: 1)
        try store.put("b", 2, timestamp: 2)
        try store.put("a", 3, timestamp: 3)
        try store.flush()
        try store.put("a", nil, timestamp: 4)
        try store.flush()
        #expect(sent == ["a - 3 3", "b - 2 2", "a 3 - 4"])
    }

    @Test func `a held-back update has the headers of the last record`() throws {
        let store = store(MemoryCollector(), cacheBytes: 1_000_000)
        var sent: [[String]] = []
        store.forwarder = { _, _, _, headers in sent.append(headers.map(\.key)) }
        try store.put("a", 1, timestamp: 1, headers: [RecordHeader(key: "first", value: nil)])
        try store.put("a", 2, timestamp: 2, headers: [RecordHeader(key: "second", value: nil)])
        try store.put("b", 1, timestamp: 1, headers: [RecordHeader(key: "first", value: nil)])
        try store.put("b", 2, timestamp: 2)
        try store.flush()
        #expect(sent == [["second"], []])
    }

    @Test func `a full cache is flushed early`() throws {
        let store = store(MemoryCollector(), cacheBytes: 1000)
        var sent = 0
        store.forwarder = { _, _, _, _ in sent += 1 }
        for key in 0..<1000 { try store.put("key-\(key)", 1, timestamp: 1) }
        #expect(sent > 900)
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func `a changelog gives the store back`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let collector = MemoryCollector()
        let store = store(collector)
        for time in 0..<500 as Range<Int64> {
            let key = "k\(Int.random(in: 0..<40, using: &random))"
            let value = Bool.random(using: &random) ? Int64.random(in: 0..<9, using: &random) : nil
            try store.put(key, value, timestamp: time)
            if Int.random(in: 0..<20, using: &random) == 0 { try store.flush() }
        }
        try store.flush()
        let restored = self.store(MemoryCollector())
        try collector.restore(into: restored)
        let rows = { (store: KeyValueStore<String, Int64>) in
            store.all.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value) \($0.timestamp)" }
        }
        #expect(rows(restored) == rows(store))
        #expect(!rows(store).isEmpty)
    }

    @Test func `a restored value that cannot be read is an error`() {
        let store = store(MemoryCollector())
        #expect(throws: SerdeError.self) { try store.restore(key: Bytes(utf8: "a"), value: [1, 2], timestamp: 0) }
    }
}
