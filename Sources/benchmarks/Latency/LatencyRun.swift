import Foundation
import KafkaClient
import KafkaProtocol
import Millrace
import MillraceCommandLine
import Synchronization

/// One run of `benchmarks latency`.
struct LatencyRun: Sendable {
    /// The application's id, and what its topics begin with.
    let id: String
    let rate: Int
    let guarantee: ProcessingGuarantee
    let commitInterval: Duration
    /// Seconds before those that are measured, and these.
    let warmUp: Int
    let seconds: Int

    private static let partitions: Int32 = 4
    /// How long after the last record results are waited for.
    private static let patience = Duration.seconds(3)

    private var input: String { "\(id)-in" }
    private var output: String { "\(id)-out" }

    /// Runs the topology of `clicks` without a cache, feeds it by the schedule, and reads what it writes.
    func measure(_ client: KafkaClient) async throws -> LatencyFigures {
        let admin = AdminClient(client: client)
        try await admin.createTopics([
            NewTopic(input, partitions: Self.partitions), NewTopic(output, partitions: Self.partitions),
        ])
        let running = RunningTasks()
        let application = try StreamsApplication(
            Workload.clicks.topology([input], output),
            configuration: StreamsConfiguration(
                applicationID: id, guarantee: guarantee, commitInterval: commitInterval, cacheBytes: 0,
                observer: { running.note($0) }),
            client: client)
        let figures = try await withThrowingTaskGroup(of: LatencyFigures?.self) { group in
            group.addTask {
                try await application.run()
                return nil
            }
            group.addTask {
                // A task for each partition of the input and of the repartition topic.
                try await running.wait(for: 2 * Int(Self.partitions))
                return try await feed(client)
            }
            defer { group.cancelAll() }
            guard let figures = try await group.next() ?? nil else { throw CommandFailure("the engine has ended by itself") }
            application.stop()
            try await group.waitForAll()
            return figures
        }
        try await admin.deleteTopics(admin.listTopics().filter { $0.hasPrefix("\(id)-") })
        return figures
    }

    /// Writes the records by the schedule, and looks how old results are when a reader has them.
    private func feed(_ client: KafkaClient) async throws -> LatencyFigures {
        let schedule = ClickSchedule(
            start: Self.microseconds / 1000 + 100, rate: rate, count: rate * (warmUp + seconds))
        let results = Results(since: schedule.start + Int64(warmUp) * 1000)
        let cpuSeconds = ProcessTime.cpuSeconds
        let isSustained = try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await read(client, into: results)
                return false
            }
            group.addTask {
                let clicks = try await write(schedule, client)
                let deadline = ContinuousClock.now + Self.patience
                while results.count < clicks {
                    guard ContinuousClock.now < deadline else { return false }
                    try await Task.sleep(for: .milliseconds(10))
                }
                return true
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
        let used = ProcessTime.cpuSeconds - cpuSeconds
        let expected = try schedule.expected()
        let last = try await ResultReader(client: client).checksum(of: output, .lastPerKey)
        return LatencyFigures(
            rate: rate, guarantee: guarantee.rawValue, isSustained: isSustained, latencies: results.latencies,
            cores: used / Double(warmUp + seconds),
            isExact: last == expected.last
                && (guarantee == .exactlyOnce ? results.count == expected.results : results.count >= expected.results))
    }

    /// Writes each record when it is due, or as soon after that as can be. Returns how many of them are clicks.
    private func write(_ schedule: ClickSchedule, _ client: KafkaClient) async throws -> Int {
        let producer = Producer(client: client)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await producer.run() }
            let batches = BatchAccumulator(batchBytes: 65536)
            let slots = (0..<Self.partitions).map { batches.slot(topic: input, partition: $0) }
            var writer = ByteWriter(capacity: 256)
            var (written, clicks) = (0, 0)
            while written < schedule.count {
                let due = schedule.number(dueAt: Self.microseconds / 1000)
                while written < due {
                    writer.removeAll()
                    let keyCount = schedule.write(written, &writer)
                    if ClickSchedule.isClick(written) { clicks += 1 }
                    writer.withUnsafeBytes { bytes in
                        let key = UnsafeRawBufferPointer(rebasing: bytes[..<keyCount])
                        batches.append(
                            slots[Int(Partitioner.partition(forKey: key, count: Self.partitions))], timestamp: schedule.due(written),
                            key: key, value: UnsafeRawBufferPointer(rebasing: bytes[keyCount...]))
                    }
                    written += 1
                }
                try await producer.enqueue(batches.takeAll())
                try await Task.sleep(for: .milliseconds(1), tolerance: .zero)
            }
            try await producer.flush()
            await producer.close()
            return clicks
        }
    }

    private func read(_ client: KafkaClient, into results: Results) async throws {
        let consumer = Consumer(client: client, configuration: ConsumerConfiguration(isolation: .readCommitted))
        try consumer.assign(
            Dictionary(
                uniqueKeysWithValues: (0..<Self.partitions).map { (TopicPartition(topic: output, partition: $0), .earliest) }))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await consumer.run() }
            defer { group.cancelAll() }
            for try await fetched in consumer.batches { try results.note(fetched, at: Self.microseconds) }
        }
    }

    /// What the reader has had.
    private final class Results: Sendable {
        /// The time of the first click that is measured.
        private let since: Int64
        private let state = Mutex((count: 0, latencies: Latencies()))

        init(since: Int64) { self.since = since }

        var count: Int { state.withLock { $0.count } }
        var latencies: Latencies { state.withLock { $0.latencies } }

        func note(_ fetched: FetchedBatches, at microseconds: Int64) throws {
            try state.withLock { state in
                try fetched.forEachRecord { record in
                    state.count += 1
                    guard record.timestamp >= since else { return }
                    state.latencies.add(microseconds: microseconds - record.timestamp * 1000)
                }
            }
        }
    }

    /// Microseconds since the epoch.
    private static var microseconds: Int64 { Int64(Date().timeIntervalSince1970 * 1_000_000) }
}
