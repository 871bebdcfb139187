import KafkaClient
import KafkaProtocol
import MillraceMetrics
import Synchronization
import Testing

@testable import Millrace

/// Asynchronous steps in a running application.
@Suite struct AsyncApplicationTests {
    struct Refused: Error {}
    typealias Call = @Sendable (_ key: String, _ value: String) async throws -> String

    /// What calls are under way.
    final class Calls: Sendable {
        private let state = Mutex<(now: Int, most: Int, all: Int)>((0, 0, 0))

        var most: Int { state.withLock { $0.most } }
        var all: Int { state.withLock { $0.all } }

        func call<T>(_ body: () async throws -> T) async rethrows -> T {
            state.withLock { state in
                state.now += 1
                state.all += 1
                state.most = max(state.most, state.now)
            }
            defer { state.withLock { $0.now -= 1 } }
            return try await body()
        }
    }

    /// Each record by way of a call to the topic `out`.
    static func mapping(
        maxInFlight: Int = 8, ordered: Bool = true, retry: AsyncRetry = .never, _ call: @escaping Call
    ) throws -> Topology {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.mapValuesAsync(maxInFlight: maxInFlight, ordered: ordered, retry: retry, named: "look") {
            try await call($0 ?? "", $1 ?? "")
        }.to("out")
        return try builder.build()
    }

    /// Counts before the call and after it, so that state on both sides must agree with the positions.
    static func counting(_ trigger: Trigger? = nil, ordered: Bool = true) throws -> Topology {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.selectKey { _, value in value ?? "" }
            .groupByKey().count(.as("before"))
            .toStream()
            .mapValuesAsync(maxInFlight: 16, ordered: ordered, value: .int64) { key, count in
                trigger?.pull()
                for _ in 0..<(key ?? "").utf8.count { await Task.yield() }
                return count
            }
            .groupByKey().reduce(.as("after")) { max($0, $1) }
            .toStream().to("out")
        return try builder.build()
    }

    static func inCluster(
        _ partitions: Int32 = 1, _ body: @escaping @Sendable (StreamsCluster) async throws -> Void
    ) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": partitions, "out": 1, "dead": 1])
                try await body(cluster)
            }
        }
    }

    static func records(_ count: Int, partition: Int32 = 0) -> [StreamsCluster.Input] {
        (0..<count).map {
            StreamsCluster.Input(
                partition: partition, key: Bytes(utf8: "k\($0 % 5)"), value: Bytes(utf8: "\($0)"), time: Int64($0))
        }
    }

    @Test(arguments: ProcessingGuarantee.allCases, [true, false])
    func `results keep their order, of all records or of each key, and no more calls run than may`(
        _ guarantee: ProcessingGuarantee, _ ordered: Bool
    ) async throws {
        try await Self.inCluster { cluster in
            try await cluster.produce(Self.records(500))
            let calls = Calls()
            let topology = try Self.mapping(maxInFlight: 7, ordered: ordered) { _, value in
                await calls.call { for _ in 0..<((Int(value) ?? 0) * 37 % 11) { await Task.yield() } }
                return value
            }
            try await cluster.run(topology, Counting.configuration(guarantee))
            let found = try await cluster.read("out").map { ($0.key?.string ?? "", Int($0.value?.string ?? "") ?? -1) }
            #expect(calls.most <= 7 && calls.all == 500)
            if ordered {
                #expect(found.map(\.1) == Array(0..<500))
            } else {
                #expect(found.map(\.1).sorted() == Array(0..<500))
                for key in 0..<5 {
                    let values = found.filter { $0.0 == "k\(key)" }.map(\.1)
                    #expect(values == values.sorted())
                }
            }
            #expect(try await cluster.isCommitted("app", ["in"]))
        }
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `an application ends as idle though its last record filled the step until a commit`(_ guarantee: ProcessingGuarantee) async throws {
        try await Self.inCluster { cluster in
            try await cluster.produce(Self.records(2))
            // Longer than the commit interval, so that the record is committed before the task looks at its input again.
            let topology = try Self.mapping(maxInFlight: 1) { _, value in
                try await Task.sleep(for: .milliseconds(80))
                return value
            }
            try await cluster.run(topology, Counting.configuration(guarantee))
            #expect(try await cluster.read("out").map { $0.value?.string } == ["0", "1"])
        }
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `calls that fail are made again, and what fails for good is a dead letter`(_ guarantee: ProcessingGuarantee) async throws {
        try await Self.inCluster { cluster in
            try await cluster.produce(Self.records(60))
            let tries = Mutex<[String: Int]>([:])
            let topology = try Self.mapping(retry: .attempts(3, pause: .milliseconds(1))) { _, value in
                let attempt = tries.withLock { tries in
                    tries[value, default: 0] += 1
                    return tries[value, default: 0]
                }
                let number = Int(value) ?? 0
                if number % 10 == 3 || (number % 7 == 0 && attempt < 3) { throw Refused() }
                return value
            }
            var configuration = Counting.configuration(guarantee)
            configuration.onBadRecord = .deadLetter(topic: "dead")
            try await cluster.run(topology, configuration)
            #expect(
                try await cluster.read("out").map { $0.value?.string } == (0..<60).filter { $0 % 10 != 3 }.map { "\($0)" })
            let letters = try await cluster.read("dead")
            #expect(letters.map { $0.value?.string } == (0..<6).map { "\($0 * 10 + 3)" })
            #expect(tries.withLock { $0["7"] } == 3 && tries.withLock { $0["3"] } == 3)
            #expect(try await cluster.isCommitted("app", ["in"]))
        }
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `without a policy a failure ends the application, and nothing at or after the record is committed`(
        _ guarantee: ProcessingGuarantee
    ) async throws {
        try await Self.inCluster { cluster in
            try await cluster.produce(Self.records(20))
            let topology = try Self.mapping { _, value in
                if value == "13" { throw Refused() }
                return value
            }
            let error = await cluster.failure(of: topology, Counting.configuration(guarantee))
            #expect(error?.message == "task 0_0 failed: processing the record in-0 offset 13 failed in the step look")
            let partition = TopicPartition("in", 0)
            let committed = try await cluster.admin.committedOffsets(of: "app", [partition])[partition]?.offset ?? 0
            #expect(committed <= 13)
            // What is not committed is done again.
            try await cluster.run(Self.mapping { $1 }, Counting.configuration(guarantee))
            let values = try await cluster.read("out").map { $0.value?.string }
            if guarantee == .exactlyOnce { #expect(values == (0..<20).map { "\($0)" }) }
            #expect(Set(values).count == 20)
        }
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `a commit waits for what is in flight, and other tasks go on`(_ guarantee: ProcessingGuarantee) async throws {
        try await Self.inCluster(2) { cluster in
            let gate = Gate()
            let log = EventLog()
            try await cluster.produce(Self.records(10))
            let topology = try Self.mapping(maxInFlight: 4) { _, value in
                if value == "5" { try await gate.pass() }
                return value
            }
            let application = try StreamsApplication(
                topology, configuration: Counting.configuration(guarantee, exitsWhenIdle: false, log: log),
                client: cluster.client)
            let partition = TopicPartition("in", 0)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await application.run() }
                let other = TaskID(subTopology: 0, partition: 1)
                for count in 1...5 {
                    try await cluster.produce([StreamsCluster.Input(partition: 1, value: Bytes(utf8: "x"), time: Int64(count))])
                    await log.wait(count: count) { if case .committed(other, _) = $0 { true } else { false } }
                }
                let committed = try await cluster.admin.committedOffsets(of: "app", [partition])[partition]?.offset ?? 0
                #expect(committed <= 5)
                // No result is there of a record that is not committed.
                if guarantee == .exactlyOnce {
                    let values = try await cluster.read("out").compactMap { Int($0.value?.string ?? "") }
                    #expect(values.allSatisfy { $0 < committed })
                }
                gate.open()
                application.stopWhenIdle()
                try await group.waitForAll()
            }
            #expect(try await cluster.read("out").compactMap { Int($0.value?.string ?? "") } == Array(0..<10))
            #expect(try await cluster.isCommitted("app", ["in"]))
        }
    }

    @Test(arguments: ProcessingGuarantee.allCases, [true, false])
    func `state before and after the step agrees with the positions after crashes`(
        _ guarantee: ProcessingGuarantee, _ ordered: Bool
    ) async throws {
        try await Self.inCluster(2) { cluster in
            let records = Counting.records(4000, seed: 5)
            try await cluster.produce(records)
            // Without a cache, so that each record is a call.
            var configuration = Counting.dying(guarantee)
            configuration.cacheBytes = 0
            for count in [500, 900, 1300] {
                let trigger = Trigger(after: count)
                try await cluster.cancel(Self.counting(trigger, ordered: ordered), configuration) { await trigger.wait() }
            }
            try await cluster.run(Self.counting(ordered: ordered), Counting.configuration(guarantee))
            let found = try await cluster.table("out", .string, .int64)
            let expected = Counting.expected(records)
            if guarantee == .exactlyOnce {
                #expect(found == expected)
            } else {
                #expect(found.keys.sorted() == expected.keys.sorted())
                for (key, count) in expected { #expect(Int(found[key] ?? "") ?? 0 >= Int(count) ?? 0, "\(key)") }
            }
        }
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `tasks go to another instance and back with records in flight, and each counts once`(
        _ guarantee: ProcessingGuarantee
    ) async throws {
        try await Self.inCluster(4) { cluster in
            typealias Instance = RebalanceTests.Instance
            let stayer = try Instance(cluster, guarantee, topology: Self.counting())
            let guest = try Instance(cluster, guarantee, topology: Self.counting())
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await stayer.application.run() }
                await stayer.waitUntilRunning(8)
                let records = try await RebalanceTests.underLoad(cluster, seed: 3) {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { try await guest.application.run() }
                        await guest.waitUntilRunning(4)
                        guest.application.stop()
                        try await group.waitForAll()
                    }
                    await stayer.waitUntilRunning(12)
                }
                stayer.application.stopWhenIdle()
                try await group.waitForAll()
                #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records))
            }
        }
    }

    @Test func `a paused task hands on and commits what is in flight`() async throws {
        try await Self.inCluster { cluster in
            let (gate, arrived) = (Gate(), Gate())
            let log = EventLog()
            try await cluster.produce(Self.records(3))
            let topology = try Self.mapping { _, value in
                arrived.open()
                try await gate.pass()
                return value
            }
            let application = try StreamsApplication(
                topology, configuration: Counting.configuration(.exactlyOnce, exitsWhenIdle: false, log: log),
                client: cluster.client)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await application.run() }
                try await arrived.pass()
                application.pause()
                gate.open()
                await log.waitForCommits()
                #expect(try await cluster.read("out").compactMap { Int($0.value?.string ?? "") } == [0, 1, 2])
                #expect(try await cluster.isCommitted("app", ["in"]))
                application.stop()
                try await group.waitForAll()
            }
        }
    }

    /// A clock that runs fast, so that limits of seconds take moments.
    static func hurried(_ client: KafkaClient) -> KafkaClient {
        var environment = client.environment
        let (now, sleep) = (environment.now, environment.sleep)
        environment.now = { now() * 100 }
        environment.sleep = { try await sleep(max(1, $0 / 100)) }
        return KafkaClient(transport: client.transport, clientID: "test", environment: environment)
    }

    @Test(arguments: [true, false])
    func `a stop waits for calls for a while, tells what does not end, and leaves it behind`(_ endsWhenCancelled: Bool) async throws {
        try await Self.inCluster { cluster in
            let (gate, arrived) = (Gate(), Gate())
            let log = EventLog()
            try await cluster.produce(Self.records(3))
            let topology = try Self.mapping(retry: .attempts(1, timeout: .seconds(3600))) { _, value in
                arrived.open()
                // One that is cancelled, and one that takes no notice.
                if endsWhenCancelled { try await gate.pass() } else { await Task { try? await gate.pass() }.value }
                return value
            }
            let application = try StreamsApplication(
                topology, configuration: Counting.configuration(.exactlyOnce, exitsWhenIdle: false, log: log),
                client: Self.hurried(cluster.client))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await application.run() }
                try await arrived.pass()
                application.stop(within: .seconds(3600))
                try await group.waitForAll()
            }
            #expect(log.warnings.contains { $0.contains("calls of asynchronous steps have not come back") })
            #expect(log.warnings.contains { $0.contains("are left behind") } == !endsWhenCancelled)
            gate.open()
            try await cluster.run(Self.mapping { $1 }, Counting.configuration(.exactlyOnce))
            #expect(try await cluster.read("out").compactMap { Int($0.value?.string ?? "") } == [0, 1, 2])
        }
    }

    @Test func `calls that take too long are told, made again, and counted`() async throws {
        try await Self.inCluster { cluster in
            let gate = Gate()
            let tries = Mutex(0)
            let log = EventLog()
            try await cluster.produce(Self.records(2))
            let topology = try Self.mapping(retry: .attempts(3, pause: .zero, timeout: .seconds(20))) { _, value in
                let isFirst = tries.withLock { tries in
                    tries += 1
                    return tries <= 2
                }
                if isFirst { try await gate.pass() }
                return value
            }
            let application = try StreamsApplication(
                topology, configuration: Counting.configuration(.atLeastOnce, exitsWhenIdle: false, log: log),
                client: Self.hurried(cluster.client))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await application.run() }
                await log.wait { event in
                    if case .waiting(let what, _) = event { what.contains("records in the step look of task 0_0") } else { false }
                }
                await log.wait { if case .committed(_, let totals) = $0 { totals.written["out"] == 2 } else { false } }
                let metrics = application.metrics.metrics
                func value(_ name: String) -> Metric.Value? {
                    metrics.first { $0.descriptor.name == name && $0.tags.contains(MetricTag("processor-node-id", "look")) }?.value
                }
                #expect(value("async-retry-total") == .number(2))
                #expect(value("async-failed-records-total") == .number(0))
                #expect(value("async-records-in-flight") == .number(0))
                application.stop()
                try await group.waitForAll()
            }
            #expect(try await cluster.read("out").compactMap { Int($0.value?.string ?? "") } == [0, 1])
        }
    }
}
