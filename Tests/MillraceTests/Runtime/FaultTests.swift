import KafkaClient
import KafkaProtocol
import Synchronization
import Testing

@testable import Millrace

@Suite struct FaultTests {
    /// Counts seeded records over a transport that goes wrong, and compares with the truth.
    func run(
        _ guarantee: ProcessingGuarantee, warns: String?, retryPolicy: RetryPolicy = RetryPolicy(),
        sessionTimeout: Duration = .seconds(60), _ handlers: [APIKey: FaultyTransport.Handler]
    ) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let records = Counting.records(20_000, seed: 77)
                try await cluster.produce(records)
                let log = EventLog()
                var configuration = Counting.configuration(guarantee, log: log)
                // No transaction may time out, however long a busy machine takes.
                (configuration.transactionTimeout, configuration.sessionTimeout) = (sessionTimeout, sessionTimeout)
                try await cluster.with(handlers, retryPolicy: retryPolicy).run(Counting.topology(), configuration)
                let table = try await cluster.table("out", .string, .int64)
                let expected = Counting.expected(records)
                if guarantee == .exactlyOnce {
                    #expect(table == expected)
                } else {
                    #expect(table.keys.sorted() == expected.keys.sorted())
                    for (key, count) in table { #expect(Int(count) ?? 0 >= Int(expected[key] ?? "") ?? .max) }
                }
                if let warns {
                    // Who finds out first, the task or the membership, is chance.
                    if !warns.isEmpty { #expect(log.warnings.contains { $0.contains(warns) }) }
                } else {
                    #expect(log.warnings.isEmpty)
                }
            }
        }
    }

    /// The answer that refuses some commit of offsets.
    static func refusing(_ code: KafkaErrorCode, _ which: @escaping @Sendable (Int) -> Bool) -> [APIKey: FaultyTransport.Handler] {
        [
            .txnOffsetCommit: { request, number in
                guard which(number), let request = request as? TxnOffsetCommitRequest else { return .none }
                return .answer(
                    TxnOffsetCommitResponse(
                        topics: request.topics.map { topic in
                            .init(
                                name: topic.name,
                                partitions: topic.partitions.map {
                                    .init(partitionIndex: $0.partitionIndex, errorCode: code.rawValue)
                                })
                        }))
            },
            .offsetCommit: { request, number in
                guard which(number), let request = request as? OffsetCommitRequest else { return .none }
                return .answer(
                    OffsetCommitResponse(
                        topics: request.topics.map { topic in
                            .init(
                                name: topic.name,
                                partitions: topic.partitions.map {
                                    .init(partitionIndex: $0.partitionIndex, errorCode: code.rawValue)
                                })
                        }))
            },
        ]
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `a task whose offsets are refused closes, and the instance joins again`(_ guarantee: ProcessingGuarantee)
        async throws
    {
        try await run(guarantee, warns: "belongs to another instance", Self.refusing(.unknownMemberId) { $0 == 3 })
    }

    /// As between the moments at which the coordinator goes on and the member knows it.
    @Test(arguments: ProcessingGuarantee.allCases, [KafkaErrorCode.illegalGeneration, .rebalanceInProgress])
    func `a task whose generation is refused commits as of the next, and goes on`(
        _ guarantee: ProcessingGuarantee, _ code: KafkaErrorCode
    ) async throws {
        try await run(guarantee, warns: nil, Self.refusing(code) { (2..<6).contains($0) || $0 == 8 })
    }

    @Test(arguments: [KafkaErrorCode.producerFenced, .invalidProducerEpoch, .invalidTxnState])
    func `a task whose transaction was given up, and whose partitions are still its own, starts anew`(
        _ code: KafkaErrorCode
    ) async throws {
        try await run(
            .exactlyOnce, warns: "starts anew from its last commit",
            [.endTxn: { _, number in number == 3 ? .answer(EndTxnResponse(errorCode: code.rawValue)) : .none }])
    }

    @Test func `a task that is fenced while the group has gone on closes, and the instance joins again`() async throws {
        let isFenced = Switch()
        // Who has not left is waited for.
        try await run(
            .exactlyOnce, warns: "", sessionTimeout: .seconds(5),
            [
                .endTxn: { _, number in
                    guard number == 3 else { return .none }
                    isFenced.turn(true)
                    return .answer(EndTxnResponse(errorCode: KafkaErrorCode.producerFenced.rawValue))
                },
                .heartbeat: { _, _ in
                    guard isFenced.isOn else { return .none }
                    isFenced.turn(false)
                    return .answer(HeartbeatResponse(errorCode: KafkaErrorCode.unknownMemberId.rawValue))
                },
            ])
    }

    @Test func `clusters without transactions of version 2 are told of partitions and groups before`() async throws {
        let told = Mutex<Set<APIKey>>([])
        func note(_ key: APIKey) -> FaultyTransport.Handler {
            { _, _ in
                told.withLock { _ = $0.insert(key) }
                return .none
            }
        }
        try await run(
            .exactlyOnce, warns: nil,
            [
                .apiVersions: { _, _ in .answer(ApiVersionsResponse()) }, .addPartitionsToTxn: note(.addPartitionsToTxn),
                .addOffsetsToTxn: note(.addOffsetsToTxn),
            ])
        #expect(told.withLock { $0 } == [.addPartitionsToTxn, .addOffsetsToTxn])
    }

    @Test func `a commit whose answer is lost is repeated`() async throws {
        try await run(.exactlyOnce, warns: nil, [.endTxn: { _, number in number == 3 ? .answerLost : .none }])
    }

    @Test func `a commit that nobody answers is repeated for as long as it takes`() async throws {
        try await run(
            .exactlyOnce, warns: nil, retryPolicy: RetryPolicy(maximumBackoff: .milliseconds(5), timeout: .milliseconds(1)),
            [.endTxn: { _, number in (2..<100).contains(number) ? .lost : .none }])
    }

    @Test func `a batch that is refused for good fails the application, and a later run is right`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let records = Counting.records(20_000, seed: 78)
                try await cluster.produce(records)
                let refusing = cluster.with([
                    .produce: { request, number in
                        guard number >= 4, let request = request as? ProduceRequest else { return .none }
                        return .answer(
                            ProduceResponse(
                                responses: request.topicData.map { topic in
                                    .init(
                                        name: topic.name,
                                        partitionResponses: topic.partitionData.map {
                                            .init(index: $0.index, errorCode: KafkaErrorCode.invalidRecord.rawValue)
                                        })
                                }))
                    }
                ])
                let error = await refusing.failure(of: try Counting.topology(), Counting.configuration(.exactlyOnce))
                #expect(error?.code == .processing && error?.description.contains("INVALID_RECORD") == true)
                try await cluster.run(Counting.topology(), Counting.configuration(.exactlyOnce))
                #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records))
            }
        }
    }

    /// An instance that cannot send heartbeats is taken for dead while it works on.
    @Test func `an instance that the group takes for dead is fenced, and joins again`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 4, "out": 1])
                let isMute = Switch()
                let mute = cluster.with([.heartbeat: { _, _ in isMute.isOn ? .lost : .none }])
                let logs = (EventLog(), EventLog())
                let first = try StreamsApplication(
                    Counting.topology(),
                    configuration: Counting.dying(.exactlyOnce, log: logs.0), client: mute.client)
                let second = try StreamsApplication(
                    Counting.topology(),
                    configuration: Counting.configuration(.exactlyOnce, exitsWhenIdle: false, log: logs.1),
                    client: cluster.client)
                var records = Counting.records(4000, seed: 1, partitions: 4)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await first.run() }
                    await logs.0.wait(count: 8) { if case .running = $0 { true } else { false } }
                    isMute.turn(true)
                    group.addTask { try await second.run() }
                    try await cluster.produce(records)
                    // The second instance gets tasks once the group has given up the first.
                    await logs.1.wait(count: 2) { if case .running = $0 { true } else { false } }
                    isMute.turn(false)
                    let more = Counting.records(4000, seed: 2, partitions: 4)
                    try await cluster.produce(more)
                    records += more
                    first.stopWhenIdle()
                    second.stopWhenIdle()
                    try await group.waitForAll()
                }
                #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records))
            }
        }
    }

    /// Makes state, then an application whose reads of the changelog wait at a gate.
    func whileRestoring(
        _ body:
            @escaping @Sendable (_ cluster: StreamsCluster, _ slow: StreamsCluster, _ gate: Gate) async throws -> Void
    ) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                try await cluster.produce(Counting.records(2000, seed: 1))
                try await cluster.run(Counting.topology(), Counting.configuration(.exactlyOnce))
                let gate = Gate()
                let slow = cluster.with([
                    .fetch: { request, _ in
                        let topics = (request as? FetchRequest)?.topics.map(\.topic) ?? []
                        if topics.contains("app-counts-changelog") { try await gate.pass() }
                        return .none
                    }
                ])
                try await body(cluster, slow, gate)
            }
        }
    }

    @Test func `stop ends an application that restores its stores`() async throws {
        try await whileRestoring { _, slow, _ in
            let log = EventLog()
            try await slow.run(
                Counting.topology(), Counting.configuration(.exactlyOnce, exitsWhenIdle: false, log: log)
            ) {
                // The tasks without state are there already, the others wait.
                await log.wait(count: 2) { if case .running = $0 { true } else { false } }
            }
            #expect(!log.events.contains { if case .restored = $0 { true } else { false } })
        }
    }

    @Test func `tasks that restore their stores are given to another instance`() async throws {
        try await whileRestoring { cluster, slow, gate in
            let records = Counting.records(3000, seed: 2)
            let logs = (EventLog(), EventLog())
            let first = try StreamsApplication(
                Counting.topology(),
                configuration: Counting.configuration(.exactlyOnce, exitsWhenIdle: false, log: logs.0),
                client: slow.client)
            let second = try StreamsApplication(
                Counting.topology(),
                configuration: Counting.configuration(.exactlyOnce, exitsWhenIdle: false, log: logs.1),
                client: cluster.client)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await first.run() }
                await logs.0.wait(count: 2) { if case .running = $0 { true } else { false } }
                group.addTask { try await second.run() }
                await logs.1.wait { if case .running = $0 { true } else { false } }
                try await cluster.produce(records)
                gate.open()
                first.stopWhenIdle()
                second.stopWhenIdle()
                try await group.waitForAll()
            }
            let all = Counting.records(2000, seed: 1) + records
            #expect(try await cluster.table("out", .string, .int64) == Counting.expected(all))
        }
    }
}
