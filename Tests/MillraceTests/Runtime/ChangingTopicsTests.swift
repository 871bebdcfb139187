import KafkaClient
import KafkaProtocol
import Testing

@testable import Millrace

/// Topics that come, go, are made again or grow while applications read them.
@Suite struct ChangingTopicsTests {
    static func counting(_ source: (StreamsBuilder) -> KStream<String, String>) throws -> Topology {
        let builder = StreamsBuilder()
        source(builder).selectKey { _, value in value ?? "" }.groupByKey().count(.as("counts")).toStream().to("out")
        return try builder.build()
    }

    static func pattern() throws -> Topology { try counting { $0.stream(matching: "in-.*") } }
    static func named() throws -> Topology { try counting { $0.stream("in") } }

    static func records(_ topic: String, _ count: Int, seed: UInt64 = 1) -> [StreamsCluster.Input] {
        Counting.records(count, seed: seed).map { record in
            var record = record
            record.topic = topic
            return record
        }
    }

    static func configuration(_ guarantee: ProcessingGuarantee, _ log: EventLog) -> StreamsConfiguration {
        var configuration = Counting.configuration(guarantee, exitsWhenIdle: false, log: log)
        configuration.metadataMaxAge = .milliseconds(20)
        return configuration
    }

    /// Runs `body` while an application runs that ends when idle after that.
    func whileRunning(
        _ cluster: StreamsCluster, _ topology: Topology, _ configuration: StreamsConfiguration,
        _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        let application = try StreamsApplication(topology, configuration: configuration, client: cluster.client)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            group.addTask {
                try await body()
                application.stopWhenIdle()
            }
            try await group.waitForAll()
        }
    }

    /// What an application fails with, while `body` runs.
    func failure(
        _ cluster: StreamsCluster, _ topology: Topology, _ configuration: StreamsConfiguration,
        _ body: @escaping @Sendable () async throws -> Void
    ) async throws -> StreamsError? {
        let application = try StreamsApplication(topology, configuration: configuration, client: cluster.client)
        async let changes: Void = body()
        var failure: StreamsError?
        do { try await application.run() } catch { failure = error as? StreamsError }
        try await changes
        return failure
    }

    func waitForTasks(_ log: EventLog, _ count: Int) async {
        await log.wait { if case .assigned(let tasks) = $0 { tasks.count == count } else { false } }
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `topics that match a pattern are taken in as they come to be`(_ guarantee: ProcessingGuarantee) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in-a": 2, "out": 1, "other": 1])
                let (first, second) = (Self.records("in-a", 1000), Self.records("in-b", 1000, seed: 2))
                try await cluster.produce(first)
                let log = EventLog()
                try await whileRunning(cluster, Self.pattern(), Self.configuration(guarantee, log)) {
                    await waitForTasks(log, 4)
                    try await cluster.createTopics(["in-b": 2])
                    try await cluster.produce(second)
                    // Each task of the first sub-topology begins anew with one input more.
                    await log.wait(count: 6) { if case .running = $0 { true } else { false } }
                }
                #expect(try await cluster.table("out", .string, .int64) == Counting.expected(first + second))
                #expect(try await cluster.isCommitted("app", ["in-a", "in-b"]))
                if guarantee == .exactlyOnce { #expect(log.processed == 4000) }
            }
        }
    }

    @Test func `instances share topics that come to be, also those that have not found them yet`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in-a": 2, "out": 1])
                let logs = (EventLog(), EventLog())
                let (quick, slow) = (
                    Self.configuration(.exactlyOnce, logs.0),
                    {
                        var configuration = Self.configuration(.exactlyOnce, logs.1)
                        configuration.metadataMaxAge = .seconds(3600)
                        return configuration
                    }()
                )
                let (first, second) = (Self.records("in-a", 1000), Self.records("in-b", 1000, seed: 2))
                try await whileRunning(cluster, Self.pattern(), quick) {
                    await waitForTasks(logs.0, 4)
                    try await whileRunning(cluster, Self.pattern(), slow) {
                        await waitForTasks(logs.1, 2)
                        try await cluster.produce(first)
                        try await cluster.createTopics(["in-b": 2])
                        try await cluster.produce(second)
                    }
                }
                #expect(try await cluster.table("out", .string, .int64) == Counting.expected(first + second))
                #expect(try await cluster.isCommitted("app", ["in-a", "in-b"]))
            }
        }
    }

    @Test func `an application begins with a pattern that matches nothing yet`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["out": 1])
                let builder = StreamsBuilder()
                let input: KStream<String, String> = builder.stream(matching: "in-.*")
                input.groupByKey().count(.as("counts")).toStream().to("out")
                let log = EventLog()
                try await whileRunning(cluster, try builder.build(), Self.configuration(.exactlyOnce, log)) {
                    await waitForTasks(log, 0)
                    try await cluster.createTopics(["in-a": 2])
                    try await cluster.produce(Self.records("in-a", 10))
                    await waitForTasks(log, 2)
                }
                #expect(try await cluster.read("out").count == 10)
                #expect(log.warnings.contains { $0.contains("no topic matches in-.*") })
            }
        }
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `topics that match a pattern and are deleted are let go`(_ guarantee: ProcessingGuarantee) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in-a": 2, "in-b": 2, "out": 1])
                let log = EventLog()
                let (first, second, third) = (
                    Self.records("in-a", 500), Self.records("in-b", 500, seed: 2), Self.records("in-a", 500, seed: 3)
                )
                try await whileRunning(cluster, Self.pattern(), Self.configuration(guarantee, log)) {
                    try await cluster.produce(first + second)
                    while try await !cluster.isCommitted("app", ["in-a", "in-b"]) { try await Task.sleep(for: .milliseconds(5)) }
                    try await cluster.admin.deleteTopics(["in-b"])
                    try await cluster.produce(third)
                    // The tasks of the first sub-topology begin anew with one input less.
                    await log.wait(count: 6) { if case .running = $0 { true } else { false } }
                }
                let (found, expected) = (
                    try await cluster.table("out", .string, .int64), Counting.expected(first + second + third)
                )
                if guarantee == .exactlyOnce {
                    #expect(found == expected)
                } else {
                    // What was not committed when the topic went is processed again.
                    #expect(expected.allSatisfy { Int(found[$0] ?? "") ?? 0 >= Int($1) ?? .max })
                }
            }
        }
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `an input that is deleted ends the application, with its name`(_ guarantee: ProcessingGuarantee) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                try await cluster.produce(Self.records("in", 500))
                let log = EventLog()
                let error = try await failure(cluster, Self.named(), Self.configuration(guarantee, log)) {
                    await log.waitForCommits(3)
                    try await cluster.admin.deleteTopics(["in"])
                }
                #expect(error?.code == .missingTopic && error?.message.contains("the broker has no topic in (") == true)
            }
        }
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `an input that is deleted and made again is told, and read from its first record`(
        _ guarantee: ProcessingGuarantee
    ) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let (first, second) = (Self.records("in", 100), Self.records("in", 1000, seed: 2))
                let log = EventLog()
                var configuration = Self.configuration(guarantee, log)
                configuration.metadataMaxAge = .seconds(3600)
                try await whileRunning(cluster, Self.named(), configuration) {
                    try await cluster.produce(first)
                    while try await !cluster.isCommitted("app", ["in"]) { try await Task.sleep(for: .milliseconds(5)) }
                    try await cluster.admin.deleteTopics(["in"])
                    // More records than there were: the old positions are in range.
                    try await cluster.createTopics(["in": 2])
                    try await cluster.produce(second)
                }
                #expect(try await cluster.table("out", .string, .int64) == Counting.expected(first + second))
                #expect(log.warnings.contains { $0.contains("the topic in was deleted and made again") })
            }
        }
    }

    @Test func `an input that gets more partitions ends an application with internal topics, and says what to do`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let log = EventLog()
                let error = try await failure(cluster, Self.named(), Self.configuration(.exactlyOnce, log)) {
                    await waitForTasks(log, 4)
                    try await cluster.admin.createPartitions(["in": 3])
                }
                #expect(error?.code == .partitionCount && error?.message.contains("Reset the application") == true)
            }
        }
    }
}
