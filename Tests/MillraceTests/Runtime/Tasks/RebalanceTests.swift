import KafkaClient
import KafkaProtocol
import Testing

@testable import Millrace

/// Several instances on one broker, while records come in.
@Suite struct RebalanceTests {
    /// An instance with what it tells.
    struct Instance: Sendable {
        let application: StreamsApplication
        let log: EventLog

        init(
            _ cluster: StreamsCluster, _ guarantee: ProcessingGuarantee, dies: Bool = false, topology: Topology? = nil,
            _ change: (inout StreamsConfiguration) -> Void = { _ in }
        ) throws {
            log = EventLog()
            var configuration =
                dies
                ? Counting.dying(guarantee, log: log)
                : Counting.configuration(guarantee, exitsWhenIdle: false, log: log)
            change(&configuration)
            application = try StreamsApplication(
                topology ?? Counting.topology(), configuration: configuration, client: cluster.client)
        }

        func waitUntilRunning(_ count: Int) async {
            await log.wait(count: count) { if case .running = $0 { true } else { false } }
        }

        /// How often each task has begun.
        var begun: [TaskID: Int] {
            log.events.reduce(into: [:]) { if case .running(let task) = $1 { $0[task, default: 0] += 1 } }
        }

        /// The tasks that it has been told to have last.
        var tasks: [TaskID] {
            log.events.reduce([]) { if case .assigned(let tasks) = $1 { tasks } else { $0 } }
        }
    }

    /// Writes seeded records bit by bit until `body` returns. Gives all that were written.
    static func underLoad(
        _ cluster: StreamsCluster, seed: UInt64, _ body: @escaping @Sendable () async throws -> Void
    ) async throws -> [StreamsCluster.Input] {
        let isOver = Switch()
        async let work: Void = {
            defer { isOver.turn(true) }
            try await body()
        }()
        var written: [StreamsCluster.Input] = []
        repeat {
            let some = Counting.records(200, seed: seed &+ UInt64(written.count), partitions: 4)
            try await cluster.produce(some)
            written += some
        } while !isOver.isOn
        try await work
        return written
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `tasks that stay run on while instances come and go, and each record counts once`(
        _ guarantee: ProcessingGuarantee
    )
        async throws
    {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 4, "out": 1])
                let (stayer, guest, last) = (
                    try Instance(cluster, guarantee), try Instance(cluster, guarantee), try Instance(cluster, guarantee)
                )
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await stayer.application.run() }
                    await stayer.waitUntilRunning(8)
                    let records = try await Self.underLoad(cluster, seed: 1) {
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            group.addTask { try await guest.application.run() }
                            await guest.waitUntilRunning(4)
                            guest.application.stop()
                            try await group.waitForAll()
                        }
                        await stayer.waitUntilRunning(12)
                    }
                    group.addTask { try await last.application.run() }
                    await last.waitUntilRunning(4)
                    stayer.application.stopWhenIdle()
                    last.application.stopWhenIdle()
                    try await group.waitForAll()
                    #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records))
                }
                let moved = Set(guest.begun.keys)
                #expect(moved.count == 4 && stayer.begun.count == 8)
                for (task, count) in stayer.begun { #expect(count == (moved.contains(task) ? 2 : 1), "\(task)") }
                // None of those that stayed ended before the application did, which was with four tasks.
                let ended = stayer.log.events.reduce(into: [TaskID: Int]()) {
                    if case .closed(let task, _) = $1 { $0[task, default: 0] += 1 }
                }
                #expect(ended == stayer.begun)
                #expect(stayer.log.warnings == [] && guest.log.warnings == [] && last.log.warnings == [])
            }
        }
    }

    @Test(arguments: [51, 52] as [UInt64])
    func `tasks that stay run on when an instance dies, and each record counts once`(_ seed: UInt64) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 4, "out": 1])
                let (stayer, guest) = (
                    try Instance(cluster, .exactlyOnce), try Instance(cluster, .exactlyOnce, dies: true)
                )
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await stayer.application.run() }
                    await stayer.waitUntilRunning(8)
                    let records = try await Self.underLoad(cluster, seed: seed) {
                        await withTaskGroup(of: Void.self) { group in
                            group.addTask { try? await guest.application.run() }
                            await guest.log.waitForCommits(3)
                            group.cancelAll()
                        }
                        await stayer.waitUntilRunning(12)
                    }
                    stayer.application.stopWhenIdle()
                    try await group.waitForAll()
                    #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records))
                }
                let stayed = stayer.begun.filter { $0.value == 1 }
                #expect(stayed.count == 4 && stayed.keys.allSatisfy { guest.begun[$0] == nil })
            }
        }
    }

    @Test func `an instance with another topology is refused, and the others do not notice`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 4, "out": 1])
                let builder = StreamsBuilder()
                let input: KStream<String, String> = builder.stream("in")
                input.groupByKey().count(.as("others")).toStream().to("out")
                let stranger = try Instance(cluster, .atLeastOnce, topology: builder.build())
                let instance = try Instance(cluster, .atLeastOnce)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await instance.application.run() }
                    await instance.waitUntilRunning(8)
                    let error = await #expect(throws: StreamsError.self) { try await stranger.application.run() }
                    #expect(error?.code == .configuration && error?.message.contains("another topology") == true)
                    let records = Counting.records(1000, seed: 3, partitions: 4)
                    try await cluster.produce(records)
                    instance.application.stopWhenIdle()
                    try await group.waitForAll()
                    #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records))
                }
                #expect(instance.begun.count == 8 && instance.begun.values.allSatisfy { $0 == 1 })
            }
        }
    }

    /// The assignor as instances of an earlier version have it.
    struct EarlierVersion: PartitionAssignor {
        let assignor = TaskAssignorTests.assignor([["in"], ["app-counts-repartition"]], isEarlier: true)
        var name: String { assignor.name }
        func assign(members: [GroupMember], partitionCounts: [String: Int32]) -> [String: MemberAssignment] {
            let plain = members.map { GroupMember(id: $0.id, topics: $0.topics, ownedPartitions: $0.ownedPartitions) }
            return assignor.assign(members: plain, partitionCounts: partitionCounts).mapValues {
                MemberAssignment(partitions: $0.partitions)
            }
        }
    }

    @Test
    func `an instance of an earlier version shares the tasks, and when it has left they go on in the present way`()
        async throws
    {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 4, "out": 1, "app-counts-repartition": 4])
                let old = Consumer(
                    client: cluster.client,
                    configuration: ConsumerConfiguration(groupID: "app", assignor: EarlierVersion()))
                try old.subscribe(["in", "app-counts-repartition"])
                let (first, second) = (try Instance(cluster, .exactlyOnce), try Instance(cluster, .exactlyOnce))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await old.run() }
                    func share() async throws -> Int {
                        while true {
                            switch try await old.nextEvent() {
                            case .assigned(let partitions): return partitions.count
                            case .revoked: old.acknowledgeRevocation()
                            case .lost, .error: continue
                            }
                        }
                    }
                    #expect(try await share() == 8)
                    group.addTask { try await first.application.run() }
                    #expect(try await share() == 4)
                    await first.waitUntilRunning(4)
                    group.addTask { try await second.application.run() }
                    let third = try await share()
                    #expect((2...3).contains(third))
                    await second.waitUntilRunning(2)
                    let records = Counting.records(2000, seed: 3, partitions: 4)
                    try await cluster.produce(records)
                    await old.close()
                    first.application.stopWhenIdle()
                    second.application.stopWhenIdle()
                    try await group.waitForAll()
                    #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records))
                }
            }
        }
    }
}
