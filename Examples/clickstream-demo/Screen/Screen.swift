import MillraceCommandLine
import Synchronization

/// Shows the status on standard output: a table drawn anew in its place on a terminal, else a line a second.
final class Screen: Sendable {
    private struct State {
        var maker: FrameMaker
        /// The height of the last table, and the size of the terminal it was drawn for.
        var drawnLines = 0
        var drawnSize = (width: 0, height: 0)
    }

    private let terminal: Terminal
    private let status: DemoStatus
    private let quiet: Bool
    private let state: Mutex<State>

    init(terminal: Terminal, status: DemoStatus, title: String, quiet: Bool, progress: Bool) {
        self.terminal = terminal
        self.status = status
        self.quiet = quiet
        state = Mutex(State(maker: FrameMaker(title: title, showsProgress: progress)))
    }

    /// Shows the status again and again, until the task is cancelled.
    @concurrent func run() async throws {
        guard !quiet else { return }
        if terminal.isLive {
            try show()
        } else {
            // Rates count from now on.
            state.withLock { state in _ = status.read { state.maker.frame($0, at: .now) } }
        }
        while true {
            do { try await Task.sleep(for: terminal.isLive ? .milliseconds(250) : .seconds(1)) } catch { return }
            try show()
        }
    }

    /// Shows the status as it is now.
    func update() throws {
        if !quiet { try show() }
    }

    /// Writes these lines below.
    func print(summary: [String]) throws {
        let output = OutputWriter()
        for line in summary { output.writeLine(line) }
        try output.flush()
    }

    private func show() throws {
        let output = OutputWriter()
        state.withLock { state in
            let frame = status.read { state.maker.frame($0, at: .now) }
            if terminal.isLive { draw(frame, &state, output) } else { output.writeLine(frame.line) }
        }
        try output.flush()
    }

    private func draw(_ frame: Frame, _ state: inout State, _ output: OutputWriter) {
        let size = terminal.size
        if state.drawnLines > 0 {
            // After a change of size nobody knows where the old lines are.
            let isSameSize = size == state.drawnSize
            output.write(isSameSize ? "\r\u{1b}[\(state.drawnLines)A" : "\u{1b}[H\u{1b}[2J")
        }
        let lines = frame.table(width: size.width, height: size.height).prefix(max(1, size.height - 1))
        for line in lines {
            output.write(line.rendered(limit: size.width - 1, colour: terminal.hasColour))
            output.write("\u{1b}[K\n")
        }
        output.write("\u{1b}[J")
        state.drawnLines = lines.count
        state.drawnSize = size
    }
}
