import KafkaProtocol
import Testing

@testable import Millrace

/// A window store on both engines against plain dictionaries, with changes, walks, flushes, commits, restarts and crashes at
/// random, while windows come and go.
@Suite(.enabled(if: hasRocksDB, "RocksDB is not installed (apt-get install librocksdb7.8)"))
struct WindowModelTests {
    typealias Row = (value: String, timestamp: Int64)
    static let retention: Int64 = 100

    /// The rows of each window.
    struct Model {
        var windows: [Int64: [String: Row]] = [:]
        var streamTime: Int64 = -1

        var limit: Int64 { streamTime - WindowModelTests.retention }

        mutating func set(_ key: String, _ start: Int64, _ row: Row?) {
            streamTime = max(streamTime, start)
            windows = windows.filter { $0.key > limit }
            if start > limit { windows[start, default: [:]][key] = row }
        }

        /// The rows by key and start.
        func rows(_ isWithin: (String) -> Bool, _ first: Int64, _ last: Int64) -> [String] {
            var found: [(key: String, start: Int64, row: Row)] = []
            for (start, rows) in windows where start >= first && start <= last {
                for (key, row) in rows where isWithin(key) { found.append((key, start, row)) }
            }
            found.sort { a, b in a.key == b.key ? a.start < b.start : KeyValueModelTests.isBefore(a.key, b.key) }
            return found.map { "\($0.key) \($0.start) \($0.row.value) \($0.row.timestamp)" }
        }
    }

    @Test(arguments: StoreEngine.allCases, 0..<12 as Range<UInt64>)
    func `a store does what plain dictionaries do`(_ engine: StoreEngine, _ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var subject = try StoreUnderTest(engine, .windows(retentionMs: Self.retention)) {
            WindowStore(
                name: "s", key: .string, value: .string, sizeMs: 20, retentionMs: Self.retention, changelog: $0, context: $1)
        }
        var model = Model()
        for time in 0..<3000 as Range<Int64> {
            let key = KeyValueModelTests.key(&random)
            let start = max(0, time / 2 - Int64.random(in: 0..<140, using: &random)) / 10 * 10
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<60:
                let value = Int.random(in: 0..<8, using: &random) == 0 ? nil : "\(time)"
                let isKept = start > max(model.streamTime, start) - Self.retention
                try subject.store.update(key, start: start, headers: []) { row in
                    if isKept { #expect(row?.value == model.windows[start]?[key]?.value) }
                    return (value, time)
                }
                model.set(key, start, value.map { ($0, time) })
            case 60..<75:
                let found = subject.store.get(key, start: start)
                #expect(found?.value == model.windows[start]?[key]?.value)
                #expect(found?.timestamp == model.windows[start]?[key]?.timestamp)
            case 75..<80:
                let found = Array(subject.store.rows(of: key, from: start, to: start + 60)).map(Self.text)
                #expect(found == model.rows({ $0 == key }, start, start + 60))
            case 80..<86: expectWalk(subject.store, model, &random)
            case 86..<93: try subject.store.flush()
            case 93..<97: try subject.commit()
            case 97..<98:
                try subject.commit()
                try subject.restart()
                model.streamTime = subject.store.streamTime
            case 98:
                try subject.commit()
                try subject.crash()
                model.streamTime = subject.store.streamTime
            default: #expect(subject.store.all.map(Self.text).sorted() == model.rows({ _ in true }, 0, .max).sorted())
            }
        }
        expectWalk(subject.store, model, &random)
        let families = (subject.store.disk?.starts ?? []).filter { $0 <= subject.store.limit }
        try subject.commit()
        #expect(families.allSatisfy { subject.store.disk?.starts.contains($0) == false })
    }

    static func text(_ row: WindowStore<String, String>.Row) -> String {
        "\(row.key.key) \(row.key.window.start) \(row.value) \(row.timestamp)"
    }

    private func expectWalk(_ store: WindowStore<String, String>, _ model: Model, _ random: inout SeededRandom) {
        let (bounds, isWithin) = KeyValueModelTests.bounds(&random)
        let first = Int64.random(in: -5..<1600, using: &random)
        let last = first + Int64.random(in: 0..<300, using: &random)
        let rows = store.rows(bounds, from: first, to: last)
        let wanted = model.rows(isWithin, first, last)
        #expect(Array(rows).map(Self.text) == wanted)
        #expect(Array(rows.reversed()).map(Self.text) == wanted.reversed())
    }
}
