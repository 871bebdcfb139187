import KafkaClient
import KafkaProtocol

@testable import Millrace

/// An application that counts records by their values, through a repartition topic, and the seeded records for it.
enum Counting {
    static func topology(_ trigger: Trigger? = nil) throws -> Topology {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.peek { _, _ in trigger?.pull() }
            .selectKey { _, value in value ?? "" }
            .groupByKey().count(.as("counts"))
            .toStream().to("out")
        return try builder.build()
    }

    static func records(_ count: Int, seed: UInt64, partitions: Int32 = 2) -> [StreamsCluster.Input] {
        var random = SeededRandom(seed: seed)
        return (0..<count).map { number in
            StreamsCluster.Input(
                partition: Int32(number % Int(partitions)), key: Bytes(utf8: "\(number)"),
                value: Bytes(utf8: "v\(Int.random(in: 0..<17, using: &random))"), time: Int64(number))
        }
    }

    static func expected(_ records: [StreamsCluster.Input]) -> [String: String] {
        Dictionary(grouping: records) { $0.value?.string ?? "" }.mapValues { "\($0.count)" }
    }

    /// Cancelling its run ends it as a crash would.
    static func configuration(
        _ guarantee: ProcessingGuarantee, id: String = "app", commitInterval: Duration = .milliseconds(20),
        exitsWhenIdle: Bool = true, sessionTimeout: Duration = .seconds(60), log: EventLog? = nil
    ) -> StreamsConfiguration {
        StreamsConfiguration(
            applicationID: id, guarantee: guarantee, commitInterval: commitInterval, exitsWhenIdle: exitsWhenIdle,
            sessionTimeout: sessionTimeout, cancellationLimit: .zero, observer: { log?.note($0) })
    }

    /// For a run that is to be cut off: the group does not wait for it long.
    static func dying(
        _ guarantee: ProcessingGuarantee, commitInterval: Duration = .milliseconds(20), log: EventLog? = nil
    ) -> StreamsConfiguration {
        configuration(
            guarantee, commitInterval: commitInterval, exitsWhenIdle: false, sessionTimeout: .seconds(1), log: log)
    }
}

extension StreamsCluster {
    /// Runs an application until it ends by itself, or until `end` returns and the application is stopped.
    func run(
        _ topology: Topology, _ configuration: StreamsConfiguration,
        until end: (@Sendable () async throws -> Void)? = nil
    ) async throws {
        let application = try StreamsApplication(topology, configuration: configuration, client: client)
        guard let end else { return try await application.run() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            group.addTask {
                try await end()
                application.stop()
            }
            try await group.waitForAll()
        }
    }

    /// Runs an application that is to fail.
    func failure(of topology: Topology, _ configuration: StreamsConfiguration) async -> StreamsError? {
        do {
            try await run(topology, configuration)
            return nil
        } catch {
            return error as? StreamsError
        }
    }

    /// Runs an application and cancels it in the middle of its work, when `moment` returns. Give it a short session
    /// timeout: so long the next one waits for the group.
    func cancel(
        _ topology: Topology, _ configuration: StreamsConfiguration, at moment: @escaping @Sendable () async -> Void
    ) async throws {
        let application = try StreamsApplication(topology, configuration: configuration, client: client)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await application.run() }
            group.addTask { await moment() }
            await group.next()
            group.cancelAll()
        }
    }
}
