import KafkaClient
import KafkaProtocol
import Millrace
import MillraceCommandLine
import Synchronization

/// One measured run of a workload in this process: engine and broker together.
struct WorkloadRun: Sendable {
    let workload: Workload
    let scale: Scale
    let client: KafkaClient
    /// When the process was started, by `ProcessUsage.clock`.
    let startedAt: Int
    let applicationID: String
    let guarantee: ProcessingGuarantee
    let store: StoreSettings

    private var output: String { "\(applicationID)-output" }

    /// When something happened, and the CPU time used until then.
    private struct Moment {
        var nanoseconds = ProcessUsage.clock
        var cpuSeconds = ProcessTime.cpuSeconds
    }

    /// Runs the topology until all input is committed, checks the results, and removes what the run has written.
    func measure() async throws -> Measurement {
        let admin = AdminClient(client: client)
        try await admin.createTopics([NewTopic(output, partitions: 4)])
        let lastCommit = LastCommit()
        var configuration = StreamsConfiguration(
            applicationID: applicationID, guarantee: guarantee, commitInterval: .seconds(1),
            cacheBytes: workload.cacheBytes, exitsWhenIdle: true, observer: { if case .committed = $0 { lastCommit.set() } })
        store.set(&configuration)
        let application = try StreamsApplication(
            workload.topology(workload.inputs.map { $0.topic(at: scale) }, output), configuration: configuration,
            client: client)
        let firstOutput = try await withThrowingTaskGroup(of: Int?.self) { group in
            group.addTask {
                try await application.run()
                return nil
            }
            group.addTask { try await waitForOutput() }
            // An output record is there before the run's end, or never.
            var first: Int?
            while let next = try await group.next() {
                if let next {
                    first = next
                } else {
                    group.cancelAll()
                    break
                }
            }
            return first
        }
        let peak = ProcessUsage.peakMemory
        let end = lastCommit.moment
        var measurement = Measurement(
            workload: workload.name, scale: scale, records: workload.records(at: scale),
            seconds: Double(end.nanoseconds - startedAt) / 1e9, cpuSeconds: end.cpuSeconds,
            peakMegabytes: Double(peak) / 1e6, firstOutputSeconds: firstOutput.map { Double($0 - startedAt) / 1e9 },
            results: [:], faults: [])
        try await check(&measurement)
        if let directory = store.directory { _ = try LocalStateReport(directory).remove(applicationID) }
        try await admin.deleteTopics(admin.listTopics().filter { $0.hasPrefix("\(applicationID)-") })
        return measurement
    }

    /// The moment of the last commit so far.
    private final class LastCommit: Sendable {
        private let state = Mutex<Moment?>(nil)
        func set() { state.withLock { $0 = Moment() } }
        var moment: Moment { state.withLock { $0 } ?? Moment() }
    }

    /// When the first record came into the output topic.
    private func waitForOutput() async throws -> Int? {
        let consumer = Consumer(client: client, configuration: ConsumerConfiguration(partitionFetchBytes: 1024))
        try consumer.assign(
            Dictionary(uniqueKeysWithValues: (0..<4).map { (TopicPartition(topic: output, partition: $0), .earliest) }))
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await consumer.run() }
            defer { group.cancelAll() }
            for try await _ in consumer.batches { return ProcessUsage.clock }
            return nil
        }
    }

    private func check(_ measurement: inout Measurement) async throws {
        for result in workload.results {
            let found = try await ResultReader(client: client).checksum(
                of: result.topic(applicationID, output), result.kind)
            measurement.results[result.name] = "\(found)"
            if let expected = try result.expected(scale), found != expected {
                measurement.faults.append("\(result.name) is \(found) and not \(expected)")
            }
        }
    }
}
