import Foundation
import MillraceCommandLine

/// `benchmarks wire`: the broker behind TCP, under this project's client and under librdkafka.
let wireCommand = Command(
    "wire", "Measures a broker as a process of its own, under this project's client and under librdkafka.",
    discussion: """
        For each size of record and each client: a new topic is filled, acknowledged by all, then read from its beginning. \
        Server, clients and this program are processes of their own; "broker" must lie beside "benchmarks". \
        Both clients hand over whole batches. Without librdkafka it runs this project's client alone.
        """,
    options: [
        .scale,
        CommandOption("partitions", "N", "The partitions of each topic.", kind: .integer(1...1000), default: "6"),
        CommandOption("runs", "N", "How many times everything is run.", kind: .integer(1...100), default: "3"),
        CommandOption("data", "DIR", "Where the broker keeps its data. Default: a temporary directory."),
        .flag("json", "Prints the runs as a JSON array."),
    ]
) { invocation in
    let arguments = invocation.arguments
    let files = WorkingDirectory(arguments.text("data"), for: "wire")
    defer { files.release() }
    let directory = files.path
    var clients = [WireClient.millrace]
    do {
        _ = try Librdkafka()
        clients.append(.librdkafka)
    } catch {
        invocation.console.warning("\(error); only this project's client is measured")
    }
    let bench = WireBench(
        clients: clients, scale: try arguments.scale, partitions: arguments.integer("partitions") ?? 6,
        runs: arguments.integer("runs") ?? 3, console: invocation.console)
    let runs = try await invocation.stop.cancelling {
        let server = try await WireServer.start(directory: directory)
        defer { server.stop() }
        return try await bench.run(server)
    }
    let output = OutputWriter()
    if arguments.flag("json") {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        output.writeLine(String(decoding: try encoder.encode(runs), as: UTF8.self))
    } else {
        output.write(WireReport(runs: runs).text)
    }
    try output.flush()
}

/// Whose client.
enum WireClient: String, Codable, Sendable, CaseIterable {
    case millrace
    case librdkafka
}

/// What a client of either kind prints of a run.
struct WireFigures: Codable, Sendable {
    var records: Int
    /// Of the values.
    var bytes: Int
    var seconds: Double
    /// Of the client's process.
    var cpuSeconds: Double
}

/// One client in one direction.
struct WireRun: Codable, Sendable {
    enum Direction: String, Codable, Sendable, CaseIterable {
        case produce
        case consume
    }

    var client: WireClient
    var direction: Direction
    var recordSize: Int
    var figures: WireFigures
    /// User and system time of the broker; nil where the system does not tell.
    var serverCPUSeconds: Double?

    var recordsPerSecond: Double { Double(figures.records) / figures.seconds }
}

/// One `benchmarks wire`.
struct WireBench: Sendable {
    let clients: [WireClient]
    let scale: Scale
    let partitions: Int
    let runs: Int
    let console: Console

    /// Records of each size; as many bytes of both.
    private var sizes: [(size: Int, records: Int)] {
        scale == .full ? [(100, 10_000_000), (1024, 1_000_000)] : [(100, 200_000), (1024, 20_000)]
    }

    func run(_ server: WireServer) async throws -> [WireRun] {
        var results: [WireRun] = []
        for run in 1...runs {
            for (size, records) in sizes {
                for client in clients {
                    // Each starts with the same: an empty topic, nothing left to write back.
                    let topic = "wire-\(client)-\(size)-\(run)"
                    try await server.createTopic(topic, partitions: partitions)
                    for direction in WireRun.Direction.allCases {
                        console.info("run \(run): \(client) \(direction)s \(Figures.count(records)) records of \(size) bytes")
                        let before = server.cpuSeconds
                        let figures = try await figures(client, direction, topic, records, size, server.address)
                        guard figures.records == records else {
                            throw CommandFailure("\(client) has read \(figures.records) of \(records) records")
                        }
                        let used = before.flatMap { before in server.cpuSeconds.map { $0 - before } }
                        results.append(
                            WireRun(
                                client: client, direction: direction, recordSize: size, figures: figures,
                                serverCPUSeconds: used))
                    }
                    try await server.deleteTopic(topic)
                }
            }
        }
        return results
    }

    private func figures(
        _ client: WireClient, _ direction: WireRun.Direction, _ topic: String, _ records: Int, _ size: Int,
        _ address: String
    ) async throws -> WireFigures {
        var arguments = ["--topic", topic, "--records", "\(records)"]
        if direction == .produce { arguments += ["--record-size", "\(size)"] }
        let data: Data
        switch client {
        case .millrace:
            data = try await ChildProcess.run(
                ["bench", direction.rawValue, "--broker", address, "--json", "--quiet"] + arguments, program: "broker")
        case .librdkafka:
            data = try await ChildProcess.run(
                ["librdkafka", direction.rawValue, "--broker", address, "--partitions", "\(partitions)"] + arguments)
        }
        return try JSONDecoder().decode(WireFigures.self, from: data)
    }
}
