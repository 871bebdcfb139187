import Foundation
import KafkaProtocol
import TakeOverTopology
import Testing

/// Compares what a part has written since the stop with what it had to write, as far as that is settled.
struct OutputComparison {
    enum Kind {
        /// The last row of each key: its value, and its time if that does not depend on which message came last.
        case latest(times: Bool)
        /// All records in their order, within a partition or within each key.
        case records(byKey: Bool)
        /// All records in any order: that of unmatched ones depends on when it is looked for them.
        case set
    }

    let topic: String
    let kind: Kind
    let expected: Recording.Expected

    init(_ part: Int) throws {
        topic = TakeOver.output(of: part)
        kind =
            switch part {
            case 1...6, 10...12: .latest(times: true)
            case 13, 14: .latest(times: false)
            case 8: .records(byKey: true)
            case 16, 17: .set
            default: .records(byKey: false)
            }
        expected = try #require(try Recording.shared.get().expected[topic])
    }

    func compare(_ written: [Recording.Entry], partition: Int) {
        let due = expected.partitions[partition]
        switch kind {
        case .latest(let times): compareLatest(written, due, times: times, partition)
        case .records(let byKey):
            let entries = due.map(\.entry).filter(isComparable)
            let written = written.filter(isComparable)
            guard byKey else { return expectEqual(written.map(line), entries.map(line), "partition \(partition)") }
            for key in Set(entries.map(\.key)).union(written.map(\.key)) {
                expectEqual(
                    written.filter { $0.key == key }.map(line), entries.filter { $0.key == key }.map(line),
                    "partition \(partition), key \(text(key))")
            }
        case .set:
            expectEqual(written.map(bare).sorted(), due.map(\.entry).map(bare).sorted(), "partition \(partition)")
        }
    }

    /// Each key ends with the row that it has to, and only keys that changed were written.
    private func compareLatest(_ written: [Recording.Entry], _ due: [Recording.Row], times: Bool, _ partition: Int) {
        var last: [Bytes?: Recording.Entry] = [:]
        for entry in written { last[entry.key] = entry }
        var keys: Set<Bytes?> = []
        for row in due {
            keys.insert(row.entry.key)
            // What was there before the stop may have been written again, deletions in vain may be left out.
            guard let found = last[row.entry.key] else {
                #expect(row.isBefore || row.entry.value == nil, "\(topic)-\(partition) \(text(row.entry.key)): not written")
                continue
            }
            #expect(found.value == row.entry.value, "\(topic)-\(partition) \(text(row.entry.key))")
            if times, row.entry.value != nil {
                #expect(found.timestamp == row.entry.timestamp, "\(topic)-\(partition) \(text(row.entry.key))")
            }
        }
        for entry in last.values where !keys.contains(entry.key) {
            #expect(entry.value == nil, "\(topic)-\(partition) \(text(entry.key)): not due")
        }
    }

    private func expectEqual(_ written: [String], _ due: [String], _ place: String) {
        guard written != due else { return }
        let at = zip(written, due).prefix { $0 == $1 }.count
        Issue.record(
            """
            \(topic), \(place): \(written.count) records, \(due.count) due; from \(at) on
            \(written.dropFirst(at).prefix(3).joined(separator: "\n")) in place of
            \(due.dropFirst(at).prefix(3).joined(separator: "\n"))
            """)
    }

    /// The JVM looks only at windows that are within the retention: it lacks those that began 110 s after the start.
    private func isComparable(_ entry: Recording.Entry) -> Bool {
        guard topic == "out-final", let key = entry.key, key.count >= 8 else { return true }
        var reader = ByteReader(key[(key.count - 8)..<key.count])
        return (try? reader.read(Int64.self)) != Recording.base + 110_000
    }

    private func line(_ entry: Recording.Entry) -> String {
        bare(entry) + entry.headers.map { " \($0.key):\(text($0.value))" }.joined()
    }

    private func bare(_ entry: Recording.Entry) -> String {
        "\(entry.timestamp - Recording.base) \(text(entry.key)) \(text(entry.value))"
    }

    private func text(_ bytes: Bytes?) -> String {
        guard let bytes else { return "null" }
        let isPlain = bytes.array.allSatisfy { (32..<127).contains($0) }
        return isPlain ? bytes.string : Data(bytes.array).base64EncodedString()
    }
}
