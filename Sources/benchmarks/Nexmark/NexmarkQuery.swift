import KafkaProtocol
import Millrace

/// A query of the Nexmark benchmark.
struct NexmarkQuery: Sendable {
    /// Its name on the command line.
    let name: String
    let summary: String
    /// The events per second and core of Flink 1.13, as github.com/nexmark/nexmark publishes them: 100,000,000 events of a
    /// source within the process, on three machines of eight cores.
    let flinkRate: Double
    /// Which records of the output are its result.
    let kind: ResultKind
    /// Adds the query to a topology.
    let build: @Sendable (_ builder: StreamsBuilder, _ input: String, _ output: String) -> Void
    /// What must come out: a slow, obvious program over the same events.
    let expected: @Sendable (_ events: [NexmarkEvent]) throws -> [ResultRow]

    func topology(_ input: String, _ output: String) throws -> Topology {
        let builder = StreamsBuilder()
        build(builder, input, output)
        return try builder.build()
    }

    static let all: [NexmarkQuery] = [.q0, .q1, .q2, .q3, .q4, .q5, .q7, .q8, .q9, .q11, .q12]

    /// Records may come late by any time, as the partitions of the topic are read side by side: none is left out.
    static let grace = Duration.hours(24)
}

/// A record of a result.
struct ResultRow: Hashable, Sendable {
    let key: Bytes?
    let value: Bytes

    /// A row of a key and a value as these serdes write them.
    init<Key, Value>(_ key: Key, _ value: Value, by keys: Serde<Key>, _ values: Serde<Value>) throws {
        self.key = try keys.bytes(of: key)
        self.value = try values.bytes(of: value)
    }

    init(key: Bytes?, value: Bytes) {
        self.key = key
        self.value = value
    }
}

extension Checksum {
    init(of rows: [ResultRow]) {
        for row in rows {
            count += 1
            sum &+= row.value.withUnsafeBytes { value in
                row.key?.withUnsafeBytes { Self.hash(key: $0, value: value) } ?? Self.hash(key: nil, value: value)
            }
        }
    }
}

extension [NexmarkEvent] {
    var persons: [Person] { get throws { try compactMap { try $0.person } } }
    var auctions: [Auction] { get throws { try compactMap { try $0.auction } } }
    var bids: [Bid] { get throws { try compactMap { try $0.bid } } }
}

/// The start of the window of ten seconds that a time is in.
func tenSeconds(_ time: Int64) -> Int64 { time / 10_000 * 10_000 }
