internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Tells how far a long piece of work has come: a bar on a terminal, else a line every five seconds. Nothing at all
/// with `--quiet`. Costs a look at the clock per `update`; there is no timer.
public final class ProgressReport: Sendable {
    private struct State {
        var lastShown: ContinuousClock.Instant
        var text = ""
    }

    private let console: Console
    private let label: String
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let state: Mutex<State>

    /// A report that shows as `label`: "Sending access.log".
    public convenience init(_ label: String, on console: Console) {
        self.init(label, on: console, clock: { .now })
    }

    /// A report with a clock of its own.
    init(_ label: String, on console: Console, clock: @escaping @Sendable () -> ContinuousClock.Instant) {
        self.label = label
        self.console = console
        self.clock = clock
        self.state = Mutex(State(lastShown: clock()))
    }

    /// Reports that `fraction` (0 to 1; nil if not known) of the work is done. `detail` says it in figures.
    public func update(fraction: Double?, _ detail: @autoclosure () -> String) {
        guard console.level >= .info else { return }
        let now = clock()
        let pause: Duration = console.isTerminal ? .milliseconds(100) : .seconds(5)
        let isDue = state.withLock { state in
            guard now - state.lastShown >= pause else { return false }
            state.lastShown = now
            return true
        }
        guard isDue else { return }
        if console.isTerminal {
            console.show(status: Self.line(label: label, fraction: fraction, detail: detail(), width: terminalWidth()))
        } else {
            let percent = fraction.map { "\(Int(min(max($0, 0), 1) * 100)) %, " } ?? ""
            console.info("\(label): \(percent)\(detail())")
        }
    }

    /// Takes the bar away.
    public func finish() {
        if console.isTerminal { console.show(status: "") }
    }

    static func line(label: String, fraction: Double?, detail: String, width: Int) -> String {
        guard let fraction else { return String("\(label)  \(detail)".prefix(width - 1)) }
        let share = min(max(fraction, 0), 1)
        let percent = "\(Int(share * 100))%"
        let room = width - 1 - label.count - detail.count - percent.count - 7
        guard room >= 10 else { return String("\(label) \(percent)  \(detail)".prefix(width - 1)) }
        let cells = min(room, 40)
        let full = Int(share * Double(cells))
        let bar = String(repeating: "#", count: full) + String(repeating: "-", count: cells - full)
        return "\(label) [\(bar)] \(percent)  \(detail)"
    }

    private func terminalWidth() -> Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return 80 }
        return Int(size.ws_col)
    }
}
