import Foundation
import Millrace
import MillraceCommandLine

/// `conformance`: runs cases recorded from the reference engine through Millrace's DSL.
@main
struct Main {
    static func main() async { await Program(command).main() }

    static let command = Command(
        "conformance", "Runs conformance cases through the DSL and compares what comes out.",
        discussion: """
            A PATH is a case file, or a folder whose .json files are run, those of its folders too. A file with a .txt
            file of the same name beside it is a topology and the text that describes it; any other is input and
            expected output. Each failure is shown with what was expected and what came.

            Ends with 0 if no case failed.
            """,
        options: [
            .flag("describe", "Only prints the description of the topology in each file."),
            .flag("restart", "Starts all tasks anew, from their changelogs, after each step of the input."),
            CommandOption(
                "state-dir", "DIR", "With --restart: starts tasks anew from local state in this directory, which must be empty."),
            CommandOption(
                "store", "ENGINE", "What keeps the rows of stores that can be on disk. With rocksdb, in the --state-dir.",
                kind: .choice(StoreEngine.allCases.map(\.rawValue)), default: "memory"),
        ],
        positionals: [CommandPositional("PATH", "A case file or a folder of them.", isRepeatable: true)]
    ) { invocation in
        let files = try invocation.arguments.positionals.flatMap { try caseFiles(at: $0) }
        let output = OutputWriter()
        if invocation.arguments.flag("describe") {
            for file in files { output.write(try ConformanceCase(contentsOf: file).describe()) }
            return try output.flush()
        }
        let isOnDisk = invocation.arguments.text("store") == StoreEngine.rocksDB.rawValue
        let directory = invocation.arguments.text("state-dir")
        if isOnDisk, directory == nil { throw UsageError("--store rocksdb needs a --state-dir") }
        let failed = try run(
            files, restarts: invocation.arguments.flag("restart"), stateDirectory: directory,
            engine: isOnDisk ? RowEngine(StateMemory(budget: 64 << 20)) : nil, to: output)
        try output.flush()
        // The counts are the last line, so nothing is added on standard error.
        if failed > 0 { exit(ExitCode.failure) }
    }

    /// Runs the files, prints what is to be told of them, and gives the number of failures.
    static func run(
        _ files: [URL], restarts: Bool, stateDirectory: String?, engine: RowEngine?, to output: OutputWriter
    ) throws -> Int {
        var (passed, failed) = (0, 0)
        for (number, file) in files.enumerated() {
            let directory = stateDirectory.map { "\($0)/\(number)" }
            switch Outcome(of: file, restarts: restarts, stateDirectory: directory, engine: engine) {
            case .passed: passed += 1
            case .failed(let lines):
                failed += 1
                output.writeLine("FAILED \(file.relativePath)")
                for line in lines { output.writeLine("    \(line)") }
            }
            try output.flushIfFull()
        }
        output.writeLine("\(passed) passed, \(failed) failed")
        return failed
    }
}
