import KafkaClient
import KafkaProtocol
import Synchronization
import Testing

@testable import Millrace

/// What the policies do in a running application.
@Suite struct FailurePolicyApplicationTests {
    struct Refused: Error {}

    /// Counts records by key, and has `check` look at each count.
    static func topology(_ check: @escaping @Sendable (_ key: String, _ count: Int64) throws -> Void) throws -> Topology {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.groupByKey().count(.as("counts")).toStream().mapValues(named: "check") { key, count in
            try check(key ?? "", count ?? 0)
            return count ?? 0
        }.to("out", value: .int64)
        return try builder.build()
    }

    /// Keys that begin with their partition, so many records of each.
    static func records(_ count: Int) -> [StreamsCluster.Input] {
        (0..<count).flatMap { number in
            (0..<2).map { partition in
                StreamsCluster.Input(
                    partition: Int32(partition), key: Bytes(utf8: "\(partition)-\(number % 7)"), value: Bytes(utf8: "x"),
                    time: Int64(number))
            }
        }
    }

    /// The last count of each key.
    static func expected(_ records: [StreamsCluster.Input]) -> [String: String] {
        Dictionary(grouping: records) { $0.key?.string ?? "" }.mapValues { "\($0.count)" }
    }

    /// Without a cache, so that each count comes to the check, when its record does.
    static func configuration(
        _ guarantee: ProcessingGuarantee, exitsWhenIdle: Bool = true, log: EventLog? = nil
    ) -> StreamsConfiguration {
        var configuration = Counting.configuration(guarantee, exitsWhenIdle: exitsWhenIdle, log: log)
        configuration.cacheBytes = 0
        return configuration
    }

    static func withInput(
        _ count: Int = 140, _ body: @escaping @Sendable (StreamsCluster, [StreamsCluster.Input]) async throws -> Void
    ) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1, "dead": 1])
                let records = records(count)
                try await cluster.produce(records)
                try await body(cluster, records)
            }
        }
    }

    // MARK: - Another attempt

    @Test(arguments: ProcessingGuarantee.allCases, [0, 1 << 20])
    func `what is tried again is neither lost nor there twice`(_ guarantee: ProcessingGuarantee, _ cacheBytes: Int) async throws {
        try await Self.withInput { cluster, records in
            let fails = Mutex<[String: Int]>(["0-3": 2, "1-0": 3, "1-6": 1])
            var configuration = Self.configuration(guarantee)
            configuration.cacheBytes = cacheBytes
            configuration.onFailure = [.processing: .retry(times: 3, pause: .milliseconds(20), then: .fail)]
            try await cluster.run(
                Self.topology { key, _ in
                    let isBad = fails.withLock { fails in
                        fails[key, default: 0] -= 1
                        return (fails[key] ?? 0) >= 0
                    }
                    if isBad { throw Refused() }
                }, configuration)
            #expect(try await cluster.table("out", .string, .int64) == Self.expected(records))
            if cacheBytes == 0 { #expect(try await cluster.read("out").count == records.count) }
        }
    }

    @Test func `an application that is stopped while something is tried again ends without it, and the next one has it`() async throws {
        try await Self.withInput { cluster, records in
            let log = EventLog()
            let trigger = Trigger(after: 2)
            var configuration = Self.configuration(.exactlyOnce, exitsWhenIdle: false, log: log)
            configuration.onBadRecord = .retry(times: 2, pause: .seconds(200), longestPause: .seconds(200), then: .fail)
            let topology = try Self.topology { key, count in
                guard key == "1-3", count == 11 else { return }
                trigger.pull()
                trigger.pull()
                throw Refused()
            }
            try await cluster.run(topology, configuration) {
                await trigger.wait()
            }
            #expect(log.warnings.contains { $0.contains("ends without a last commit: something that has failed") })
            try await cluster.run(Self.topology { _, _ in }, Self.configuration(.exactlyOnce))
            #expect(try await cluster.table("out", .string, .int64) == Self.expected(records))
            #expect(try await cluster.read("out").count == records.count)
        }
    }

    // MARK: - Brokers that refuse

    /// Answers writes to `out` with a refusal as long as `refuses` says.
    static func refusing(_ refuses: @escaping @Sendable () -> Bool) -> [APIKey: FaultyTransport.Handler] {
        [
            .produce: { request, _ in
                guard let request = request as? ProduceRequest, request.topicData.contains(where: { $0.name == "out" }),
                    refuses()
                else { return .none }
                return .answer(
                    ProduceResponse(
                        responses: request.topicData.map { topic in
                            .init(
                                name: topic.name,
                                partitionResponses: topic.partitionData.map {
                                    .init(
                                        index: $0.index, errorCode: KafkaErrorCode.topicAuthorizationFailed.rawValue,
                                        baseOffset: -1)
                                })
                        }))
            }
        ]
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `records for a topic that may not be written go as the policy of the sink says`(
        _ guarantee: ProcessingGuarantee
    ) async throws {
        try await Self.withInput(10) { cluster, records in
            let builder = StreamsBuilder()
            let input: KStream<String, String> = builder.stream("in")
            input.to("out", Produced(onBadRecord: .deadLetter(topic: "dead"), name: "sink"))
            try await cluster.with(Self.refusing { true }).run(builder.build(), Self.configuration(guarantee))
            let dead = try await cluster.read("dead")
            #expect(Set(dead.map(\.time)) == Set((0..<10).map { Int64($0) }))
            #expect(guarantee == .atLeastOnce || dead.count == records.count)
            let reasons = dead.compactMap { $0.headers.first { $0.key == "__streams.errors.message" }?.value?.string }
            #expect(reasons.allSatisfy { $0.contains("TOPIC_AUTHORIZATION_FAILED") } && !reasons.isEmpty)
            #expect(try await cluster.read("out").isEmpty)
        }
    }

    @Test func `a topic that may be written after some attempts gets all records`() async throws {
        try await Self.withInput(10) { cluster, records in
            let left = Mutex(3)
            let handlers = Self.refusing {
                left.withLock { left in
                    left -= 1
                    return left >= 0
                }
            }
            var configuration = Self.configuration(.exactlyOnce)
            configuration.onFailure = [.production: .retry(times: 5, pause: .milliseconds(5), then: .fail)]
            let builder = StreamsBuilder()
            let input: KStream<String, String> = builder.stream("in")
            input.to("out")
            try await cluster.with(handlers).run(builder.build(), configuration)
            #expect(try await cluster.read("out").count == records.count)
        }
    }

    @Test func `records for chosen topics that are not there go as the policy says, and wait for them if it does`() async throws {
        try await Self.withInput(10) { cluster, records in
            let builder = StreamsBuilder()
            let input: KStream<String, String> = builder.stream("in")
            input.to(Produced(name: "sink")) { record, _ in record.timestamp == 4 ? "later" : "out" }
            let topology = try builder.build()
            let failed = await cluster.failure(of: topology, Self.configuration(.exactlyOnce))
            #expect(failed?.code == .missingTopic)
            var configuration = Self.configuration(.exactlyOnce)
            configuration.onFailure = [.production: .deadLetter(topic: "dead")]
            try await cluster.run(topology, configuration)
            #expect(try await cluster.read("dead").map(\.time) == [4, 4])
            #expect(try await cluster.read("out").count == records.count - 2)

            configuration.applicationID = "other"
            let asked = Trigger(after: 1)
            configuration.onFailure = [
                .production: .decide { _ in
                    asked.pull()
                    return .retry(after: .milliseconds(5))
                }
            ]
            try await withThrowingTaskGroup(of: Void.self) { [configuration] group in
                group.addTask { try await cluster.run(topology, configuration) }
                await asked.wait()
                try await cluster.createTopics(["later": 1])
                try await group.waitForAll()
            }
            #expect(try await cluster.read("later").map(\.time) == [4, 4])
        }
    }

    // MARK: - Records left out

    @Test func `late records go to their topic in the transaction of the task`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 1, "out": 1, "late": 1])
                try await cluster.produce(
                    [100, 5, 101].map { .init(key: Bytes(utf8: "a"), value: Bytes(utf8: "at \($0)"), time: $0) })
                let builder = StreamsBuilder()
                let input: KStream<String, String> = builder.stream("in")
                input.groupByKey().windowedBy(.tumbling(.milliseconds(10))).count(.as("counts"))
                    .toStream { key, _ in key.map { "\($0)" } }.to("out", value: .int64)
                var configuration = Self.configuration(.exactlyOnce)
                configuration.droppedRecords = .deadLetter(topic: "late")
                let missing = configuration
                try await cluster.run(builder.build(), configuration)
                let late = try await cluster.read("late")
                #expect(late.map { $0.value?.string } == ["at 5"] && late.map(\.time) == [5])
                #expect(late.first?.headers.first { $0.key == "__millrace.dropped.reason" }?.value?.string == "late")
                var other = missing
                other.droppedRecords = .deadLetter(topic: "nowhere")
                let error = await cluster.failure(of: try builder.build(), other)
                #expect(error?.code == .missingTopic && error?.message.contains("nowhere") == true)
            }
        }
    }

    // MARK: - Global tables

    @Test func `a record of a global table is tried again before the application starts`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 1, "out": 1, "names": 1])
                try await cluster.produce(
                    ["first", "second", "third"].enumerated().map {
                        .init(topic: "names", key: Bytes(utf8: "\($0.offset)"), value: Bytes(utf8: $0.element))
                    })
                try await cluster.produce((0..<3).map { .init(key: Bytes(utf8: "v\($0)"), value: Bytes(utf8: "\($0)")) })
                let left = Mutex(3)
                let flaky = Serde<String>(
                    encode: { try Serde<String>.string.encode($0, &$1) },
                    decode: { bytes in
                        let fails =
                            bytes.string == "second"
                            && left.withLock { left in
                                left -= 1
                                return left >= 0
                            }
                        if fails { throw Refused() }
                        return try Serde<String>.string.decode(bytes)
                    })
                let builder = StreamsBuilder()
                let names = builder.globalTable("names", Consumed(key: .string, value: flaky))
                let input: KStream<String, String> = builder.stream("in")
                input.join(names, lookUp: { _, value in value }) { _, _, name in name }.to("out")
                var configuration = Self.configuration(.atLeastOnce)
                configuration.onFailure = [.globalTable: .retry(times: 3, pause: .milliseconds(5), then: .fail)]
                try await cluster.run(builder.build(), configuration)
                #expect(try await cluster.table("out", .string, .string) == ["v0": "first", "v1": "second", "v2": "third"])
                #expect(left.withLock { $0 } < 0)
            }
        }
    }

    // MARK: - Tasks that fail for good

    @Test(arguments: ProcessingGuarantee.allCases)
    func `a task that fails for good is stopped, the others go on, and the application ends with its error`(
        _ guarantee: ProcessingGuarantee
    ) async throws {
        try await Self.withInput { cluster, records in
            let log = EventLog()
            var configuration = Self.configuration(guarantee, log: log)
            configuration.failedTasks = .stopTask
            let topology = try Self.topology { key, count in if key == "0-3", count == 5 { throw Refused() } }
            let error = await cluster.failure(of: topology, configuration)
            #expect(error?.code == .processing && error?.message.contains("task 0_0 failed") == true)
            #expect(error?.message.contains("in-0 offset 31") == true)
            let stopped = log.events.compactMap { if case .stopped(let task, _) = $0 { task } else { nil } }
            #expect(stopped == [TaskID(subTopology: 0, partition: 0)])
            let table = try await cluster.table("out", .string, .int64)
            let others = Self.expected(records).filter { $0.key.hasPrefix("1-") }
            #expect(table.filter { $0.key.hasPrefix("1-") } == others)
            // What it had left is processed once it can be.
            try await cluster.run(Self.topology { _, _ in }, Self.configuration(guarantee))
            let whole = try await cluster.table("out", .string, .int64)
            if guarantee == .exactlyOnce { #expect(whole == Self.expected(records)) }
        }
    }

    @Test func `an instance ends as idle although a task has failed for good on another one, and says so`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let topology = try Self.topology { key, _ in if key == "0-3" { throw Refused() } }
                let instances = try (0..<2).map { _ in
                    try RebalanceTests.Instance(cluster, .exactlyOnce, topology: topology) { $0.failedTasks = .stopTask }
                }
                let runs = instances.map { instance in Task { try await instance.application.run() } }
                defer { for run in runs { run.cancel() } }
                await instances[0].log.wait { if case .running = $0 { true } else { false } }
                await instances[1].log.wait { if case .running = $0 { true } else { false } }
                while instances.contains(where: { $0.tasks.count != 1 }) { try await Task.sleep(for: .milliseconds(5)) }
                try await cluster.produce(Self.records(20))
                let failed = TaskID(subTopology: 0, partition: 0)
                let place = try #require(instances.firstIndex { $0.tasks == [failed] })
                let (one, other) = (instances[place], instances[1 - place])
                await one.log.wait { if case .stopped(failed, _) = $0 { true } else { false } }
                #expect(one.application.state == .degraded)
                other.application.stopWhenIdle()
                try await runs[1 - place].value
                #expect(other.log.warnings.contains { $0.contains("failed for good on another instance") })
                one.application.stop()
                await #expect(throws: StreamsError.self) { try await runs[place].value }
            }
        }
    }

    @Test func `a task that begins anew after failures goes on where they end`() async throws {
        try await Self.withInput { cluster, records in
            let left = Mutex(3)
            var configuration = Self.configuration(.exactlyOnce)
            configuration.failedTasks = .restart(pause: .milliseconds(1), longestPause: .milliseconds(4))
            try await cluster.run(
                Self.topology { key, count in
                    guard key == "0-3", count == 5 else { return }
                    let fails = left.withLock { left in
                        left -= 1
                        return left >= 0
                    }
                    if fails { throw Refused() }
                }, configuration)
            #expect(try await cluster.table("out", .string, .int64) == Self.expected(records))
            #expect(try await cluster.read("out").count == records.count)
        }
    }

    @Test func `a record that fails whenever its task begins anew ends the application, by its place`() async throws {
        try await Self.withInput { cluster, _ in
            let calls = Mutex(0)
            var configuration = Self.configuration(.exactlyOnce)
            configuration.failedTasks = .restart(pause: .milliseconds(1), longestPause: .milliseconds(4))
            let topology = try Self.topology { key, _ in
                if key == "0-3" {
                    calls.withLock { $0 += 1 }
                    throw Refused()
                }
            }
            let error = await cluster.failure(of: topology, configuration)
            #expect(error?.code == .processing)
            let text = error.map { "\($0)" } ?? ""
            #expect(text.contains("task 0_0 failed: it has failed 5 times in a row") && text.contains("from in-0 offset"))
            #expect(text.contains("processing the record in-0 offset 3 failed in the step check"))
            #expect(calls.withLock { $0 } == TaskRestarts.mostFailures)
        }
    }
}
