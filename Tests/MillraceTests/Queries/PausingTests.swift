import KafkaClient
import KafkaProtocol
import Testing

@testable import Millrace

/// Pausing an application, and what its tasks say of themselves.
@Suite struct PausingTests {
    typealias Instance = RebalanceTests.Instance

    /// Waits until tasks satisfy `condition`, and gives them.
    static func tasks(
        of instance: Instance, _ condition: ([TaskMetadata]) -> Bool
    ) async throws -> [TaskMetadata] {
        while true {
            let tasks = await instance.application.tasks
            if condition(tasks) { return tasks }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `paused tasks process nothing, answer queries, and go on where they were`(_ guarantee: ProcessingGuarantee) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let instance = try Instance(cluster, guarantee)
                let application = instance.application
                let records = Counting.records(1000, seed: 31)
                application.pause()
                #expect(application.isPaused && application.pausedSubTopologies == [0, 1])
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await application.run() }
                    await instance.waitUntilRunning(4)
                    try await cluster.produce(records)
                    // All is there to be taken, and nothing is.
                    let paused = try await Self.tasks(of: instance) { tasks in
                        tasks.filter { $0.id.subTopology == 0 }.reduce(0) { $0 + $1.lag } >= 1000
                    }
                    #expect(paused.count == 4 && paused.allSatisfy { $0.state == .paused && $0.streamTime == -1 })
                    #expect(try await QueryRebalanceTests.store(instance).get("v1") == nil)
                    // One sub-topology goes on.
                    try application.resume(subTopology: 0)
                    while try await !cluster.isCommitted("app", ["in"]) { try await Task.sleep(for: .milliseconds(5)) }
                    let half = try await Self.tasks(of: instance) { tasks in
                        tasks.filter { $0.id.subTopology == 1 }.reduce(0) { $0 + $1.lag } >= 1000
                    }
                    #expect(half.map(\.state) == [.running, .running, .paused, .paused])
                    #expect(try await QueryRebalanceTests.store(instance).count() == 0)
                    application.resume()
                    try await StandbyTests.allCommitted(cluster)
                    // And is paused again, after a commit.
                    try application.pause(subTopology: 0)
                    let tasks = try await Self.tasks(of: instance) { tasks in
                        tasks.allSatisfy { task in task.inputs.allSatisfy { $0.committed == $0.position && $0.lag == 0 } }
                    }
                    #expect(tasks.map(\.state) == [.paused, .paused, .running, .running])
                    #expect(tasks.map(\.id.description) == ["0_0", "0_1", "1_0", "1_1"])
                    #expect(tasks[0].partitions == [TopicPartition("in", 0)] && tasks[0].stores.isEmpty)
                    #expect(tasks.suffix(2).flatMap(\.stores).map(\.name) == ["counts", "counts"])
                    #expect(tasks.suffix(2).flatMap(\.stores).reduce(0) { $0 + ($1.rows ?? 0) } == 17)
                    #expect(tasks.map(\.streamTime).max() == 999)
                    application.stop()
                    try await group.waitForAll()
                }
                #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records))
                let told = instance.log.events.compactMap { if case .paused(let groups) = $0 { groups } else { nil } }
                #expect(told == [[0, 1], [1], [], [0]])
                #expect(instance.log.warnings == [])
            }
        }
    }

    @Test func `a sub-topology that there is not is refused`() async throws {
        let directory = TemporaryDirectory()
        try await StreamsCluster.run(in: directory) { cluster in
            let application = try Instance(cluster, .atLeastOnce).application
            let error = #expect(throws: StreamsError.self) { try application.pause(subTopology: 2) }
            #expect(error?.message.contains("0, 1") == true && !application.isPaused)
        }
    }
}
