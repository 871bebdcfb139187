import KafkaClient
import KafkaProtocol
import Testing

@testable import Millrace

/// Instances that have names in their group (KIP-345).
@Suite struct StaticMemberTests {
    static func application(
        _ cluster: StreamsCluster, _ instance: String?, _ trigger: Trigger? = nil, state: String? = nil, log: EventLog
    ) throws -> StreamsApplication {
        var configuration = Counting.configuration(.exactlyOnce, exitsWhenIdle: false, log: log)
        configuration.instanceID = instance
        configuration.stateDirectory = state
        // Cancelling is a crash then: the group is told nothing.
        configuration.staysInGroup = true
        return try StreamsApplication(Counting.topology(trigger), configuration: configuration, client: cluster.client)
    }

    static func assignments(_ log: EventLog) -> [[TaskID]] {
        log.events.compactMap { if case .assigned(let tasks) = $0 { tasks } else { nil } }
    }

    /// The group waits a minute for an instance that says nothing.
    @Test(arguments: [true, false])
    func `an instance that crashes and comes back has its tasks at once, and the other notices nothing`(
        _ keepsNameInDirectory: Bool
    ) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                let directory = TemporaryDirectory()
                try await cluster.createTopics(["in": 4, "out": 1])
                let records = Counting.records(4000, seed: 7, partitions: 4)
                let logs = (EventLog(), EventLog(), EventLog())
                func other(_ trigger: Trigger? = nil, _ log: EventLog) throws -> StreamsApplication {
                    try Self.application(
                        cluster, keepsNameInDirectory ? nil : "b", trigger,
                        state: keepsNameInDirectory ? directory.path : nil, log: log)
                }
                let stayer = try Self.application(cluster, "a", log: logs.0)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await stayer.run() }
                    await logs.0.wait { if case .running = $0 { true } else { false } }
                    let trigger = Trigger(after: 100)
                    let before = try other(trigger, logs.1)
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { try? await before.run() }
                        // Both have their shares.
                        await logs.1.wait { if case .running = $0 { true } else { false } }
                        await logs.0.wait { if case .assigned(let tasks) = $0 { tasks.count == 4 } else { false } }
                        try await cluster.produce(records)
                        await trigger.wait()
                        group.cancelAll()
                        try await group.waitForAll()
                    }
                    let seen = Self.assignments(logs.0).count
                    let after = try other(nil, logs.2)
                    group.addTask { try await after.run() }
                    await logs.2.wait { if case .running = $0 { true } else { false } }
                    #expect(Self.assignments(logs.2) == [Self.assignments(logs.1).last ?? []])
                    stayer.stopWhenIdle()
                    after.stopWhenIdle()
                    try await group.waitForAll()
                    #expect(Self.assignments(logs.0).count == seen)
                }
                #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records))
            }
        }
    }

    @Test func `a second instance of the same name ends the first, which says why`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 1, "out": 1])
                let logs = (EventLog(), EventLog())
                let first = try Self.application(cluster, "a", log: logs.0)
                let second = try Self.application(cluster, "a", log: logs.1)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        let error = await #expect(throws: StreamsError.self) { try await first.run() }
                        #expect(error.map { "\($0)" }?.contains("another member has come as instance a") == true)
                        second.stop()
                    }
                    await logs.0.wait { if case .running = $0 { true } else { false } }
                    try await second.run()
                    try await group.waitForAll()
                }
            }
        }
    }
}
