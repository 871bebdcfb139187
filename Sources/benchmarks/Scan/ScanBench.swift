import KafkaProtocol
import Millrace
import MillraceTesting
import Synchronization

/// Fills a processor's stores with the first record, and reads from them with the second, after the commit of the first.
struct ScanBench: Sendable {
    /// The rows of each store, a multiple of `windows`.
    let rows: Int

    /// The windows of each key in the window store, each of a second.
    static let windows = 100

    func run() throws -> [ScanFigures] {
        let results = Results()
        let builder = StreamsBuilder()
        _ = builder.stream("scan", key: .int64, value: .int64)
            .process(
                key: .int64, value: .int64,
                stores: [
                    .keyValue("table", key: Serde.int64, value: Serde.int64, logged: false),
                    .window(
                        "windows", size: .seconds(1), retention: .seconds(3600), key: Serde.int64, value: Serde.int64,
                        logged: false),
                ]
            ) { Scanner(rows: rows, results: results) }
        let driver = try TopologyTestDriver(builder.build())
        let input: TestInputTopic<Int64, Int64> = try driver.inputTopic("scan")
        for number: Int64 in 0..<2 { try input.pipe(number, number, timestamp: number) }
        try driver.close()
        return results.figures.withLock { $0 }
    }

    final class Results: Sendable {
        let figures = Mutex<[ScanFigures]>([])
    }

    /// A sum over rows that depends on their order.
    struct RowSum: Equatable {
        var count = 0
        var sum: UInt64 = 0

        mutating func add(_ key: Int64, start: Int64 = 0, _ value: Int64) {
            count += 1
            let row = UInt64(bitPattern: key) &* 0x100_0000_01b3 ^ UInt64(bitPattern: start) ^ UInt64(bitPattern: value)
            sum = sum &* 31 &+ row
        }
    }

    private struct Scanner: Processor {
        let rows: Int
        let results: Results
        var table: StateTable<Int64, Int64>?
        var windows: StateWindows<Int64, Int64>?

        mutating func start(_ context: ProcessorContext<Int64, Int64>) throws {
            table = try context.keyValueStore("table")
            windows = try context.windowStore("windows")
        }

        func process(_ record: Record<Int64, Int64>, _ context: ProcessorContext<Int64, Int64>) throws {
            guard let table, let windows else { return }
            if record.key == 0 { try fill(table, windows) } else { try scan(table, windows) }
        }

        private func fill(_ table: StateTable<Int64, Int64>, _ windows: StateWindows<Int64, Int64>) throws {
            for i in 0..<rows {
                // The factor is prime to their number, so that each row comes once.
                let row = Int64(i * 7919 % rows)
                let (key, window) = row.quotientAndRemainder(dividingBy: Int64(ScanBench.windows))
                try table.put(row, value(row))
                try windows.put(key, value(row), start: window * 1000)
            }
        }

        private func value(_ row: Int64) -> Int64 { Int64(bitPattern: SplitMix.mix(UInt64(bitPattern: row))) }

        private func scan(_ table: StateTable<Int64, Int64>, _ windows: StateWindows<Int64, Int64>) throws {
            try measure("first range", calls: 1, of: 1, from: rows) { first, sum in
                for row in try table.range(from: first, to: first) { sum.add(row.key, row.value) }
            } expected: { first, sum in
                sum.add(first, value(first))
            }
            for length: Int64 in [1, 100] {
                try measure("range", of: Int(length), from: rows - Int(length) + 1) { first, sum in
                    for row in try table.range(from: first, to: first + length - 1) { sum.add(row.key, row.value) }
                } expected: { first, sum in
                    for row in first..<first + length { sum.add(row, value(row)) }
                }
            }
            // Seven of the eight bytes of a key.
            try measure("prefix", of: 256, from: rows / 256) { block, sum in
                let prefix = try Serde.int64.bytes(of: block << 8)[0..<7]
                for row in try table.prefix(prefix, .bytes) { sum.add(row.key, row.value) }
            } expected: { block, sum in
                for row in block << 8..<(block + 1) << 8 { sum.add(row, value(row)) }
            }
            let (count, keys) = (Int64(ScanBench.windows), rows / ScanBench.windows)
            try measure("fetch, 10 windows of a key", of: 10, from: keys) { key, sum in
                let first = key % (count - 9)
                for (start, row) in windows.fetch(key, from: first * 1000, to: (first + 9) * 1000) {
                    sum.add(key, start: start, row.value)
                }
            } expected: { key, sum in
                let first = key % (count - 9)
                for window in first..<first + 10 { sum.add(key, start: window * 1000, value(key * count + window)) }
            }
            try measure("fetch, all windows of 10 keys", of: 10 * Int(count), from: keys - 9) { key, sum in
                for row in try windows.fetch(from: key, to: key + 9, from: 0, to: .max) {
                    sum.add(row.key.key, start: row.key.window.start, row.value)
                }
            } expected: { key, sum in
                for row in key * count..<(key + 10) * count {
                    sum.add(row / count, start: row % count * 1000, value(row))
                }
            }
            try measure("fetchAll, a window", of: keys, from: Int(count)) { window, sum in
                for row in try windows.fetchAll(from: window * 1000, to: window * 1000) {
                    sum.add(row.key.key, start: row.key.window.start, row.value)
                }
            } expected: { window, sum in
                for key in 0..<Int64(keys) { sum.add(key, start: window * 1000, value(key * count + window)) }
            }
        }

        /// Calls `read`, which returns `length` rows, with places below `bound`, and compares with what `expected` says of them.
        private func measure(
            _ name: String, calls: Int? = nil, of length: Int, from bound: Int,
            _ read: (Int64, inout RowSum) throws -> Void, expected: (Int64, inout RowSum) -> Void
        ) throws {
            let calls = calls ?? max(1, min(rows / 5, 2 * rows / length))
            let random = SplitMix(seed: 9)
            let places = (0..<calls).map { Int64(SplitMix.bounded(random[UInt64($0)], UInt64(bound))) }
            var sum = RowSum()
            let start = ProcessUsage.clock
            for place in places { try read(place, &sum) }
            let time = Double(ProcessUsage.clock - start)
            var right = RowSum()
            for place in places { expected(place, &right) }
            let fault =
                sum == right
                ? nil : "\(sum.count) rows, sum \(hexadecimal(sum.sum)), not \(right.count), \(hexadecimal(right.sum))"
            let figures = ScanFigures(
                read: name, calls: calls, rows: sum.count, nanosecondsPerCall: time / Double(calls),
                nanosecondsPerRow: time / Double(max(1, sum.count)), fault: fault)
            results.figures.withLock { $0.append(figures) }
        }
    }
}
