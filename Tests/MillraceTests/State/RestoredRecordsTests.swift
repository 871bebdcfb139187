import Testing

@testable import KafkaProtocol
@testable import Millrace

/// A key-value store that is restored some records at a time is as one that is restored record by record.
@Suite struct RestoredRecordsTests {
    /// Random records of few keys, deletions among them, values of all lengths up to a whole group's.
    static func records(_ random: inout SeededRandom) -> [(key: Bytes, value: Bytes?, timestamp: Int64)] {
        (0..<Int.random(in: 1...300, using: &random)).map { _ in
            let lengths = [0, 1, 7, 8, 9, 40, RestoredRecords.mostValueBytes - 1, RestoredRecords.mostValueBytes + 1]
            let length = lengths[Int.random(in: 0..<lengths.count, using: &random)]
            let value = Bytes((0..<length).map { _ in UInt8.random(in: 0...255, using: &random) })
            return (
                Bytes(utf8: "k\(Int.random(in: 0..<30, using: &random))"), Int.random(in: 0..<4, using: &random) == 0 ? nil : value,
                Int64.random(in: -1...1000, using: &random)
            )
        }
    }

    static func inGroups(
        _ records: [(key: Bytes, value: Bytes?, timestamp: Int64)], _ store: any StateStore, _ random: inout SeededRandom
    ) throws {
        var writer = ByteWriter()
        var places: [(key: Int, value: Int)] = []
        for record in records {
            // Something else lies between them, as in a batch.
            writer.write(Int32(7))
            let key = writer.count
            record.key.withUnsafeBytes { writer.write(raw: $0) }
            places.append((key, writer.count))
            record.value?.withUnsafeBytes { writer.write(raw: $0) }
        }
        var group = RestoredRecords()
        group.begin(writer.finish())
        for (record, place) in zip(records, places) {
            group.append(
                keyStart: place.key, keyCount: record.key.count, valueStart: place.value, valueCount: record.value?.count ?? -1,
                timestamp: record.timestamp)
            if group.isFull || Int.random(in: 0..<10, using: &random) == 0 {
                try store.restore(&group)
                group.removeAll()
            }
        }
        try store.restore(&group)
    }

    func check<Value: Equatable>(_ value: Serde<Value>, _ convert: (Bytes) -> Bytes, seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let records = Self.records(&random).map { (key: $0.key, value: $0.value.map(convert), timestamp: $0.timestamp) }
        func make() -> KeyValueStore<Bytes, Value> {
            let collector = MemoryCollector()
            let context = collector.context()
            return KeyValueStore(name: "s", key: .bytes, value: value, changelog: collector.changelog(context), context: context)
        }
        let (one, other) = (make(), make())
        for record in records { try one.restore(key: record.key, value: record.value, timestamp: record.timestamp) }
        try Self.inGroups(records, other, &random)
        #expect(one.table.count == other.table.count)
        for row in one.all {
            let found = other.get(row.key)
            #expect(found?.value == row.value && found?.timestamp == row.timestamp)
        }
        for (key, last) in Dictionary(records.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 }) {
            #expect(try other.get(key)?.value == last.map { try value.decode($0) })
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func `values that are slices`(_ seed: UInt64) throws {
        try check(Serde.bytes, { $0 }, seed: seed)
    }

    @Test(arguments: 0..<10 as Range<UInt64>) func `values that are read in place`(_ seed: UInt64) throws {
        try check(Serde.string, { Bytes(utf8: $0.hex) }, seed: seed)
        try check(
            Serde.int64,
            { bytes in
                Bytes((0..<8).map { $0 < bytes.count ? bytes[$0] : 0 })
            }, seed: seed)
    }

    @Test func `restored values keep no batch alive, and no more than some kilobytes of each other`() throws {
        var random = SeededRandom(seed: 1)
        let collector = MemoryCollector()
        let context = collector.context()
        let store = KeyValueStore<Bytes, Bytes>(
            name: "s", key: .bytes, value: .bytes, changelog: collector.changelog(context), context: context)
        let records = (0..<1000).map { (key: Bytes(utf8: "\($0)"), value: Bytes(utf8: "value \($0)") as Bytes?, timestamp: Int64(0)) }
        try Self.inGroups(records, store, &random)
        for row in store.all {
            #expect(row.value.string == "value \(row.key.string)")
            #expect((row.value.storage?.capacity ?? 0) <= RestoredRecords.mostValueBytes + row.value.count)
        }
    }

    @Test func `the record at fault is told, and those before it are back`() throws {
        let collector = MemoryCollector()
        let context = collector.context()
        let store = KeyValueStore<Bytes, Int64>(
            name: "s", key: .bytes, value: .int64, changelog: collector.changelog(context), context: context)
        var group = RestoredRecords()
        group.begin(Bytes([1, 0, 0, 0, 0, 0, 0, 0, 5, 2, 9]))
        group.append(keyStart: 0, keyCount: 1, valueStart: 1, valueCount: 8, timestamp: 3, offset: 70)
        group.append(keyStart: 9, keyCount: 1, valueStart: 10, valueCount: 1, timestamp: 3, offset: 71)
        #expect(throws: SerdeError.self) { try store.restore(&group) }
        #expect(group.offset == 71 && store.get(Bytes([1]))?.value == 5 && store.table.count == 1)
    }
}
