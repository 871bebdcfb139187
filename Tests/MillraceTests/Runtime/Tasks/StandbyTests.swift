import KafkaProtocol
import Testing

@testable import KafkaClient
@testable import Millrace

/// Stores that another instance keeps warm.
@Suite struct StandbyTests {
    typealias Instance = RebalanceTests.Instance

    /// Waits until an instance has the changelog of each of these tasks up to its end.
    static func waitUntilWarm(
        _ instance: Instance, _ tasks: [TaskID], of changelog: String, _ cluster: StreamsCluster
    ) async throws {
        for task in tasks {
            let partition = TopicPartition(changelog, task.partition)
            while true {
                let end = try await cluster.admin.listOffsets([partition: .latest])[partition]?.offset ?? 0
                if instance.application.board.subscription.progress[task] ?? 0 >= end { break }
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    /// The records of a store's changelog that were read after a task had come, by task.
    static func restored(_ instance: Instance, _ store: String) -> [TaskID: Int64] {
        instance.log.events.reduce(into: [:]) {
            if case .restored(let task, store, let records) = $1 { $0[task, default: 0] += records }
        }
    }

    static func allCommitted(_ cluster: StreamsCluster) async throws {
        while try await !cluster.isCommitted("app", ["in", "app-counts-repartition"]) {
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test(arguments: ProcessingGuarantee.allCases, [false, true])
    func `a task comes to its standby, which has nothing left to read`(
        _ guarantee: ProcessingGuarantee, _ isOnDisk: Bool
    ) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let directories = (TemporaryDirectory(), TemporaryDirectory())
                let stayer = try Instance(cluster, guarantee) {
                    $0.standbys = 1
                    if isOnDisk { $0.stateDirectory = directories.0.path }
                }
                let leaver = try Instance(cluster, guarantee) {
                    $0.standbys = 1
                    if isOnDisk { $0.stateDirectory = directories.1.path }
                }
                let records = Counting.records(3000, seed: 4)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await leaver.application.run() }
                    await leaver.waitUntilRunning(4)
                    group.addTask { try await stayer.application.run() }
                    await stayer.waitUntilRunning(2)
                    try await cluster.produce(records)
                    try await Self.allCommitted(cluster)
                    let moving = leaver.tasks.filter { $0.subTopology == 1 }
                    #expect(moving.count == 1)
                    try await Self.waitUntilWarm(stayer, moving, of: "app-counts-changelog", cluster)
                    leaver.application.stop()
                    await stayer.waitUntilRunning(4)
                    try await cluster.produce(records)
                    stayer.application.stopWhenIdle()
                    try await group.waitForAll()
                    for task in moving {
                        #expect(Self.restored(stayer, "counts")[task] ?? 0 == 0)
                        let loaded = stayer.log.events.contains {
                            if case .loaded(task, _, _) = $0 { true } else { false }
                        }
                        #expect(!loaded)
                    }
                }
                #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records + records))
                #expect(stayer.log.warnings == [] && leaver.log.warnings == [])
            }
        }
    }

    @Test(arguments: [61, 62] as [UInt64])
    func `instances with standbys die under load, and each record counts once`(_ seed: UInt64) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 4, "out": 1])
                let stayer = try Instance(cluster, .exactlyOnce) { $0.standbys = 1 }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await stayer.application.run() }
                    await stayer.waitUntilRunning(8)
                    let records = try await RebalanceTests.underLoad(cluster, seed: seed) {
                        for round in 1...3 {
                            let guest = try Instance(cluster, .exactlyOnce, dies: true) { $0.standbys = 1 }
                            await withTaskGroup(of: Void.self) { group in
                                group.addTask { try? await guest.application.run() }
                                await guest.log.waitForCommits(2 * round)
                                group.cancelAll()
                            }
                        }
                    }
                    stayer.application.stopWhenIdle()
                    try await group.waitForAll()
                    #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records))
                }
            }
        }
    }

    @Test func `a task with much state moves to a new instance when that has caught up, and runs on until then`()
        async throws
    {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let builder = StreamsBuilder()
                let input: KTable<String, String> = builder.table("in", .as("rows"))
                input.toStream().to("out")
                let topology = try builder.build()
                let rows = (0..<30_000).map {
                    StreamsCluster.Input(
                        partition: Int32($0 % 2), key: Bytes(utf8: "\($0)"), value: Bytes(utf8: "1"), time: Int64($0))
                }
                try await cluster.produce(rows)
                let (first, second) = (
                    try Instance(cluster, .exactlyOnce, topology: topology),
                    try Instance(cluster, .exactlyOnce, topology: topology)
                )
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await first.application.run() }
                    while try await !cluster.isCommitted("app", ["in"]) { try await Task.sleep(for: .milliseconds(5)) }
                    group.addTask { try await second.application.run() }
                    await second.waitUntilRunning(1)
                    #expect(first.tasks.count == 1 && second.tasks.count == 1)
                    first.application.stopWhenIdle()
                    second.application.stopWhenIdle()
                    try await group.waitForAll()
                }
                let followed = second.log.events.contains {
                    if case .following(let tasks) = $0 { tasks.count == 1 } else { false }
                }
                #expect(followed && Self.restored(second, "rows").values.allSatisfy { $0 <= 10_000 })
                #expect(first.begun.values.allSatisfy { $0 == 1 } && second.begun.count == 1)
                #expect(try await cluster.table("out", .string, .string).count == 30_000)
            }
        }
    }

    @Test(arguments: ProcessingGuarantee.allCases, [false, true])
    func `an instance that gives a task away follows it without reading again what it had, and takes it back`(
        _ guarantee: ProcessingGuarantee, _ isOnDisk: Bool
    ) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let builder = StreamsBuilder()
                let input: KStream<String, String> = builder.stream("in")
                input.groupByKey().count(.as("counts")).toStream().to("out", value: .int64)
                let topology = try builder.build()
                let directories = (TemporaryDirectory(), TemporaryDirectory())
                func instance(_ directory: TemporaryDirectory) throws -> Instance {
                    try Instance(cluster, guarantee, topology: topology) {
                        $0.standbys = 1
                        if isOnDisk { $0.stateDirectory = directory.path }
                    }
                }
                func records(_ count: Int) -> [StreamsCluster.Input] {
                    (0..<count).map {
                        .init(partition: Int32($0 % 2), key: Bytes(utf8: "\($0)"), value: Bytes(utf8: "1"), time: Int64($0))
                    }
                }
                let (giver, taker) = (try instance(directories.0), try instance(directories.1))
                try await cluster.produce(records(20_000))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await giver.application.run() }
                    while try await !cluster.isCommitted("app", ["in"]) { try await Task.sleep(for: .milliseconds(5)) }
                    group.addTask { try await taker.application.run() }
                    await taker.waitUntilRunning(1)
                    let moved = taker.tasks
                    #expect(moved.count == 1)
                    try await cluster.produce(records(100))
                    while try await !cluster.isCommitted("app", ["in"]) { try await Task.sleep(for: .milliseconds(5)) }
                    try await Self.waitUntilWarm(giver, moved, of: "app-counts-changelog", cluster)
                    let followed = giver.log.events.reduce(Int64(0)) {
                        if case .followed(_, _, let records, _) = $1 { $0 + records } else { $0 }
                    }
                    #expect((1...50).contains(followed))
                    #expect(!giver.log.events.contains { if case .loaded = $0 { true } else { false } })
                    taker.application.stop()
                    await giver.log.wait(count: 3) { if case .running = $0 { true } else { false } }
                    try await cluster.produce(records(100))
                    giver.application.stopWhenIdle()
                    try await group.waitForAll()
                }
                let all = records(20_000) + records(100) + records(100)
                let expected = Dictionary(grouping: all) { $0.key?.string ?? "" }.mapValues { "\($0.count)" }
                #expect(try await cluster.table("out", .string, .int64) == expected)
                #expect(giver.log.warnings == [] && taker.log.warnings == [])
            }
        }
    }

    @Test func `what a task waits for that is to move to an instance is told there`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let builder = StreamsBuilder()
                let input: KTable<String, String> = builder.table("in", .as("rows"))
                input.toStream().to("out")
                let topology = try builder.build()
                try await cluster.produce(
                    (0..<30_000).map {
                        .init(partition: Int32($0 % 2), key: Bytes(utf8: "\($0)"), value: Bytes(utf8: "1"), time: Int64($0))
                    })
                // The second one can read nothing at first.
                let gate = Gate()
                let slow = cluster.with([
                    .fetch: { _, _ in
                        try await gate.pass()
                        return .none
                    }
                ])
                let (first, second) = (
                    try Instance(cluster, .exactlyOnce, topology: topology), try Instance(slow, .exactlyOnce, topology: topology)
                )
                func told() -> [WaitBoard.Wait] {
                    second.application.client.waits.look(lateAt: 0, patience: 0).waits.filter { $0.what.hasPrefix("move task 0_") }
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await first.application.run() }
                    while try await !cluster.isCommitted("app", ["in"]) { try await Task.sleep(for: .milliseconds(5)) }
                    group.addTask { try await second.application.run() }
                    while told().isEmpty { try await Task.sleep(for: .milliseconds(5)) }
                    #expect(told().count == 1 && told().allSatisfy { !$0.isOutage && $0.reason.contains("not been read here") })
                    #expect(first.tasks.count == 2 && second.tasks.isEmpty)
                    gate.open()
                    await second.waitUntilRunning(1)
                    #expect(told().isEmpty)
                    first.application.stop()
                    second.application.stop()
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test func `a standby of a source table has what was processed, and no more`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                typealias Sources = SourceChangelogTests
                try await Sources.createTopics(cluster, partitions: 2)
                func input(_ topic: String, _ partition: Int32, _ value: String, _ time: Int64) -> StreamsCluster.Input {
                    .init(
                        topic: topic, partition: partition, key: Bytes(utf8: "k\(partition)"),
                        value: Bytes(utf8: value), time: time)
                }
                let topology = try Sources.topology()
                let leaver = try Instance(cluster, .exactlyOnce, topology: topology) { $0.standbys = 1 }
                let stayer = try Instance(cluster, .exactlyOnce, topology: topology) { $0.standbys = 1 }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await leaver.application.run() }
                    await leaver.waitUntilRunning(2)
                    group.addTask { try await stayer.application.run() }
                    await stayer.waitUntilRunning(1)
                    try await cluster.produce((0..<2).map { input("users", $0, "Ann", 1) })
                    while try await !cluster.isCommitted("app", ["users"]) {
                        try await Task.sleep(for: .milliseconds(5))
                    }
                    try await Self.waitUntilWarm(stayer, leaver.tasks, of: "users", cluster)
                    leaver.application.stop()
                    await stayer.waitUntilRunning(2)
                    try await cluster.produce(
                        (0..<2).map { input("clicks", $0, "click", 10) } + (0..<2).map { input("users", $0, "Bea", 20) }
                    )
                    stayer.application.stopWhenIdle()
                    try await group.waitForAll()
                }
                #expect(try await Sources.results(cluster).sorted() == ["k0=click Ann@10", "k1=click Ann@10"])
                #expect(Self.restored(stayer, "users").isEmpty)
            }
        }
    }
}
