internal import Foundation
internal import KafkaProtocol
internal import Millrace

extension CommandOption {
    /// `--state-dir DIR`: where local state is.
    public static let stateDirectory = CommandOption(
        "state-dir", "DIR",
        "Where rows of stores are kept between runs, so that a start need not read all changelogs; none to keep them in memory only. Default: DIR/state with --broker embedded:DIR, none on a cluster.")
}

extension ParsedArguments {
    /// The value of `--state-dir`, or that of the embedded broker; nil for none.
    public func stateDirectory(of address: BrokerAddress?) -> String? {
        switch text("state-dir") {
        case "none": nil
        case let directory?: directory
        case nil: if case .embedded(let directory)? = address { "\(directory)/state" } else { nil }
        }
    }
}

extension ProcessorCommand {
    /// `state`: looks at the local state of applications.
    var state: Command {
        Command(
            "state", "Looks at the rows that applications keep in a state directory, checks and removes them.",
            options: [
                .stateDirectory,
                CommandOption(
                    "broker", "embedded:DIR", "The embedded broker, in whose directory the state is, in place of --state-dir.",
                    kind: .checked { _ = try BrokerAddress(parsing: $0) }),
                CommandOption(
                    "application-id", "ID", "The application. Default: all that have state in the directory.", kind: .text),
            ],
            subcommands: [stateList, stateVerify, stateClean])
    }

    private var stateList: Command {
        Command("list", "Shows size, entries, offsets and age of each store.") { invocation in
            let report = try invocation.stateReport()
            var table = TextTable(["APPLICATION", "TASK", "STORE", "BYTES", "ENTRIES", "AGE", "OFFSETS"])
            for application in try invocation.applications(in: report) {
                for store in try report.stores(of: application) { table.add(store.cells) }
            }
            try table.write(orSay: "there is no local state in \(report.root)")
        }
    }

    private var stateVerify: Command {
        Command(
            "verify", "Reads all rows and compares their checksums; fails if some are damaged.",
            discussion: "What is damaged is not used at the next start: the rows are read from their topics then."
        ) { invocation in
            let report = try invocation.stateReport()
            var table = TextTable(["APPLICATION", "TASK", "STORE", "BYTES", "ENTRIES", "STATE"])
            var damaged = 0
            for application in try invocation.applications(in: report) {
                for store in try report.whileUnused(application, { try report.stores(of: application) }) {
                    table.add(store.cells[..<5] + [store.damage.isEmpty ? "ok" : store.damage.joined(separator: "; ")])
                    if !store.damage.isEmpty { damaged += 1 }
                }
            }
            try table.write(orSay: "there is no local state in \(report.root)")
            if damaged > 0 { throw CommandFailure("\(damaged) store\(damaged == 1 ? " is" : "s are") damaged") }
        }
    }

    private var stateClean: Command {
        Command(
            "clean", "Removes local state. The next start reads all rows from their topics.",
            options: [.flag("yes", "Removes it; otherwise it is only told what would be removed.")]
        ) { invocation in
            let report = try invocation.stateReport()
            let output = OutputWriter()
            let applications = try invocation.applications(in: report)
            let removes = invocation.arguments.flag("yes")
            for application in applications {
                if removes { _ = try report.remove(application) }
                output.writeLine(
                    "\(removes ? "removed" : "would remove") the local state of \(application) in \(report.root)")
            }
            if applications.isEmpty { output.writeLine("there is no local state in \(report.root)") }
            try output.flush()
            if !removes, !applications.isEmpty { throw CommandFailure("nothing was removed: add --yes") }
        }
    }
}

extension Invocation {
    fileprivate func stateReport() throws -> LocalStateReport {
        let address = arguments.text("broker") == nil ? nil : try arguments.brokerAddress()
        guard let directory = arguments.stateDirectory(of: address) else {
            throw UsageError("say where the state is: --state-dir DIR, or --broker embedded:DIR")
        }
        return LocalStateReport(directory)
    }

    fileprivate func applications(in report: LocalStateReport) throws -> [String] {
        let all = try report.applications()
        guard let id = arguments.text("application-id") else { return all }
        return all.filter { $0 == id }
    }
}

extension LocalStateReport.Store {
    fileprivate var cells: [String] {
        let age = writtenAt.map { time -> String in
            let seconds = Date().timeIntervalSince1970 - Double(time) / 1000
            return Figures.duration(.seconds(max(0, seconds)))
        }
        let offsets = positions.map { "\($0.partition) \($0.offset)" }.joined(separator: ", ")
        return [application, task, name, "\(bytes)", "\(entries)", age ?? "-", offsets.isEmpty ? "-" : offsets]
    }
}

extension TextTable {
    /// Writes the table, or a line if it is empty.
    fileprivate func write(orSay line: String) throws {
        let output = OutputWriter()
        if isEmpty { output.writeLine(line) } else { output.write(text()) }
        try output.flush()
    }
}
