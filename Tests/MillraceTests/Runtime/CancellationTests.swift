import KafkaClient
import KafkaProtocol
import Testing

@testable import Millrace

/// What swift-service-lifecycle asks of a service.
private protocol Service: Sendable {
    func run() async throws
}

extension StreamsApplication: Service {}

/// Applications within structured concurrency.
@Suite struct CancellationTests {
    static func configuration(
        _ guarantee: ProcessingGuarantee, commitInterval: Duration = .seconds(3600), log: EventLog
    ) -> StreamsConfiguration {
        var configuration = Counting.configuration(guarantee, commitInterval: commitInterval, exitsWhenIdle: false, log: log)
        configuration.cancellationLimit = .seconds(60)
        return configuration
    }

    static func inCluster(_ body: @escaping @Sendable (StreamsCluster) async throws -> Void) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                try await body(cluster)
            }
        }
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `an application whose task is cancelled commits and leaves its group`(_ guarantee: ProcessingGuarantee) async throws {
        try await Self.inCluster { cluster in
            let records = Counting.records(3000, seed: 1)
            let log = EventLog()
            let trigger = Trigger(after: 5000)
            let service: any Service = try StreamsApplication(
                Counting.topology(trigger), configuration: Self.configuration(guarantee, log: log), client: cluster.client)
            let running = Task { try await service.run() }
            try await cluster.produce(records)
            try await cluster.produce(records)
            await trigger.wait()
            running.cancel()
            try await running.value
            #expect(!log.warnings.contains { $0.contains("without a last commit") })
            // All that it had taken in is committed, so that nothing counts twice, whatever the guarantee.
            let group = try await cluster.admin.describeGroups(["app"])["app"]
            #expect(group?.members.isEmpty == true)
            try await cluster.run(Counting.topology(), Counting.configuration(guarantee))
            #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records + records))
        }
    }

    @Test func `an application whose task is cancelled ends within its limit although a broker is silent`() async throws {
        try await Self.inCluster { cluster in
            let (isReached, gate) = (Gate(), Gate())
            let silent = cluster.with([
                .offsetFetch: { _, _ in
                    isReached.open()
                    try await gate.pass()
                    return .none
                }
            ])
            let log = EventLog()
            var configuration = Self.configuration(.exactlyOnce, log: log)
            configuration.cancellationLimit = .milliseconds(100)
            let application = try StreamsApplication(Counting.topology(), configuration: configuration, client: silent.client)
            let running = Task { try await application.run() }
            try await isReached.pass()
            running.cancel()
            try await running.value
            #expect(application.state == .stopped)
        }
    }

    // MARK: - withStreams

    @Test func `a body has a running application, which has committed when it is over`() async throws {
        try await Self.inCluster { cluster in
            let records = Counting.records(500, seed: 2)
            let trigger = Trigger(after: 500)
            let state = try await withStreams(
                Counting.topology(trigger), configuration: Self.configuration(.atLeastOnce, log: EventLog()), client: cluster.client
            ) { application in
                let state = application.state
                try await cluster.produce(records)
                await trigger.wait()
                return state
            }
            #expect(state == .running)
            try await cluster.run(Counting.topology(), Counting.configuration(.atLeastOnce))
            #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records))
        }
    }

    @Test func `what a body throws is thrown after the application has stopped`() async throws {
        struct Enough: Error {}
        try await Self.inCluster { cluster in
            let log = EventLog()
            await #expect(throws: Enough.self) {
                try await withStreams(
                    Counting.topology(), configuration: Self.configuration(.exactlyOnce, log: log), client: cluster.client
                ) { _ in throw Enough() }
            }
            #expect(log.events.contains { if case .state(.stopped) = $0 { true } else { false } })
        }
    }

    @Test func `an application that fails cancels the body, and its error is thrown`() async throws {
        struct Refused: Error {}
        try await Self.inCluster { cluster in
            let builder = StreamsBuilder()
            let input: KStream<String, String> = builder.stream("in")
            input.forEach { _, _ in throw Refused() }
            let topology = try builder.build()
            let error = await #expect(throws: StreamsError.self) {
                try await withStreams(
                    topology, configuration: Self.configuration(.exactlyOnce, log: EventLog()), client: cluster.client
                ) { _ in
                    try await cluster.produce(Counting.records(1, seed: 1))
                    try await Gate().pass()
                }
            }
            #expect(error?.underlying is Refused)
        }
    }

    @Test func `an application that does not get to run is told, with what it does`() async throws {
        try await Self.inCluster { cluster in
            let gate = Gate()
            let silent = cluster.with([
                .joinGroup: { _, _ in
                    try await gate.pass()
                    return .none
                }
            ])
            var settings = Self.configuration(.exactlyOnce, log: EventLog())
            settings.cancellationLimit = .milliseconds(20)
            let configuration = settings
            let error = await #expect(throws: StreamsError.self) {
                try await withStreams(
                    Counting.topology(), configuration: configuration, client: silent.client,
                    startsWithin: .milliseconds(20)
                ) { _ in
                    gate.open()
                }
            }
            #expect(error?.message.contains("was not running within 0.02 seconds: it is rebalancing") == true)
        }
    }
}
