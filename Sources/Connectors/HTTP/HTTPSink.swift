public import MillraceHTTP
public import KafkaNetwork
public import KafkaProtocol

/// Sends records to a service over HTTP, some in each request. At least once: a request that got no answer is sent again, and so is
/// what was not committed before a crash. Headers say which records a request has (`Kafka-Topic`, `Kafka-Partition`,
/// `Kafka-First-Offset`, `Kafka-Last-Offset`), so that the service can leave out what it has.
///
/// A request without an answer, and one answered with 408, 429 or 500 and above, is repeated with pauses of up to ten seconds, until
/// these come to `patience`; other answers but 2xx end the sink with an `HTTPSinkFault`.
public struct HTTPSink: RecordSink {
    private let address: NetworkAddress
    private let target: String
    private let headers: [HTTPField]
    private let batchRecords: Int
    private let patience: Duration
    private let client: HTTPClient
    private let body: @Sendable (_ records: [SinkRecord], _ partition: TopicPartition) throws -> Bytes
    /// Waits, for tests not at all.
    var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

    /// A sink that posts to `target`, already encoded, such as `/ingest?x=1`.
    /// - Parameters:
    ///   - headers: Fields beside those that say which records there are, such as `Authorization`.
    ///   - batchRecords: How many records a request has at most.
    ///   - patience: How long the pauses of a request that is repeated are together.
    ///   - client: Has the time limit of a request and TLS.
    ///   - body: Makes the body of a request; by default the values, each with a line feed (`application/x-ndjson` if they are JSON).
    public init(
        _ address: NetworkAddress, target: String,
        headers: [HTTPField] = [HTTPField("Content-Type", "application/x-ndjson")], batchRecords: Int = 500,
        patience: Duration = .seconds(300), client: HTTPClient = HTTPClient(),
        body: @escaping @Sendable (_ records: [SinkRecord], _ partition: TopicPartition) throws -> Bytes = { records, _ in
            var writer = ByteWriter(capacity: 64 << 10)
            for record in records {
                record.value?.withUnsafeBytes { writer.write(raw: $0) }
                writer.write(UInt8(ascii: "\n"))
            }
            return writer.finish()
        }
    ) {
        self.address = address
        self.target = target
        self.headers = headers
        self.batchRecords = max(batchRecords, 1)
        self.patience = patience
        self.client = client
        self.body = body
    }

    public mutating func open(_ partition: TopicPartition) async throws -> Int64? { nil }

    public mutating func write(_ records: [SinkRecord], of partition: TopicPartition) async throws -> Int64? {
        var start = 0
        while start < records.count {
            let end = min(start + batchRecords, records.count)
            try await send(Array(records[start..<end]), of: partition)
            start = end
        }
        return records.last.flatMap { $0.offset < .max ? $0.offset + 1 : nil }
    }

    private func send(_ records: [SinkRecord], of partition: TopicPartition) async throws {
        guard let first = records.first?.offset, let last = records.last?.offset else { return }
        let place = [
            HTTPField("Kafka-Topic", partition.topic), HTTPField("Kafka-Partition", "\(partition.partition)"),
            HTTPField("Kafka-First-Offset", "\(first)"), HTTPField("Kafka-Last-Offset", "\(last)"),
        ]
        let body = try body(records, partition)
        var pause = Duration.milliseconds(100)
        var waited = Duration.zero
        while true {
            let trouble: String
            do {
                let answer = try await client.send("POST", target, to: address, headers: headers + place, body: body)
                switch answer.status {
                case 200..<300: return
                case 408, 429, 500...: trouble = "the answer is \(answer.status)"
                default:
                    let words = String(answer.body.string.prefix(200))
                    throw HTTPSinkFault("\(address)\(target) refuses \(partition) from \(first) to \(last): \(answer.status) \(words)")
                }
            } catch let error as NetworkError {
                trouble = "\(error)"
            }
            guard waited < patience else {
                throw HTTPSinkFault("\(address)\(target) has not taken \(partition) from \(first) to \(last) in \(patience): \(trouble)")
            }
            try await sleep(pause)
            waited += pause
            pause = min(pause * 2, .seconds(10))
        }
    }
}

/// Why a service did not take records, in words.
public struct HTTPSinkFault: Error, Sendable, CustomStringConvertible {
    /// The words.
    public let description: String

    init(_ description: String) { self.description = description }
}
