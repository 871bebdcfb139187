import Foundation
import KafkaClient
import Millrace
import MillraceCommandLine

/// `benchmarks latency`: how long results take under a steady load.
let latencyCommand = Command(
    "latency", "Measures how old results are when a reader has them, under a steady load (W7).",
    discussion: """
        Clicks are written at a fixed rate, counted per page and minute without a cache, by way of a repartition topic, and each result is \
        read, committed ones only. A click's time is when it is due by the schedule, so one that is written late counts as late. Writer, \
        engine and reader are one process; the broker is embedded in it, a "broker serve" beside this program, or the one that is named. \
        Counts that are not as expected, and results that take more than three seconds after the last click, are exit code 1.
        """,
    options: [
        CommandOption("rate", "N", "How many clicks are written each second.", kind: .integer(1...1_000_000), default: "10000"),
        .guarantee(),
        CommandOption(
            "commit-interval", "MS", "How often tasks commit, in milliseconds.", kind: .integer(1...60_000), default: "100"),
        CommandOption("warm-up", "SECONDS", "How long it runs before it is measured.", kind: .integer(0...3600), default: "20"),
        CommandOption("seconds", "SECONDS", "How long it is measured.", kind: .integer(1...3600), default: "40"),
        .flag("tcp", "Has the broker in another process."),
        .broker, .data,
        .flag("json", "Prints the figures as JSON."),
    ]
) { invocation in
    let arguments = invocation.arguments
    let files = WorkingDirectory(arguments.text("data"), for: "latency")
    defer { files.release() }
    let run = LatencyRun(
        id: "latency-\(ProcessUsage.clock)", rate: arguments.integer("rate") ?? 10_000, guarantee: arguments.guarantee,
        commitInterval: .milliseconds(arguments.integer("commit-interval") ?? 100), warmUp: arguments.integer("warm-up") ?? 20,
        seconds: arguments.integer("seconds") ?? 40)
    let figures = try await invocation.stop.cancelling {
        let server = arguments.flag("tcp") ? try await WireServer.start(directory: files.path) : nil
        defer { server?.stop() }
        let address: BrokerAddress =
            if let server { try BrokerAddress(parsing: server.address) } else { try arguments.brokerOrData(in: files.path) }
        return try await BrokerConnector(console: invocation.console)
            .withClient(of: address, clientID: run.id, allowsTopicCreation: false) { try await run.measure($0) }
    }
    let output = OutputWriter()
    if arguments.flag("json") {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        output.writeLine(String(decoding: try encoder.encode(figures), as: UTF8.self))
    } else {
        output.write(figures.table)
    }
    try output.flush()
    if !figures.isExact { throw CommandFailure("the results are not those expected") }
    if !figures.isSustained { throw CommandFailure("results came later than three seconds after the last click") }
}

/// How old results were when they were read.
struct LatencyFigures: Codable, Sendable {
    var rate: Int
    var guarantee: String
    /// Whether all results had come three seconds after the last click.
    var isSustained: Bool
    /// How many results were measured, and the milliseconds that half, 99 and 99.9 of 100 and all of them did not exceed.
    var results: Int
    var p50: Double
    var p99: Double
    var p999: Double
    var max: Double
    /// CPU seconds a second of this process: engine, writer and reader, with the broker if it is embedded.
    var cores: Double
    /// Whether each click had its result, none had two under exactly-once, and the last count of each page and minute is right.
    var isExact: Bool

    init(rate: Int, guarantee: String, isSustained: Bool, latencies: Latencies, cores: Double, isExact: Bool) {
        self.rate = rate
        self.guarantee = guarantee
        self.isSustained = isSustained
        results = latencies.count
        p50 = latencies.milliseconds(of: 0.5)
        p99 = latencies.milliseconds(of: 0.99)
        p999 = latencies.milliseconds(of: 0.999)
        max = latencies.milliseconds(of: 1)
        self.cores = cores
        self.isExact = isExact
    }

    var table: String {
        func text(_ value: Double) -> String { String(format: "%.1f", value) }
        var table = TextTable(["clicks/s", "guarantee", "sustained", "results", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "cores", "result"])
        table.add([
            "\(rate)", guarantee, isSustained ? "yes" : "NO", "\(results)", text(p50), text(p99), text(p999), text(max),
            String(format: "%.2f", cores), isExact ? "as expected" : "WRONG",
        ])
        return table.text()
    }
}
