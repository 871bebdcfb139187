internal import KafkaProtocol
internal import Millrace

extension ProcessorCommand {
    /// `describe`: shows a topology, or what changes from an earlier one to it.
    var describe: Command {
        Command(
            "describe", "Shows the sub-topologies, processors, stores and topics of a topology.",
            discussion: """
                With --compare it shows instead what the topology as it is now would make of the state of an earlier \
                one, whose description was saved ("describe NAME > old.txt"), and ends with the code 2 if stores or \
                repartition topics would be left behind.
                """,
            options: [
                CommandOption(
                    "format", "FORMAT", "The form: text, mermaid or dot. Default: text.",
                    kind: .choice(TopologyFormat.allCases.map(\.rawValue))),
                CommandOption(
                    "compare", "OLD.txt",
                    "The saved description of an earlier topology to compare with; - for standard input."),
                Self.settings,
            ],
            positionals: [Self.topology]
        ) { [catalog] invocation in
            let arguments = invocation.arguments
            let definition = try catalog.definition(named: arguments.positionals.first ?? "")
            let topology = try definition.topology(settings: arguments.pairs("set"))
            let format = arguments.text("format").flatMap { TopologyFormat(rawValue: $0) }
            for warning in topology.warnings { invocation.console.warning(warning) }
            for unnamed in topology.unnamedResources { invocation.console.warning("\(unnamed)") }
            let description = topology.describe()
            if let path = arguments.text("compare") {
                guard format == nil else { throw UsageError("--compare shows changes and has no --format") }
                return try await compare(description, withFile: path, invocation)
            }
            let output = OutputWriter()
            switch format ?? .text {
            case .text: output.write(description.description)
            case .mermaid: output.write(description.mermaid)
            case .dot: output.write(description.dot)
            }
            try output.flush()
        }
    }
}

/// The forms in which a topology is described.
enum TopologyFormat: String, CaseIterable {
    case text, mermaid, dot
}

/// Shows what changes from the topology whose description is in a file. Throws `CommandFailure` if the file cannot be
/// read or is no description, and if state would be lost.
private func compare(_ new: TopologyDescription, withFile path: String, _ invocation: Invocation) async throws {
    let old: TopologyDescription
    do {
        old = try TopologyDescription(parsing: try await text(ofFile: path, invocation.stop))
    } catch let error as TopologyTextError {
        throw CommandFailure("\(path) is not what \"describe\" prints: \(error)")
    }
    let comparison = TopologyComparison(from: old, to: new)
    let output = OutputWriter()
    output.write(comparison.description)
    try output.flush()
    if comparison.losesState {
        throw CommandFailure("state of the earlier topology would be lost", exitCode: ExitCode.stateLost)
    }
}

/// A file's content, or that of standard input for `-`.
private func text(ofFile path: String, _ stop: StopSignal) async throws -> String {
    let reader = try InputReader(path: path, stop: stop)
    var bytes: [UInt8] = []
    while let chunk = try await reader.next() { chunk.withUnsafeBytes { bytes += $0 } }
    guard let text = String(validating: bytes, as: UTF8.self) else {
        throw CommandFailure("\(path) is not UTF-8 text")
    }
    return text
}
