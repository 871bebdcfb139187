import MillraceCommandLine
import Synchronization
import Testing

@Suite struct ConsoleTests {
    /// What a console has written.
    final class Recorder: Sendable {
        private let text = Mutex("")
        var written: String { text.withLock { $0 } }
        func append(_ more: String) { text.withLock { $0 += more } }
    }

    @Test func `a console tells no more than its level`() {
        let recorder = Recorder()
        let console = Console(level: .warning, isTerminal: false) { recorder.append($0) }
        console.debug("d")
        console.info("i")
        console.warning("w")
        console.error("e")
        #expect(recorder.written == "warning: w\ne\n")
    }

    @Test func `a table sets numbers to the right`() {
        var table = TextTable(["name", "count", "end"])
        #expect(table.isEmpty)
        table.add(["a", "7", "-"])
        table.add(["longer", "12345"])
        #expect(table.text(indent: " ") == " name    count  end\n a           7  -\n longer  12345  \n")
    }

    @Test func `a stop is requested once and ends all waiting, before and after`() async {
        let stop = StopSignal()
        #expect(!stop.isRequested)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<10 { group.addTask { await stop.wait() } }
            group.addTask { #expect(stop.request()) }
            await group.waitForAll()
        }
        #expect(!stop.request())
        await stop.wait()
    }

    @Test func `a stop cancels the work it is told to`() async {
        let stop = StopSignal()
        stop.request()
        await #expect(throws: CancellationError.self) {
            try await stop.cancelling { try await Task.sleep(for: .seconds(3600)) }
        }
    }

    @Test func `work that ends by itself is not disturbed`() async throws {
        let stop = StopSignal()
        #expect(try await stop.cancelling { 7 } == 7)
        await #expect(throws: CommandFailure.self) { try await stop.cancelling { throw CommandFailure("x") } }
    }

    private static let tool = Command(
        "tool", "Does things.",
        subcommands: [
            Command("good", "Is good.") { invocation in invocation.console.info("it is good") },
            Command("bad", "Is bad.") { _ in throw CommandFailure("it is bad") },
            Command("closed", "Has no reader.") { _ in throw OutputClosed() },
            Command(
                "group", "Has commands.", options: [CommandOption("config", "FILE", "A file.")],
                subcommands: [
                    Command(
                        "deep", "Lies deep.", options: [CommandOption("config", "KEY=VALUE", "A pair.")],
                        positionals: [CommandPositional("NAME", "A name.")], messages: .log
                    ) { _ in throw UsageError("it is used in a wrong way") }
                ]),
        ])

    @Test(
        arguments: [
            (["good", "--quiet"], 0, ""), (["good"], 0, "it is good\n"), (["bad"], 1, "tool bad: it is bad\n"),
            (["closed"], 0, ""),
            (["god"], 64, "tool: unknown command \"god\"; did you mean good?\nRun \"tool --help\" for what it takes.\n"),
            ([], 64, "tool: a command is missing: one of good, bad, closed, group\nRun \"tool --help\" for what it takes.\n"),
            (["group", "deep"], 64, "tool group deep: NAME is missing\nRun \"tool group deep --help\" for what it takes.\n"),
            (
                ["group", "deep", "x"], 64,
                "tool group deep: it is used in a wrong way\nRun \"tool group deep --help\" for what it takes.\n"
            ),
        ] as [([String], Int32, String)])
    func `exit codes tell usage from failure, and messages name the command`(
        _ arguments: [String], _ code: Int32, _ messages: String
    ) async throws {
        let run = try await ProgramRun(Self.tool, arguments)
        #expect(run.code == code && run.messages == messages && run.output.isEmpty)
    }

    @Test func `an option that hides that of its group is in the help once`() async throws {
        let run = try await ProgramRun(Self.tool, ["group", "deep", "--help"])
        #expect(run.output.contains("--config KEY=VALUE") && !run.output.contains("--config FILE"))
    }
}
