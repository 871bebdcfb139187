import Foundation
import KafkaClient
import KafkaProtocol

/// What a Java application of the topology left in its topics when it was stopped halfway through its input, what came
/// after that, and what had to be in its output in the end. `Tests/TakeOver/README.md` tells the files' form.
struct Recording: Sendable {
    struct Entry: Sendable, Hashable {
        var timestamp: Int64
        var key: Bytes?
        var value: Bytes?
        var headers: [RecordHeader]
    }

    struct Topic: Sendable {
        var configs: [String: String]
        /// The records by partition, in order. Their offsets were others: transactions leave gaps.
        var partitions: [[Entry]]
    }

    /// What an output topic has to have.
    struct Expected: Sendable {
        /// Whether only the last row of each key counts.
        var isLatest: Bool
        var partitions: [[Row]]
    }

    struct Row: Sendable {
        var entry: Entry
        /// Whether it was written before the stop.
        var isBefore: Bool
    }

    /// Event time 0 of the files.
    static let base: Int64 = 1_795_780_800_000

    /// The inputs before and after the stop, by topic, by partition.
    let firstHalf: [String: [[Entry]]]
    let secondHalf: [String: [[Entry]]]
    /// The application's own topics at the stop.
    let topics: [String: Topic]
    /// The committed metadata. The offsets are the ends of the partitions.
    let metadata: [TopicPartition: String]
    let expected: [String: Expected]

    static let shared = Result { try Recording() }

    private init() throws {
        firstHalf = try Self.inputs("first-half")
        secondHalf = try Self.inputs("second-half")
        var topics: [String: Topic] = [:]
        var name = ""
        for line in try Self.lines("topics") {
            switch line[0] {
            case "#":
                name = line[1]
                let configs = line[2...].map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
                topics[name] = Topic(
                    configs: Dictionary(uniqueKeysWithValues: configs.map { ($0[0], $0[1]) }), partitions: [])
            case "@": topics[name]?.partitions.append([])
            default:
                let last = (topics[name]?.partitions.count ?? 0) - 1
                topics[name]?.partitions[last].append(try Self.entry(line[1...]))
            }
        }
        self.topics = topics
        metadata = Dictionary(
            uniqueKeysWithValues: try Self.lines("offsets").map {
                (TopicPartition($0[0], try Self.number($0[1])), $0[3])
            })
        var expected: [String: Expected] = [:]
        var partition = 0
        for line in try Self.lines("expected") {
            if line[0] == "#" {
                name = line[1]
                partition = try Self.number(line[3])
                if expected[name] == nil {
                    expected[name] = Expected(isLatest: line[2] == "latest", partitions: [[], [], []])
                }
            } else {
                expected[name]?.partitions[partition].append(
                    Row(entry: try Self.entry(line[1...]), isBefore: line[0] == "before"))
            }
        }
        self.expected = expected
    }

    private static func inputs(_ name: String) throws -> [String: [[Entry]]] {
        var inputs: [String: [[Entry]]] = [:]
        for line in try lines(name) {
            inputs[line[0], default: [[], [], []]][try number(line[1])].append(try entry(line[2...]))
        }
        return inputs
    }

    private static func lines(_ name: String) throws -> [[String]] {
        guard let url = Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "tsv") else {
            throw Malformed("no file \(name)")
        }
        return try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
            .map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
    }

    /// Timestamp, key, value, headers.
    private static func entry(_ fields: ArraySlice<String>) throws -> Entry {
        let fields = Array(fields)
        return Entry(
            timestamp: base + (try number(fields[0])), key: try bytes(fields[1]), value: try bytes(fields[2]),
            headers: try fields[3...].map {
                let parts = $0.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                return RecordHeader(key: parts[0], value: try bytes(parts[1]))
            })
    }

    private static func bytes(_ field: String) throws -> Bytes? {
        if field == "~" { return nil }
        guard field.hasPrefix("=") else { return Bytes(utf8: field) }
        guard let data = Data(base64Encoded: String(field.dropFirst())) else { throw Malformed(field) }
        return Bytes(data)
    }

    private static func number<Number: FixedWidthInteger>(_ field: String) throws -> Number {
        guard let number = Number(field) else { throw Malformed(field) }
        return number
    }

    struct Malformed: Error {
        let text: String
        init(_ text: String) { self.text = text }
    }
}
