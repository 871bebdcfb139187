import KafkaProtocol
import Testing

@testable import Millrace

/// Stores over random operations: a store restored from what compaction leaves of the changelog is as the one that wrote
/// it, and the changelog has little more than what is live.
@Suite struct RestoredStoreTests {
    /// What compaction leaves: the latest record of each key in order, with or without tombstones.
    func compacted(_ collector: MemoryCollector, tombstones: Bool) -> [(key: Bytes, value: Bytes?, timestamp: Int64)] {
        var seen: Set<Bytes> = []
        return collector.written.reversed().compactMap { record in
            guard let key = record.key, seen.insert(key).inserted, tombstones || record.value != nil else { return nil }
            return (key, record.value, record.timestamp)
        }.reversed()
    }

    func restore(_ store: any StateStore, _ collector: MemoryCollector, tombstones: Bool) throws {
        for record in compacted(collector, tombstones: tombstones) {
            try store.restore(key: record.key, value: record.value, timestamp: record.timestamp)
        }
    }

    /// A time near `now`, sometimes late.
    func time(_ now: inout Int64, _ random: inout SeededRandom) -> Int64 {
        now += Int64.random(in: 0...4, using: &random)
        return max(0, now - (Int.random(in: 0..<4, using: &random) == 0 ? Int64.random(in: 0...40, using: &random) : 0))
    }

    @Test(arguments: 0..<30 as Range<UInt64>, [false, true])
    func `join windows`(_ seed: UInt64, _ tombstones: Bool) throws {
        var random = SeededRandom(seed: seed)
        let collector = MemoryCollector()
        let retention = Int64.random(in: 1...40, using: &random)
        func make(_ collector: MemoryCollector) -> JoinWindowStore<String, Int64> {
            let context = collector.context()
            return JoinWindowStore(
                name: "s", key: .string, value: .int64, sizeMs: 0, retentionMs: retention,
                changelog: collector.changelog(context), context: context)
        }
        func rows(_ store: JoinWindowStore<String, Int64>) -> [String] {
            (0..<5).flatMap { key in
                var found: [String] = []
                store.forEach("k\(key)", from: 0, to: .max) { found.append("\(key)@\($0)=\($1)") }
                return found
            }
        }
        var store = make(collector)
        var now: Int64 = 0
        for value in 0..<400 as Range<Int64> {
            try store.put("k\(Int.random(in: 0..<5, using: &random))", value, timestamp: time(&now, &random))
            try store.flush()
            if Int.random(in: 0..<40, using: &random) == 0 {
                let restored = make(collector)
                try restore(restored, collector, tombstones: tombstones)
                #expect(rows(restored) == rows(store))
                // Work goes on with the restored one.
                store = restored
            }
        }
        #expect(collector.written.allSatisfy { $0.value != nil })
    }

    @Test(arguments: 0..<30 as Range<UInt64>, [false, true])
    func `waiting records of joins`(_ seed: UInt64, _ tombstones: Bool) throws {
        var random = SeededRandom(seed: seed)
        let collector = MemoryCollector()
        func make(_ collector: MemoryCollector) -> JoinWaitingStore<String, Int64, Int64> {
            JoinWaitingStore(
                name: "s", key: .string, left: .int64, right: .int64,
                changelog: collector.changelog(collector.context()))
        }
        func rows(_ store: JoinWaitingStore<String, Int64, Int64>) -> [String] {
            store.left.entries.filter { !$0.values.isEmpty }.map { "\($0.timestamp) \($0.key) \($0.values) left" }
                + store.right.entries.filter { !$0.values.isEmpty }.map { "\($0.timestamp) \($0.key) \($0.values) right" }
        }
        var store = make(collector)
        var now: Int64 = 0
        for value in 0..<400 as Range<Int64> {
            let key = "k\(Int.random(in: 0..<5, using: &random))"
            let time = time(&now, &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1: try store.left.insert(key, value, timestamp: time)
            case 2, 3: try store.right.insert(key, value, timestamp: time)
            case 4: try store.left.remove(key, timestamp: time, at: now)
            default: try store.right.remove(key, timestamp: time, at: now)
            }
            _ = try store.release(leftLimit: now - 20, rightLimit: now - 30, at: now, sendLeft: { _, _, _ in }, sendRight: { _, _, _ in })
            if Int.random(in: 0..<3, using: &random) == 0 { try store.flush() }
            if Int.random(in: 0..<40, using: &random) == 0 {
                try store.flush()
                let restored = make(collector)
                try restore(restored, collector, tombstones: tombstones)
                #expect(rows(restored) == rows(store))
                #expect(compacted(collector, tombstones: false).count == rows(store).count)
                store = restored
            }
        }
        _ = try store.release(leftLimit: .max, rightLimit: .max, at: now, sendLeft: { _, _, _ in }, sendRight: { _, _, _ in })
        try store.flush()
        #expect(compacted(collector, tombstones: false).isEmpty)
    }

    @Test(arguments: 0..<30 as Range<UInt64>, [false, true])
    func `sliding windows`(_ seed: UInt64, _ tombstones: Bool) throws {
        var random = SeededRandom(seed: seed)
        let collector = MemoryCollector()
        let retention = Int64.random(in: 1...40, using: &random)
        func make(_ collector: MemoryCollector) -> TimedStore<String, Int64> {
            let context = collector.context()
            return TimedStore(
                name: "s", key: .string, value: .int64, layout: .starts(size: 10), retentionMs: retention,
                changelog: collector.changelog(context), context: context)
        }
        func rows(_ store: TimedStore<String, Int64>) -> [String] {
            store.all.map { "\($0.key)=\($0.value)@\($0.timestamp)" }.sorted()
        }
        var store = make(collector)
        var now: Int64 = 0
        for value in 0..<400 as Range<Int64> {
            let time = time(&now, &random)
            // A deletion does not move the time of the store: it may be gone when the store is restored.
            let isDeletion = time < store.rows.streamTime && Int.random(in: 0..<4, using: &random) == 0
            try store.put(
                "k\(Int.random(in: 0..<5, using: &random))", Window(start: time, end: time + 10), isDeletion ? nil : value,
                timestamp: time, headers: [])
            if Int.random(in: 0..<3, using: &random) == 0 { try store.flush() }
            if Int.random(in: 0..<40, using: &random) == 0 {
                try store.flush()
                let restored = make(collector)
                try restore(restored, collector, tombstones: tombstones)
                #expect(rows(restored) == rows(store))
                store = restored
            }
        }
        for step in 1...3 as ClosedRange<Int64> {
            try store.put("last", store.layout.window(at: EntryTime(now + step * 1000)), 0, timestamp: now, headers: [])
            try store.flush()
        }
        #expect(compacted(collector, tombstones: false).count <= 2)
    }
}
