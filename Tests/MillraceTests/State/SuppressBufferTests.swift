import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct SuppressBufferTests {
    func buffer(_ collector: MemoryCollector) throws -> SuppressBuffer<String, Int64> {
        let context = collector.context()
        return try SuppressBuffer(
            name: "s", key: .string, value: .int64, changelog: collector.changelog(context), context: context)
    }

    func drain(_ buffer: SuppressBuffer<String, Int64>, by time: Int64 = .max) -> [String] {
        var entries: [String] = []
        while let entry = buffer.popFirst(dueBy: time) {
            entries.append("\(entry.key) \(entry.change.new.map(String.init) ?? "-") \(entry.due)")
        }
        return entries
    }

    @Test func `changes leave by due time and then by key, the latest of each key`() throws {
        let buffer = try buffer(MemoryCollector())
        try buffer.put("b", Change(old: nil, new: 1), due: 10, timestamp: 1)
        try buffer.put("a", Change(old: nil, new: 2), due: 10, timestamp: 2)
        try buffer.put("c", Change(old: nil, new: 3), due: 5, timestamp: 3)
        try buffer.put("b", Change(old: 1, new: 4), due: 12, timestamp: 4)
        #expect(drain(buffer, by: 9) == ["c 3 5"])
        #expect(drain(buffer) == ["a 2 10", "b 4 10"])
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func `a changelog gives back what waits`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let collector = MemoryCollector()
        let buffer = try buffer(collector)
        for step in 0..<300 as Range<Int64> {
            let key = Int.random(in: 0..<30, using: &random)
            try buffer.put(
                "k\(key)", Change(old: nil, new: step), due: step / 10 * 10 + 20, timestamp: step)
            _ = drain(buffer, by: step - Int64.random(in: 0..<40, using: &random))
            if Int.random(in: 0..<10, using: &random) == 0 { try buffer.flush() }
        }
        try buffer.flush()
        let restored = try self.buffer(MemoryCollector())
        try collector.restore(into: restored)
        let waiting = drain(buffer)
        #expect(drain(restored) == waiting)
        #expect(!waiting.isEmpty)
    }
}
