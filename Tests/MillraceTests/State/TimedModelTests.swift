import KafkaProtocol
import Testing

@testable import Millrace

/// Stores of sessions and of join records on both engines against plain lists, with changes, walks, flushes, commits, restarts and
/// crashes at random, while entries go out of retention.
@Suite(.enabled(if: hasRocksDB, "RocksDB is not installed (apt-get install librocksdb7.8)"))
struct TimedModelTests {
    /// More than the least length of a segment, so that segments are dropped.
    static let retention: Int64 = 200_000

    /// Entries by key and time, as text.
    struct Model {
        var entries: [(key: String, time: EntryTime, text: String)] = []
        var streamTime: Int64 = -1
        var limit: Int64 { streamTime - TimedModelTests.retention }

        mutating func set(_ key: String, _ time: EntryTime, _ text: String?) {
            streamTime = max(streamTime, time.time)
            let limit = limit
            entries.removeAll { $0.time.time <= limit || ($0.key == key && $0.time == time) }
            if let text, time.time > limit { entries.append((key, time, text)) }
        }

        /// The entries that `isWanted`, by key and time.
        func rows(_ isWanted: (String, EntryTime) -> Bool) -> [String] {
            entries.filter { isWanted($0.key, $0.time) }
                .sorted { a, b in a.key == b.key ? a.time < b.time : KeyValueModelTests.isBefore(a.key, b.key) }.map(\.text)
        }
    }

    @Test(arguments: StoreEngine.allCases, 0..<12 as Range<UInt64>)
    func `a store of sessions does what a list does`(_ engine: StoreEngine, _ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var subject = try StoreUnderTest(engine, .entries(.sessions, retentionMs: Self.retention)) {
            TimedStore(
                name: "s", key: .string, value: .string, layout: .sessions, retentionMs: Self.retention, changelog: $0,
                context: $1)
        }
        var model = Model()
        for number in 0..<2000 as Range<Int64> {
            let key = Self.key(&random)
            let end = max(0, number * 500 - Int64.random(in: 0..<260_000, using: &random)) / 10_000 * 10_000
            let window = Window(start: max(0, end - Int64.random(in: 0..<3, using: &random) * 1000), end: end)
            let time = EntryTime(end, window.start)
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<60:
                // What has the largest time stays: a changelog does not tell the time of what was deleted.
                let isDeleted = end < model.streamTime && Int.random(in: 0..<5, using: &random) == 0
                let value = isDeleted ? nil : "\(number)"
                try subject.store.put(key, window, value, timestamp: end, headers: [])
                model.set(key, time, value.map { Self.text(key, window, $0) })
            case 60..<70:
                let found = subject.store.get(key, window).map { Self.text(key, window, $0.value) }
                #expect(found == model.rows { $0 == key && $1 == time }.first)
            case 70..<80:
                let found = subject.store.sessions(of: key, earliestEnd: end, latestStart: end + 5000)
                #expect(
                    found.map { Self.text(key, $0.window, $0.value) }
                        == model.rows { $0 == key && $1.time >= end && $1.rank <= end + 5000 })
            case 80..<87:
                let (bounds, isWithin) = Self.bounds(&random)
                let rows = subject.store.rows(bounds, from: EntryTime(end, .min), through: .last(of: end + 80_000))
                let wanted = model.rows { isWithin($0) && $1.time >= end && $1.time <= end + 80_000 }
                func text(_ row: TimedStore<String, String>.Row) -> String { Self.text(row.key.key, row.key.window, row.value) }
                #expect(Array(rows).map(text) == wanted)
                #expect(Array(rows.reversed()).map(text).sorted() == wanted.sorted())
            case 87..<96: try subject.commit()
            default:
                try subject.commit()
                if Bool.random(using: &random) { try subject.restart() } else { try subject.crash() }
                #expect(subject.store.rows.streamTime == model.streamTime)
            }
        }
    }

    @Test(arguments: StoreEngine.allCases, 0..<8 as Range<UInt64>)
    func `a store of join records does what a list does`(_ engine: StoreEngine, _ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var subject = try StoreUnderTest(engine, .entries(.records, retentionMs: Self.retention)) {
            JoinWindowStore(
                name: "s", key: .string, value: .string, sizeMs: 1000, retentionMs: Self.retention, changelog: $0, context: $1)
        }
        var model = Model()
        for number in 0..<2000 as Range<Int64> {
            let key = Self.key(&random)
            let time = max(0, number * 500 - Int64.random(in: 0..<260_000, using: &random)) / 10_000 * 10_000
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<60:
                try subject.store.put(key, "\(number)", timestamp: time)
                model.set(key, EntryTime(time, number), "\(key) \(time) \(number)")
            case 60..<80:
                var found: [String] = []
                subject.store.forEach(key, from: time, to: time + 90_000) { found.append("\(key) \($0) \($1)") }
                #expect(found == model.rows { $0 == key && $1.time >= time && $1.time <= time + 90_000 })
            case 80..<87:
                let (bounds, isWithin) = Self.bounds(&random)
                let found = subject.store.rows(bounds, from: time, to: time + 80_000)
                    .map { "\($0.key.key) \($0.timestamp) \($0.value)" }
                #expect(found == model.rows { isWithin($0) && $1.time >= time && $1.time <= time + 80_000 })
            case 87..<96: try subject.commit()
            default:
                try subject.commit()
                let sequence = subject.store.sequence
                if Bool.random(using: &random) { try subject.restart() } else { try subject.crash() }
                #expect(subject.store.sequence == sequence)
            }
        }
    }

    /// Some begin with others, and some have zeros in them.
    static func key(_ random: inout SeededRandom) -> String {
        let number = Int.random(in: 0..<150, using: &random)
        return String(repeating: "k", count: number % 3) + String(repeating: "\0", count: number % 2) + "\(number / 6)"
    }

    static func bounds(_ random: inout SeededRandom) -> (RowBounds, (String) -> Bool) {
        switch Int.random(in: 0..<3, using: &random) {
        case 0: return (RowBounds(), { _ in true })
        case 1:
            let prefix = Bytes(utf8: ["k", "kk", "k\0", "\0", "1"][Int.random(in: 0..<5, using: &random)])
            return (RowBounds(prefix: prefix), { $0.utf8.starts(with: prefix.array) })
        default:
            let (first, last) = (Bytes(utf8: key(&random)), Bytes(utf8: key(&random)))
            return (RowBounds(from: first, through: last), { !(Bytes(utf8: $0) < first) && !(last < Bytes(utf8: $0)) })
        }
    }

    static func text(_ key: String, _ window: Window, _ value: String) -> String {
        "\(key) \(window.start) \(window.end) \(value)"
    }
}
