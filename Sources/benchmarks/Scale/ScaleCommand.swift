import Foundation
import KafkaClient
import Millrace
import MillraceCommandLine

/// `benchmarks scale`: what commits cost by the number of tasks.
let scaleCommand = Command(
    "scale", "Measures what it costs to spread the same records over many tasks, by guarantee.",
    discussion: """
        Records of 1000 keys are spread evenly over as many partitions as there are to be tasks, counted by key with a changelog \
        and without a cache, and written to a topic of eight partitions. With a rate they are written while the topology runs, and \
        the time from then until a reader has the result is the latency; writer and reader are in the process that is measured. With \
        rate 0 they are written before, and nobody reads meanwhile. The broker is embedded, or a "broker serve" beside this program.
        """,
    options: [
        CommandOption("tasks", "N", "How many tasks.", kind: .integer(1...1000), default: "64"),
        .guarantee(default: .exactlyOnce),
        CommandOption("records", "N", "How many records in all.", kind: .integer(1...100_000_000), default: "500000"),
        CommandOption(
            "rate", "N", "How many records are written each second; 0 for all beforehand.", kind: .integer(0...10_000_000),
            default: "50000"),
        CommandOption(
            "commit-interval", "MS", "How often tasks commit, in milliseconds.", kind: .integer(1...60_000), default: "100"),
        .flag("tcp", "Has the broker in another process."),
        CommandOption("runs", "N", "How many times it is run.", kind: .integer(1...100), default: "1"),
        CommandOption("data", "DIR", "Where the broker keeps its data. Default: a temporary directory."),
        .flag("json", "Prints the runs as a JSON array."),
    ]
) { invocation in
    let arguments = invocation.arguments
    let files = WorkingDirectory(arguments.text("data"), for: "scale")
    defer { files.release() }
    let connector = BrokerConnector(console: invocation.console)
    var runs: [ScaleFigures] = []
    for number in 1...(arguments.integer("runs") ?? 1) {
        let run = ScaleRun(
            id: "scale-\(ProcessUsage.clock)", tasks: arguments.integer("tasks") ?? 64,
            guarantee: arguments.guarantee,
            records: arguments.integer("records") ?? 500_000, rate: arguments.integer("rate") ?? 50_000,
            commitInterval: .milliseconds(arguments.integer("commit-interval") ?? 100))
        let directory = "\(files.path)/\(number)"
        let figures = try await invocation.stop.cancelling {
            let server = arguments.flag("tcp") ? try await WireServer.start(directory: directory) : nil
            defer { server?.stop() }
            let address: BrokerAddress = try server.map { try BrokerAddress(parsing: $0.address) } ?? .embedded(directory: directory)
            return try await connector.withClient(of: address, clientID: run.id, allowsTopicCreation: false) { client in
                try await run.measure(client, server)
            }
        }
        try? FileManager.default.removeItem(atPath: directory)
        runs.append(figures)
    }
    let output = OutputWriter()
    if arguments.flag("json") {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        output.writeLine(String(decoding: try encoder.encode(runs), as: UTF8.self))
    } else {
        output.write(ScaleFigures.table(runs))
    }
    try output.flush()
    let wrong = runs.filter { !$0.isExact }.count
    if wrong > 0 { throw CommandFailure("\(wrong) of \(runs.count) runs had another result than expected") }
}

/// What a run took.
struct ScaleFigures: Codable, Sendable {
    var tasks: Int
    var guarantee: String
    var records: Int
    var seconds: Double
    /// User and system time of the process with the engine; an embedded broker's is in it.
    var cpuSeconds: Double
    /// That of the broker in another process.
    var brokerCPUSeconds: Double?
    /// Commits of tasks.
    var commits: Int
    /// Transactions that were ended.
    var transactions: Int
    var requests: Int
    /// From writing a record until a reader has its result; nil if nobody has read.
    var latencyMilliseconds: [Double]?
    /// Whether the output has a result for each record, and none twice under exactly-once.
    var isExact: Bool

    static func table(_ runs: [ScaleFigures]) -> String {
        func text(_ value: Double, _ digits: Int = 2) -> String { String(format: "%.\(digits)f", value) }
        var table = TextTable([
            "tasks", "guarantee", "seconds", "CPU s", "broker CPU s", "commits/s", "transactions/s", "requests/s", "latency ms p50, p99, max",
            "result",
        ])
        for run in runs {
            table.add([
                "\(run.tasks)", run.guarantee, text(run.seconds), text(run.cpuSeconds), run.brokerCPUSeconds.map { text($0) } ?? "-",
                text(Double(run.commits) / run.seconds, 0), text(Double(run.transactions) / run.seconds, 0),
                text(Double(run.requests) / run.seconds, 0),
                run.latencyMilliseconds.map { $0.map { text($0, 0) }.joined(separator: ", ") } ?? "-",
                run.isExact ? "as expected" : "WRONG",
            ])
        }
        return table.text()
    }
}
