import KafkaClient
import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct OutageTests {
    /// Every API that an application uses.
    static let all: [APIKey] = [
        .metadata, .findCoordinator, .joinGroup, .syncGroup, .heartbeat, .leaveGroup, .fetch, .listOffsets, .offsetFetch,
        .offsetCommit, .initProducerId, .addPartitionsToTxn, .addOffsetsToTxn, .txnOffsetCommit, .endTxn, .produce,
        .createTopics, .deleteRecords,
    ]

    /// The cluster as it is while `away` is on: no request gets through.
    static func cut(_ cluster: StreamsCluster, _ away: Switch) -> StreamsCluster {
        let handler: FaultyTransport.Handler = { _, _ in away.isOn ? .lost : .none }
        return cluster.with(
            Dictionary(uniqueKeysWithValues: all.map { ($0, handler) }),
            retryPolicy: RetryPolicy(
                initialBackoff: .milliseconds(1), maximumBackoff: .milliseconds(10), timeout: .milliseconds(20),
                unknownTopicTimeout: .milliseconds(20)))
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `an outage in the middle of the work is waited for, and the results are right`(
        _ guarantee: ProcessingGuarantee
    ) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let away = Switch()
                let log = EventLog()
                let records = Counting.records(20_000, seed: 5)
                try await cluster.produce(records)
                let application = try StreamsApplication(
                    Counting.topology(), configuration: Counting.configuration(guarantee, log: log),
                    client: Self.cut(cluster, away).client)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await application.run() }
                    await log.waitForCommits(2)
                    away.turn(true)
                    // Far longer than the client's own patience.
                    try await Task.sleep(for: .milliseconds(300))
                    away.turn(false)
                    try await group.waitForAll()
                }
                let table = try await cluster.table("out", .string, .int64)
                #expect(table == Counting.expected(records))
            }
        }
    }

    @Test func `an application that begins while no broker answers waits for one`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let records = Counting.records(100, seed: 6)
                try await cluster.produce(records)
                let away = Switch()
                away.turn(true)
                let application = try StreamsApplication(
                    Counting.topology(), configuration: Counting.configuration(.exactlyOnce),
                    client: Self.cut(cluster, away).client)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await application.run() }
                    try await Task.sleep(for: .milliseconds(100))
                    away.turn(false)
                    try await group.waitForAll()
                }
                #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records))
            }
        }
    }

    @Test func `an outage ends the application after the limit, with what could not be done`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let away = Switch()
                away.turn(true)
                var configuration = Counting.configuration(.exactlyOnce)
                configuration.outageLimit = .milliseconds(50)
                let error = await Self.cut(cluster, away).failure(of: try Counting.topology(), configuration)
                #expect(error?.code == .broker && error?.description.contains("attempts") == true)
            }
        }
    }

    @Test(arguments: ["connecting", "working"])
    func `stop ends an application while no broker answers`(_ state: String) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                try await cluster.produce(Counting.records(5000, seed: 7))
                let away = Switch()
                if state == "connecting" { away.turn(true) }
                let log = EventLog()
                let application = try StreamsApplication(
                    Counting.topology(),
                    configuration: Counting.dying(.exactlyOnce, log: log), client: Self.cut(cluster, away).client)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await application.run() }
                    if state == "working" {
                        await log.waitForCommits()
                        away.turn(true)
                        try await cluster.produce(Counting.records(5000, seed: 8))
                    } else {
                        try await Task.sleep(for: .milliseconds(20))
                    }
                    application.stop(within: .milliseconds(100))
                    try await group.waitForAll()
                }
                away.turn(false)
                try await cluster.run(Counting.topology(), Counting.configuration(.exactlyOnce))
                let all = Counting.records(5000, seed: 7) + (state == "working" ? Counting.records(5000, seed: 8) : [])
                #expect(try await cluster.table("out", .string, .int64) == Counting.expected(all))
            }
        }
    }

    /// Joining, restoring, and with a transaction open among others.
    @Test(arguments: [
        APIKey.joinGroup, .syncGroup, .offsetFetch, .listOffsets, .fetch, .initProducerId, .produce, .txnOffsetCommit, .endTxn,
    ])
    func `stop ends an application in time whichever request is not answered`(_ api: APIKey) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let records = Counting.records(2000, seed: 11)
                try await cluster.produce(records)
                // So that there is something to be restored.
                try await cluster.run(Counting.topology(), Counting.configuration(.exactlyOnce))
                try await cluster.produce(records)
                let (isReached, gate) = (Gate(), Gate())
                let silent = cluster.with([
                    api: { _, _ in
                        isReached.open()
                        try await gate.pass()
                        return .none
                    }
                ])
                var configuration = Counting.dying(.exactlyOnce)
                configuration.transactionTimeout = .seconds(1)
                let application = try StreamsApplication(
                    Counting.topology(), configuration: configuration, client: silent.client)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await application.run() }
                    try await isReached.pass()
                    application.stop(within: .milliseconds(100))
                    try await group.waitForAll()
                }
                gate.open()
                try await cluster.run(Counting.topology(), Counting.configuration(.exactlyOnce))
                #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records + records))
            }
        }
    }

    @Test func `a full disk of the broker is waited for`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let records = Counting.records(2000, seed: 9)
                try await cluster.produce(records)
                let full = cluster.with(
                    [
                        .produce: { request, number in
                            guard (3..<60).contains(number), let request = request as? ProduceRequest else { return .none }
                            return .answer(
                                ProduceResponse(
                                    responses: request.topicData.map { topic in
                                        .init(
                                            name: topic.name,
                                            partitionResponses: topic.partitionData.map {
                                                .init(
                                                    index: $0.index, errorCode: KafkaErrorCode.kafkaStorageError.rawValue,
                                                    errorMessage: "no space left on device")
                                            })
                                    }))
                        }
                    ],
                    retryPolicy: RetryPolicy(
                        initialBackoff: .milliseconds(1), maximumBackoff: .milliseconds(2), timeout: .milliseconds(1)))
                try await full.run(Counting.topology(), Counting.configuration(.exactlyOnce))
                #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records))
            }
        }
    }
}
