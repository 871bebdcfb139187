import Foundation
import Millrace
import MillraceCommandLine

/// `benchmarks clicks` and the like.
func workloadCommand(_ workload: Workload) -> Command {
    runsCommand(workload.name, workload.summary, reference: workload.reference, options: [.stateDirectory, .store, .stateMemory, .guarantee()])
}

/// A command that makes the input of a workload and runs it, each in a process of its own.
func runsCommand(_ name: String, _ summary: String, reference: Reference?, options: [CommandOption] = []) -> Command {
    Command(
        name, summary,
        options: [
            .scale, .data,
            CommandOption("runs", "N", "How many times it is run.", kind: .integer(1...1000), default: "1"),
        ] + options + [.flag("json", "Prints the runs as a JSON array.")]
    ) { invocation in
        let arguments = invocation.arguments
        let scale = try arguments.required("scale")
        let files = WorkingDirectory(arguments.text("data"), for: "benchmarks")
        defer { files.release() }
        let directory = files.path
        let common = [name, "--scale", scale, "--data", directory]
        func passed(_ names: [String]) -> [String] {
            names.flatMap { name in arguments.text(name).map { ["--\(name)", $0] } ?? [] }
        }
        let (broker, state) = (passed(["broker"]), passed(["broker", "state-dir", "store", "state-memory", "guarantee"]))
        let runs = try await invocation.stop.cancelling {
            _ = try await ChildProcess.run(["generate"] + common + broker)
            var runs: [Measurement] = []
            for _ in 0..<(arguments.integer("runs") ?? 1) {
                let line = try await ChildProcess.run(["measure"] + common + state + ["--started-at", "\(ProcessUsage.clock)"])
                runs.append(try JSONDecoder().decode(Measurement.self, from: line))
            }
            return runs
        }
        let output = OutputWriter()
        if arguments.flag("json") {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            output.writeLine(String(decoding: try encoder.encode(runs), as: UTF8.self))
        } else {
            output.write(Report(name: name, reference: reference, runs: runs).text)
        }
        try output.flush()
        let wrong = runs.filter { !$0.faults.isEmpty }.count
        if wrong > 0 { throw CommandFailure("\(wrong) of \(runs.count) runs had another result than expected") }
    }
}

/// `benchmarks generate`: the input of a workload.
let generateCommand = Command(
    "generate", "Writes the input topics of a workload, unless they are there.",
    options: [
        .storedScale, .data,
        .broker,
    ],
    positionals: [CommandPositional("WORKLOAD", EngineWorkload.allCases.map(\.rawValue).joined(separator: ", "))]
) { invocation in
    let arguments = invocation.arguments
    let scale = try arguments.scale
    let name = arguments.positionals.first ?? ""
    guard let workload = EngineWorkload(rawValue: name) else { throw UsageError("there is no workload \(name)") }
    try await BrokerConnector(console: invocation.console)
        .withClient(of: try arguments.brokerOrData, clientID: "generate", allowsTopicCreation: false) { client in
            let topics = InputTopics(client: client)
            for data in workload.workload?.inputs ?? [.storedRows, .empty] { try await topics.prepare(data, at: scale) }
        }
}

/// `benchmarks measure`: one run in this process.
let measureCommand = Command(
    "measure", "Makes one run in this process and prints a line of JSON: what the workloads' commands start.",
    options: [
        .scale, .data, .broker, .stateDirectory, .store, .stateMemory, .guarantee(),
        .startedAt,
    ],
    positionals: [.workload]
) { invocation in
    let startedAt = invocation.arguments.integer("started-at") ?? ProcessUsage.clock
    let (workload, scale) = try subject(of: invocation)
    let measurement = try await BrokerConnector(console: invocation.console)
        .withClient(of: try invocation.arguments.brokerOrData, clientID: "benchmarks", allowsTopicCreation: false) { client in
            guard let workload else {
                return try await RestoreRun(scale: scale, client: client, startedAt: startedAt).measure()
            }
            return try await WorkloadRun(
                workload: workload, scale: scale, client: client, startedAt: startedAt,
                applicationID: "\(workload.name)-\(startedAt)", guarantee: invocation.arguments.guarantee,
                store: StoreSettings(invocation.arguments)
            ).measure()
        }
    let output = OutputWriter()
    output.writeLine(String(decoding: try JSONEncoder().encode(measurement), as: UTF8.self))
    try output.flush()
}

/// What is measured; no workload for `restore`.
private func subject(of invocation: Invocation) throws -> (Workload?, Scale) {
    let arguments = invocation.arguments
    let name = arguments.positionals.first ?? ""
    let workload = Workload.all.first { $0.name == name }
    guard workload != nil || name == RestoreRun.name else { throw UsageError("there is no workload \(name)") }
    return (workload, try arguments.scale)
}

extension ParsedArguments {
    var guarantee: ProcessingGuarantee { text("guarantee").flatMap { ProcessingGuarantee(rawValue: $0) } ?? .atLeastOnce }
    var scale: Scale {
        get throws { Scale(rawValue: try required("scale")) ?? .full }
    }

    /// The broker that was named, or the embedded one in the directory of the data.
    fileprivate var brokerOrData: BrokerAddress {
        get throws { try brokerOrData(in: required("data")) }
    }

    /// The broker that was named, or the embedded one in a directory.
    func brokerOrData(in directory: @autoclosure () throws -> String) throws -> BrokerAddress {
        try text("broker") != nil ? brokerAddress() : .embedded(directory: directory())
    }
}

extension CommandOption {
    static func guarantee(default guarantee: ProcessingGuarantee = .atLeastOnce) -> CommandOption {
        CommandOption(
            "guarantee", "GUARANTEE", "What tasks commit by.", kind: .choice(ProcessingGuarantee.allCases.map(\.rawValue)),
            default: guarantee.rawValue)
    }
    static var scale: CommandOption {
        CommandOption(
            "scale", "PART", "How much of the data: all of it, or the first 2 % for trying things out.",
            kind: .choice([Scale.full, .fiftieth].map(\.rawValue)), default: "1")
    }
    /// Of stored rows there may be more.
    static var storedScale: CommandOption {
        CommandOption(
            "scale", "PART", "How many rows: all of them, the first 2 % or ten times as many.",
            kind: .choice(Scale.allCases.map(\.rawValue)), default: "1")
    }
    static var broker: CommandOption {
        CommandOption("broker", "BROKER", "A broker in another process, in place of the embedded one in --data.")
    }
    static var startedAt: CommandOption {
        CommandOption(
            "started-at", "NANOSECONDS", "When the process was started, by the monotonic clock.", kind: .integer(0...Int.max))
    }
    static var data: CommandOption {
        CommandOption(
            "data", "DIR", "The broker's directory; input that is there is used again. Without it, a temporary one.")
    }
}

extension CommandPositional {
    fileprivate static var workload: CommandPositional {
        CommandPositional("WORKLOAD", (Workload.all.map(\.name) + [RestoreRun.name]).joined(separator: ", "))
    }
}
