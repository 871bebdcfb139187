import KafkaProtocol
import Testing

@testable import Millrace

/// Versioned stores on both engines against a plain list of all versions, with flushes, commits, restarts and crashes at random, while
/// versions go out of the history kept.
@Suite(.enabled(if: hasRocksDB, "RocksDB is not installed (apt-get install librocksdb7.8)"))
struct VersionedModelTests {
    /// More than the least length of a segment, so that segments are dropped.
    static let retention: Int64 = 200_000

    struct Model {
        /// By key, in order of time; nil from when on there was nothing.
        var versions: [String: [(time: Int64, value: String?)]] = [:]
        var streamTime: Int64 = -1
        var limit: Int64 { streamTime - VersionedModelTests.retention }

        /// Whether it is the latest; nil if it is too old.
        mutating func put(_ key: String, _ value: String?, at time: Int64) -> Bool? {
            streamTime = max(streamTime, time)
            guard time >= limit else { return nil }
            var row = versions[key] ?? []
            row.removeAll { $0.time == time }
            row.append((time, value))
            row.sort { $0.time < $1.time }
            versions[key] = row
            return row.last?.time == time
        }

        func get(_ key: String, asOf time: Int64) -> String? {
            guard let row = versions[key], let place = row.lastIndex(where: { $0.time <= time }) else { return nil }
            let next = place + 1 < row.count ? row[place + 1].time : nil
            guard let value = row[place].value, next == nil || time >= limit else { return nil }
            return "\(value) \(row[place].time) \(next ?? -1)"
        }
    }

    @Test(arguments: StoreEngine.allCases, 0..<12 as Range<UInt64>)
    func `a versioned store does what a list of all versions does`(_ engine: StoreEngine, _ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var subject = try StoreUnderTest(engine, .versions(retentionMs: Self.retention)) { changelog, _ in
            VersionedStore<String, String>(
                name: "s", key: .string, value: .string, retentionMs: Self.retention, changelog: changelog)
        }
        var model = Model()
        for number in 0..<3000 as Range<Int64> {
            let key = TimedModelTests.key(&random)
            let time = max(0, number * 500 - Int64.random(in: 0..<260_000, using: &random)) / 10_000 * 10_000
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<60:
                let value = Int.random(in: 0..<4, using: &random) == 0 ? nil : "\(number)"
                let isLatest = model.put(key, value, at: time)
                #expect(try subject.store.put(key, value, timestamp: time) == isLatest)
            case 60..<85:
                let found = subject.store.get(key, asOf: time)
                #expect(found.map { "\($0.value) \($0.timestamp) \($0.validTo ?? -1)" } == model.get(key, asOf: time))
                let latest = subject.store.get(key)
                #expect(latest.map { "\($0.value) \($0.timestamp) \($0.validTo ?? -1)" } == model.get(key, asOf: .max))
            case 85..<96: try subject.commit()
            default:
                try subject.commit()
                if Bool.random(using: &random) { try subject.restart() } else { try subject.crash() }
                #expect(subject.store.rows.streamTime == model.streamTime)
            }
        }
    }

    @Test func `on disk there is what the history has, and the latest version of each key`() throws {
        var subject = try StoreUnderTest(.rocksDB, .versions(retentionMs: Self.retention)) { changelog, _ in
            VersionedStore<String, String>(
                name: "s", key: .string, value: .string, retentionMs: Self.retention, changelog: changelog)
        }
        let step = Self.retention / 10
        for number in 0..<1000 as Range<Int64> {
            // Of each ten keys nine are deleted again.
            _ = try subject.store.put("key \(number)", "value", timestamp: number * step)
            if number % 10 > 0 { _ = try subject.store.put("key \(number)", nil, timestamp: number * step + 1) }
            if number % 50 == 0 { try subject.commit() }
        }
        try subject.commit()
        try subject.restart()
        try subject.commit()
        let rows = try #require(subject.store.rows.disk).rowCount
        // The latest ones, and of up to three segments of half the retention the deleted ones and their deletions.
        #expect((100...140).contains(rows))
    }
}
