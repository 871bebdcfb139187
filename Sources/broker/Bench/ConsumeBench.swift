import KafkaClient
import KafkaProtocol
import MillraceCommandLine

/// One `broker bench consume`.
struct ConsumeBench: Sendable {
    let topic: String
    let limit: Int
    let console: Console

    func run(_ client: KafkaClient) async throws -> BenchResult {
        let partitions = try await client.existingPartitions(of: topic)
        let admin = AdminClient(client: client)
        let starts = try await admin.listOffsets(Dictionary(uniqueKeysWithValues: partitions.map { ($0, .earliest) }))
        let ends = try await admin.listOffsets(Dictionary(uniqueKeysWithValues: partitions.map { ($0, .latest) }))
            .mapValues { $0.offset }.filter { $0.value > starts[$0.key]?.offset ?? 0 }
        let available = ends.reduce(0) { sum, end in
            sum.saturatingAdd(Int(end.value.saturatingSubtract(starts[end.key]?.offset ?? 0)))
        }
        guard available > 0 else { throw CommandFailure("topic \(topic) is empty") }
        guard limit == .max || limit <= available else {
            throw CommandFailure("topic \(topic) has \(Figures.count(available)) records only")
        }
        let consumer = Consumer(client: client)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            let cpuBefore = ProcessTime.cpuSeconds
            let started = ContinuousClock.now
            try consumer.assign(ends.mapValues { _ in .earliest })
            group.addTask { try await consumer.run() }
            let (records, bytes) = try await read(consumer, ends, expected: min(limit, available), started: started)
            return BenchResult(
                records: records, bytes: bytes, seconds: (ContinuousClock.now - started) / .seconds(1),
                cpuSeconds: ProcessTime.cpuSeconds - cpuBefore, latencies: nil)
        }
    }

    /// Reads `expected` records, or as many as there are before `ends`: transactions and compaction leave gaps.
    private func read(
        _ consumer: Consumer, _ ends: [TopicPartition: Int64], expected: Int, started: ContinuousClock.Instant
    ) async throws -> (records: Int, bytes: Int) {
        let progress = ProgressReport("reading", on: console)
        defer { progress.finish() }
        var count = 0
        var bytes = 0
        for try await fetched in consumer.batches(upTo: ends) {
            for batch in fetched.batches {
                var records = try batch.records()
                while count < expected, let record = try records.nextPosition() {
                    guard record.offset >= fetched.position else { continue }
                    count += 1
                    bytes += records.withUnsafeKeyAndValue(of: record) { ($0?.count ?? 0) + ($1?.count ?? 0) }
                }
            }
            if count >= expected { break }
            let seen = count
            progress.update(
                fraction: Double(seen) / Double(expected), "\(Figures.rate(seen, in: .now - started)) records per second")
        }
        return (count, bytes)
    }
}
