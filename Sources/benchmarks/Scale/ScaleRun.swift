import Foundation
import KafkaClient
import KafkaProtocol
import Millrace
import MillraceCommandLine
import Synchronization

/// One run of `benchmarks scale`.
struct ScaleRun: Sendable {
    /// The application's id, and what its topics begin with.
    let id: String
    let tasks: Int
    let guarantee: ProcessingGuarantee
    let records: Int
    /// Records a second; 0 for all before the start.
    let rate: Int
    let commitInterval: Duration

    private static let outputPartitions: Int32 = 8
    private static let keys = 1000

    private var input: String { "\(id)-in" }
    private var output: String { "\(id)-out" }

    private func topology() throws -> Topology {
        let builder = StreamsBuilder()
        builder.stream(input, key: .int64, value: .bytes).groupByKey().count(.as("counts")).toStream().to(output)
        return try builder.build()
    }

    /// Runs the topology over all records. `server` is the broker, if it is another process.
    func measure(_ client: KafkaClient, _ server: WireServer?) async throws -> ScaleFigures {
        try await AdminClient(client: client).createTopics([
            NewTopic(input, partitions: Int32(tasks)), NewTopic(output, partitions: Self.outputPartitions),
        ])
        if rate == 0 { try await write(client) }
        let transport = CountingTransport(client.transport)
        let marks = Marks()
        let application = try StreamsApplication(
            topology(),
            configuration: StreamsConfiguration(
                applicationID: id, guarantee: guarantee, commitInterval: commitInterval, cacheBytes: 0, exitsWhenIdle: rate == 0,
                observer: { marks.note($0) }),
            client: KafkaClient(transport: transport, clientID: id, allowsTopicCreation: false))
        let begin = Moment(server)
        var paced: (begin: Moment, latencies: Latencies)?
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            defer { group.cancelAll() }
            if rate > 0 {
                try await marks.running.wait(for: tasks)
                let start = Moment(server)
                async let latencies = read(client)
                try await write(client)
                paced = (start, try await latencies)
                application.stop()
            }
            try await group.next()
        }
        let end = Moment(server)
        let start = paced?.begin ?? begin
        let written = try await ResultReader(client: client).checksum(of: output, .allRecords).count
        return ScaleFigures(
            tasks: tasks, guarantee: guarantee.rawValue, records: records,
            seconds: Double(end.nanoseconds - start.nanoseconds) / 1e9, cpuSeconds: end.cpuSeconds - start.cpuSeconds,
            brokerCPUSeconds: server == nil ? nil : end.brokerCPUSeconds - start.brokerCPUSeconds, commits: marks.commits,
            transactions: transport.transactions, requests: transport.requests,
            latencyMilliseconds: paced.map { paced in [0.5, 0.99, 1].map { paced.latencies.milliseconds(of: $0) } },
            isExact: written == records)
    }

    private struct Moment {
        let nanoseconds = ProcessUsage.clock
        let cpuSeconds = ProcessTime.cpuSeconds
        let brokerCPUSeconds: Double

        init(_ server: WireServer?) { brokerCPUSeconds = server?.cpuSeconds ?? 0 }
    }

    /// Writes all records to the partitions in turn: at once, or some every ten milliseconds.
    private func write(_ client: KafkaClient) async throws {
        let producer = Producer(client: client)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await producer.run() }
            let batches = BatchAccumulator(batchBytes: 65536)
            let slots = (0..<tasks).map { batches.slot(topic: input, partition: Int32($0)) }
            let begin = ProcessUsage.clock
            var written = 0
            while written < records {
                let due = rate == 0 ? min(records, written + 10_000) : (ProcessUsage.clock - begin) * rate / 1_000_000_000
                let now = Int64(Date().timeIntervalSince1970 * 1000)
                while written < min(due, records) {
                    let key = Int64(written % Self.keys).bigEndian
                    withUnsafeBytes(of: key) { key in
                        batches.append(slots[written % tasks], timestamp: now, key: key, value: key)
                    }
                    written += 1
                }
                try await producer.enqueue(rate == 0 ? batches.takeFull() : batches.takeAll())
                if rate > 0 { try await Task.sleep(for: .milliseconds(10)) }
            }
            try await producer.enqueue(batches.takeAll())
            try await producer.flush()
            await producer.close()
        }
    }

    /// Reads as many results as there are records, and notes how old they are.
    private func read(_ client: KafkaClient) async throws -> Latencies {
        let consumer = Consumer(
            client: client,
            configuration: ConsumerConfiguration(isolation: guarantee == .exactlyOnce ? .readCommitted : .readUncommitted))
        try consumer.assign(
            Dictionary(
                uniqueKeysWithValues: (0..<Self.outputPartitions).map { (TopicPartition(topic: output, partition: $0), .earliest) }))
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await consumer.run() }
            defer { group.cancelAll() }
            var latencies = Latencies()
            for try await fetched in consumer.batches {
                let now = Int64(Date().timeIntervalSince1970 * 1000)
                try fetched.forEachRecord { latencies.add(microseconds: (now - $0.timestamp) * 1000) }
                if latencies.count >= records { break }
            }
            return latencies
        }
    }

    /// What the application has told.
    private final class Marks: Sendable {
        let running = RunningTasks()
        private let committed = Atomic(0)

        var commits: Int { committed.load(ordering: .relaxed) }

        func note(_ event: StreamsEvent) {
            running.note(event)
            if case .committed = event { committed.wrappingAdd(1, ordering: .relaxed) }
        }
    }
}
