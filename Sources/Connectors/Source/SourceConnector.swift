public import KafkaClient
import KafkaProtocol

/// Writes what a source brings to a topic, each record once: Kafka Connect's source connector with exactly-once support (KIP-618),
/// inside the program.
///
/// ```swift
/// let connector = SourceConnector("access-log", from: FileSource("/var/log/access.log", follows: true), to: "access-log")
/// try await connector.run(client)
/// ```
/// Records and position are written in one transaction, under the transactional id `connector-` and the name: of two
/// connectors of one name the later one goes on, and the other ends with a fatal `KafkaError`. Readers use `read_committed`.
public struct SourceConnector<Source: RecordSource>: Sendable {
    /// The name, by which the position is found again.
    public let name: String
    /// The topic that the records go to.
    public let topic: String
    /// The compacted topic that has the positions of connectors, by name; it is made if it is not there.
    public let positionsTopic: String
    private let make: @Sendable () -> Source
    private let report: @Sendable (String) -> Void

    /// A connector from `source`, which is made anew whenever the connector begins, to `topic`. `report` is told what is waited for.
    public init(
        _ name: String, from source: @autoclosure @escaping @Sendable () -> Source, to topic: String, positionsTopic: String = "connector-positions",
        report: @escaping @Sendable (_ line: String) -> Void = { _ in }
    ) {
        self.name = name
        make = source
        self.topic = topic
        self.positionsTopic = positionsTopic
        self.report = report
    }

    /// Runs until the source ends or the task is cancelled.
    ///
    /// Faults of the cluster that pass are waited out, with pauses of up to 30 seconds, and `report` is told. Throws what the
    /// source throws, `KafkaError` for faults that do not pass, and `CancellationError`.
    public func run(_ client: KafkaClient) async throws {
        let positions = SourcePositions(topic: positionsTopic, client: client)
        var pause = Duration.milliseconds(250)
        while true {
            do {
                try await positions.makeTopic()
                return try await session(client, positions) { pause = .milliseconds(250) }
            } catch let error as KafkaError where !error.isFatal && error.isRetriable {
                report("connector \(name) goes on in \(pause): \(error)")
                try await Task.sleep(for: pause)
                pause = min(pause * 2, .seconds(30))
            }
        }
    }

    /// From the last position that counts on: what failed before is settled with the transactional id.
    private func session(
        _ client: KafkaClient, _ positions: SourcePositions, _ wrote: () -> Void
    ) async throws {
        let producer = Producer(
            client: client, configuration: ProducerConfiguration(transactionalID: "connector-\(name)"))
        async let sending: Void = producer.run()
        let result: Result<Void, any Error>
        do {
            try await producer.initTransactions()
            var source = make()
            try await source.start(after: try await positions.last(of: name))
            while let batch = try await source.next() {
                try await producer.withTransaction { producer in
                    for record in batch.records {
                        try await producer.enqueue(
                            ProducerRecord(
                                topic: topic, timestamp: record.timestamp, key: record.key, value: record.value,
                                headers: record.headers))
                    }
                    try await producer.enqueue(positions.record(of: name, batch.position))
                }
                wrote()
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await producer.close()
        await sending
        try result.get()
    }
}
