internal import Foundation
internal import KafkaProtocol
internal import Millrace

extension CommandOption {
    /// `--state-dir DIR`: where local state is.
    public static let stateDirectory = CommandOption(
        "state-dir", "DIR",
        "Where rows of stores and the instance's name are kept between runs, so that a start need not read all changelogs; none to keep rows in memory only. Default: DIR/state with --broker embedded:DIR, ~/.local/state/millrace on a cluster."
    )

    /// `--store ENGINE`: what keeps the rows of stores.
    public static let store = CommandOption(
        "store", "ENGINE",
        "What keeps the rows of stores that do not say so themselves: memory, or rocksdb for more rows than memory has room for, in the directory of --state-dir.",
        kind: .choice(StoreEngine.allCases.map(\.rawValue)), default: StoreEngine.memory.rawValue)

    /// `--state-memory SIZE`: the memory of stores on RocksDB.
    public static let stateMemory = CommandOption(
        "state-memory", "SIZE", "The memory that all stores on RocksDB may take together.", kind: .size, default: "512MiB")
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
            let reports = try invocation.stateReports()
            var table = TextTable(["APPLICATION", "TASK", "STORE", "BYTES", "ENTRIES", "AGE", "OFFSETS"])
            for report in reports {
                for application in try invocation.applications(in: report) {
                    for store in try report.stores(of: application) { table.add(store.cells) }
                }
            }
            try table.write(orSay: reports.nothing)
        }
    }

    private var stateVerify: Command {
        Command(
            "verify", "Reads all rows and compares their checksums; fails if some are damaged.",
            discussion: "What is damaged is not used at the next start: the rows are read from their topics then."
        ) { invocation in
            let reports = try invocation.stateReports()
            var table = TextTable(["APPLICATION", "TASK", "STORE", "BYTES", "ENTRIES", "STATE"])
            var damaged = 0
            for report in reports {
                for application in try invocation.applications(in: report) {
                    for store in try report.whileUnused(application, { try report.stores(of: application) }) {
                        table.add(store.cells[..<5] + [store.damage.isEmpty ? "ok" : store.damage.joined(separator: "; ")])
                        if !store.damage.isEmpty { damaged += 1 }
                    }
                }
            }
            try table.write(orSay: reports.nothing)
            if damaged > 0 { throw CommandFailure("\(damaged) store\(damaged == 1 ? " is" : "s are") damaged") }
        }
    }

    private var stateClean: Command {
        Command(
            "clean", "Removes local state. The next start reads all rows from their topics.",
            options: [.flag("yes", "Removes it; otherwise it is only told what would be removed.")]
        ) { invocation in
            let reports = try invocation.stateReports()
            let output = OutputWriter()
            let removes = invocation.arguments.flag("yes")
            var count = 0
            for report in reports {
                for application in try invocation.applications(in: report) {
                    if removes { _ = try report.remove(application) }
                    output.writeLine(
                        "\(removes ? "removed" : "would remove") the local state of \(application) in \(report.root)")
                    count += 1
                }
            }
            if count == 0 { output.writeLine(reports.nothing) }
            try output.flush()
            if !removes, count > 0 { throw CommandFailure("nothing was removed: add --yes") }
        }
    }
}

extension Invocation {
    /// One for each state directory: of those in the user's home there is one for each cluster.
    fileprivate func stateReports() throws -> [LocalStateReport] {
        let address = arguments.text("broker") == nil ? nil : try arguments.brokerAddress()
        switch arguments.statePlace(of: address) {
        case .directory(let directory): return [LocalStateReport(directory)]
        case .home(let home): return try LocalStateReport.all(below: home)
        case .none: throw UsageError("say where the state is: --state-dir DIR, or --broker embedded:DIR")
        }
    }

    fileprivate func applications(in report: LocalStateReport) throws -> [String] {
        guard let id = arguments.text("application-id") else { return try report.applications() }
        return try report.places(of: id)
    }
}

extension [LocalStateReport] {
    /// Says that there is none.
    fileprivate var nothing: String { "there is no local state in \(map(\.root).joined(separator: ", "))" }
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
