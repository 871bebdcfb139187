import ClickstreamTopology
import Foundation
import MillraceHTTP
import KafkaBroker
import KafkaClient
import KafkaProtocol
import Millrace
import MillraceCommandLine

/// One run of the demo: a broker, a feed of lines, the stream processing application and a client that watches.
struct Demo: Sendable {
    let options: DemoOptions
    let console: Console
    let stop: StopSignal

    /// Runs until the duration is over, the file is processed or `stop` is requested; all that was sent is processed then.
    func run() async throws {
        if case .file(let path) = options.source {
            // Tells of a wrong name before anything has begun.
            _ = try InputReader(path: path)
        }
        let directory = options.directory ?? Self.temporaryDirectory()
        defer {
            if options.directory == nil { try? FileManager.default.removeItem(atPath: directory) }
        }
        // Late lines are late by minutes; only a file may mix whole days.
        let status = DemoStatus(horizon: options.isFile ? options.grace : .seconds(900))
        let terminal = Terminal()
        let screen = Screen(
            terminal: terminal, status: status, title: title, quiet: console.level < .info,
            progress: options.isFile)
        let log = terminal.isLive ? Console(level: .warning, isTerminal: false) { status.warn($0) } : console
        var listener = options.listener
        listener?.opened = { status.noteListening(on: "\($0)") }
        let connector = BrokerConnector(
            configuration: brokerConfiguration, console: log, isTemporary: options.directory == nil, listener: listener)
        if !terminal.isLive, options.duration == nil, !options.isFile { console.info("Ctrl-C ends it") }
        try await connector.withClient(of: .embedded(directory: directory), clientID: "clickstream-demo") { client in
            try await run(client, status, screen)
        }
        try screen.print(summary: Summary(status, keptIn: options.directory).lines)
    }

    private var title: String {
        switch options.source {
        case .generator(let rate, _):
            "generated clicks, \(rate > 0 ? "\(Figures.count(rate)) per second" : "as many as go through"), \(options.guarantee.rawValue)"
        case .file(let path): "\(path), \(options.guarantee.rawValue)"
        }
    }

    /// Clicks without an end must not fill the disk: of each topic there is kept what is good to look at. A file is kept whole.
    private var brokerConfiguration: BrokerConfiguration {
        var configuration = BrokerConfiguration()
        guard !options.isFile else { return configuration }
        configuration.segmentBytes = 16 << 20
        configuration.retentionBytes = 64 << 20
        configuration.maintenanceInterval = 2_000
        return configuration
    }

    private static func temporaryDirectory() -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("clickstream-demo-\(UUID().uuidString)").path
    }

    private enum Part { case feed, application, results, screen }

    private func run(_ client: KafkaClient, _ status: DemoStatus, _ screen: Screen) async throws {
        let admin = AdminClient(client: client)
        let topics = [inputTopic] + OutputTopic.allCases.map(\.rawValue)
        try await admin.createTopics(topics.map { NewTopic($0, partitions: 4) }, ifMissing: true)
        var configuration = StreamsConfiguration(
            applicationID: "clickstream-demo", guarantee: options.guarantee, commitInterval: .milliseconds(250),
            observer: { status.note($0) })
        configuration.http = options.http.map { http in
            var http = http
            http.opened = { [http, isLive = Terminal().isLive] address in
                status.noteServing(http.page(at: address))
                if !isLive { console.info("live page on \(http.page(at: address))") }
            }
            var service = StreamsHTTP(http)
            service.panels = { status.panels }
            return service
        }
        let application = try StreamsApplication(
            Clickstream.topology(format: options.format, grace: options.grace), configuration: configuration,
            client: client)
        let results = try await ResultsReader(client, status)
        try await withThrowingTaskGroup(of: Part.self) { group in
            group.addTask {
                try await application.run()
                return .application
            }
            group.addTask {
                try await results.run()
                return .results
            }
            group.addTask {
                try await screen.run()
                return .screen
            }
            group.addTask {
                try await feed(client, status)
                return .feed
            }
            defer { group.cancelAll() }
            while let part = try await group.next() {
                switch part {
                case .feed: application.stopWhenIdle()
                case .application: try await results.finish()
                case .results:
                    status.noteEnd()
                    // The last figures; closing the broker may take a moment.
                    return try screen.update()
                case .screen: break
                }
            }
        }
    }

    /// Sends lines until there are no more, the duration is over or `stop` is requested; returns when they are acknowledged.
    private func feed(_ client: KafkaClient, _ status: DemoStatus) async throws {
        let producer = Producer(client: client)
        let partitions = try await client.partitions(of: inputTopic).map { TopicPartition(inputTopic, $0.partition) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await producer.run() }
            status.noteStart(linesBefore: try await lines(in: partitions, client))
            try await untilStopped {
                switch options.source {
                case .generator(let rate, let seed):
                    try await GeneratorFeed(rate: rate, seed: seed).run(
                        producer, partitions: Int32(partitions.count), status)
                case .file(let path):
                    try await FileFeed(path: path).run(producer, partitions: Int32(partitions.count), status)
                }
            }
            status.noteSendingEnd()
            try await producer.flush()
            await producer.close()
            group.cancelAll()
        }
    }

    /// The lines that an earlier run has left in the topic.
    private func lines(in partitions: [TopicPartition], _ client: KafkaClient) async throws -> Int64 {
        let admin = AdminClient(client: client)
        let starts = try await admin.listOffsets(Dictionary(uniqueKeysWithValues: partitions.map { ($0, .earliest) }))
        let ends = try await admin.listOffsets(Dictionary(uniqueKeysWithValues: partitions.map { ($0, .latest) }))
        return ends.values.reduce(0) { $0 + $1.offset } - starts.values.reduce(0) { $0 + $1.offset }
    }

    private func untilStopped(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                // Being stopped is how a feed without an end ends.
                do { try await body() } catch is CancellationError {}
            }
            group.addTask { await stop.wait() }
            if let duration = options.duration {
                group.addTask { try? await Task.sleep(for: duration) }
            }
            try await group.next()
            group.cancelAll()
            try await group.waitForAll()
        }
    }
}
