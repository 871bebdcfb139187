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

    @Test func `exit codes tell usage from failure`() async {
        let program = Program(
            Command(
                "tool", "Does things.",
                subcommands: [
                    Command("good", "Is good.") { _ in },
                    Command("bad", "Is bad.") { _ in throw CommandFailure("it is bad") },
                    Command("closed", "Has no reader.") { _ in throw OutputClosed() },
                ]))
        let stop = StopSignal()
        #expect(await program.run(["good", "--quiet"], stop: stop) == 0)
        #expect(await program.run(["bad"], stop: stop) == 1)
        #expect(await program.run(["closed"], stop: stop) == 0)
        #expect(await program.run(["god"], stop: stop) == 64)
        #expect(await program.run([], stop: stop) == 64)
    }
}
