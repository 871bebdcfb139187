import KafkaClient
import KafkaProtocol
import Synchronization
import Testing

@testable import Millrace

/// Tasks that somebody has begin anew.
@Suite struct RestartingTests {
    typealias Policies = FailurePolicyApplicationTests
    typealias Instance = RebalanceTests.Instance

    private static let first = TaskID(subTopology: 0, partition: 0)

    @Test(arguments: ProcessingGuarantee.allCases)
    func `a task that runs begins anew from what it has processed, and counts on`(_ guarantee: ProcessingGuarantee) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let instance = try Instance(cluster, guarantee)
                let application = instance.application
                let records = Counting.records(1000, seed: 5)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await application.run() }
                    await instance.waitUntilRunning(4)
                    try await cluster.produce(Array(records.prefix(500)))
                    for id in application.live.runners.sorted() {
                        let closed = instance.log.closed(id)
                        try application.restart(id)
                        while instance.log.closed(id) == closed { try await Task.sleep(for: .milliseconds(1)) }
                    }
                    try await cluster.produce(Array(records.suffix(500)))
                    try await StandbyTests.allCommitted(cluster)
                    application.stop()
                    try await group.waitForAll()
                }
                #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records))
                let told = instance.log.warnings.filter { $0.contains("as it was told to") }
                #expect(told.count == 4 && instance.log.warnings.count == 4)
            }
        }
    }

    @Test func `a task that is stopped alone goes on when it is told to begin anew`() async throws {
        try await Policies.withInput { cluster, records in
            let log = EventLog()
            var configuration = Policies.configuration(.exactlyOnce, exitsWhenIdle: false, log: log)
            configuration.failedTasks = .stopTask
            let fails = Mutex(true)
            let topology = try Policies.topology { key, count in
                if key == "0-3", count == 5, fails.withLock({ $0 }) { throw Policies.Refused() }
            }
            let application = try StreamsApplication(topology, configuration: configuration, client: cluster.client)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await application.run() }
                await log.wait { if case .stopped(Self.first, _) = $0 { true } else { false } }
                #expect(await application.tasks.first?.state == .failed)
                fails.withLock { $0 = false }
                try application.restart(Self.first)
                while try await !cluster.isCommitted("app", ["in"]) { try await Task.sleep(for: .milliseconds(5)) }
                #expect(application.stoppedTasks.isEmpty)
                application.stop()
                try await group.waitForAll()
            }
            #expect(try await cluster.table("out", .string, .int64) == Policies.expected(records))
            #expect(try await cluster.read("out").count == records.count)
        }
    }

    @Test func `a task that is not here cannot begin anew`() async throws {
        try await StreamsCluster.run { cluster in
            let application = try Instance(cluster, .atLeastOnce).application
            let error = #expect(throws: StreamsError.self) { try application.restart(Self.first) }
            #expect(error?.message.contains("no task 0_0") == true)
        }
    }

    @Test func `the names of tasks are read as they are written`() {
        #expect(TaskID("0_0") == Self.first && TaskID("12_345") == TaskID(subTopology: 12, partition: 345))
        for text in ["", "_", "0", "0_", "_0", "0_0_0", "a_0", "+1_0", "-1_0", "0_-1", "00_0", "0_4294967296", "0_ 1", "٠_٠"] {
            #expect(TaskID(text) == nil, "\(text)")
        }
    }
}

extension EventLog {
    /// How many lives of the task have ended.
    fileprivate func closed(_ id: TaskID) -> Int {
        events.count { if case .closed(id, _) = $0 { true } else { false } }
    }
}
