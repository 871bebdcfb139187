import Foundation
import Millrace
import MillraceCommandLine

/// `benchmarks nexmark`: queries over auctions and bids.
let nexmarkCommand = Command(
    "nexmark", "Runs queries of the Nexmark benchmark: events of auctions, 92 % of them bids.",
    discussion: """
        The events are in one topic of four partitions without keys, so that what a query groups by goes through a repartition \
        topic. Each run is a process of its own with broker and engine in it, on disk; rates count all events, whatever a query \
        makes of them. With --verify the result must be that of a slow, obvious program over the same events. Queries: \
        \(NexmarkQuery.all.map { "\($0.name) (\($0.summary))" }.joined(separator: ", ")).
        """,
    options: NexmarkCase.options + [
        .data, CommandOption("runs", "N", "How many times each query is run.", kind: .integer(1...1000), default: "1"),
        .flag("json", "Prints the runs as a JSON array."),
    ],
    positionals: [CommandPositional("QUERIES", "Names with commas between them, or all (the default).", isOptional: true)]
) { invocation in
    let arguments = invocation.arguments
    let queries = try queries(arguments.positionals.first ?? "all")
    let files = WorkingDirectory(arguments.text("data"), for: "nexmark")
    defer { files.release() }
    let data = NexmarkCase.data(arguments)
    let runs = try await invocation.stop.cancelling {
        try await BrokerConnector(console: invocation.console)
            .withClient(of: .embedded(directory: files.path), clientID: "nexmark", allowsTopicCreation: false) { client in
                try await InputTopics(client: client).prepare(data, at: .full)
            }
        var runs: [Measurement] = []
        for query in queries {
            for _ in 0..<(arguments.integer("runs") ?? 1) {
                let line = try await ChildProcess.run(
                    ["nexmark-run", query.name, "--data", files.path, "--started-at", "\(ProcessUsage.clock)"]
                        + NexmarkCase.passed(arguments))
                runs.append(try JSONDecoder().decode(Measurement.self, from: line))
            }
        }
        return runs
    }
    let output = OutputWriter()
    if arguments.flag("json") {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        output.writeLine(String(decoding: try encoder.encode(runs), as: UTF8.self))
    } else {
        output.write(NexmarkReport(queries: queries, runs: runs).text)
    }
    try output.flush()
    let wrong = runs.filter { !$0.faults.isEmpty }.count
    if wrong > 0 { throw CommandFailure("\(wrong) of \(runs.count) runs had another result than expected") }
}

/// `benchmarks nexmark-run`: one run of one query in this process.
let nexmarkRunCommand = Command(
    "nexmark-run", "Makes one run of a Nexmark query in this process and prints a line of JSON: what \"nexmark\" starts.",
    options: NexmarkCase.options + [.data, .startedAt],
    positionals: [CommandPositional("QUERY", NexmarkQuery.all.map(\.name).joined(separator: ", "))]
) { invocation in
    let arguments = invocation.arguments
    guard let query = try queries(arguments.positionals.first ?? "").first else { throw UsageError("no query is named") }
    let startedAt = arguments.integer("started-at") ?? ProcessUsage.clock
    let measurement = try await BrokerConnector(console: invocation.console)
        .withClient(
            of: .embedded(directory: try arguments.required("data")), clientID: "benchmarks", allowsTopicCreation: false
        ) { client in
            try await WorkloadRun(
                workload: NexmarkCase.workload(query, arguments), scale: .full, client: client, startedAt: startedAt,
                applicationID: "\(query.name)-\(startedAt)", guarantee: arguments.guarantee, store: StoreSettings(arguments)
            ).measure()
        }
    let output = OutputWriter()
    output.writeLine(String(decoding: try JSONEncoder().encode(measurement), as: UTF8.self))
    try output.flush()
}

/// The queries of those names, in their own order.
private func queries(_ list: String) throws -> [NexmarkQuery] {
    let names = list.split(separator: ",").map(String.init)
    if names == ["all"] { return NexmarkQuery.all }
    for name in names where !NexmarkQuery.all.contains(where: { $0.name == name }) {
        throw UsageError("there is no query \(name)", suggestion: NexmarkQuery.all.map(\.name).joined(separator: ", "))
    }
    return NexmarkQuery.all.filter { names.contains($0.name) }
}

/// What the options say.
private enum NexmarkCase {
    static var options: [CommandOption] {
        [
            CommandOption("events", "N", "How many events.", kind: .integer(1...1_000_000_000), default: "5000000"),
            CommandOption(
                "rate", "N", "How many events a second of event time has.", kind: .integer(1...1_000_000_000), default: "10000"),
            .flag("verify", "Compares the results with those of a slow program."),
            .stateDirectory, .store, .stateMemory, .guarantee(),
        ]
    }

    /// What is passed to the process of a run.
    static func passed(_ arguments: ParsedArguments) -> [String] {
        ["events", "rate", "state-dir", "store", "state-memory", "guarantee"]
            .flatMap { name in arguments.text(name).map { ["--\(name)", $0] } ?? [] }
            + (arguments.flag("verify") ? ["--verify"] : [])
    }

    static func data(_ arguments: ParsedArguments) -> DataSet {
        .nexmark(count: arguments.integer("events") ?? 0, rate: arguments.integer("rate") ?? 1)
    }

    static func workload(_ query: NexmarkQuery, _ arguments: ParsedArguments) -> Workload {
        let data = data(arguments)
        let generator = NexmarkGenerator(rate: arguments.integer("rate") ?? 1)
        let result = ExpectedResult(
            name: query.name, topic: { _, output in output }, kind: query.kind,
            expected: { _ in try Checksum(of: query.expected(generator.events(data.count))) })
        return Workload(
            name: query.name, summary: query.summary, inputs: [data], cacheBytes: 10 << 20,
            topology: { try query.topology($0[0], $1) }, results: arguments.flag("verify") ? [result] : [])
    }
}
