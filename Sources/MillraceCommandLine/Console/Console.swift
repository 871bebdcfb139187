internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Standard error: messages by level, and a line of progress that stays below them on a terminal.
///
/// May be used by many tasks at once; each message is written whole.
public final class Console: Sendable {
    /// How much is told.
    public enum Level: Int, Sendable, Comparable {
        /// What ended the program.
        case error
        /// What went wrong without ending it.
        case warning
        /// What was done.
        case info
        /// What happens in between.
        case debug

        /// By importance.
        public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    /// What messages look like.
    public enum Style: Sendable {
        /// The message alone: of a command that does one thing.
        case plain
        /// Lines with time, level and subject: of a program that runs for long.
        case log
    }

    private struct State {
        var status = ""
        var repeats = RepeatFilter()
    }

    /// The most talkative level that is told.
    public let level: Level
    /// What messages look like.
    public let style: Style
    /// Whether standard error is a terminal, so that progress is drawn in place.
    public let isTerminal: Bool
    private let sink: @Sendable (String) -> Void
    private let now: @Sendable () -> Int64
    private let state = Mutex(State())

    /// A console on standard error.
    public convenience init(level: Level = .info, style: Style = .plain) {
        let descriptor = StandardStreams.current.messages
        self.init(level: level, style: style, isTerminal: isatty(descriptor) == 1) { text in
            var text = text
            text.withUTF8 { bytes in
                var rest = UnsafeRawBufferPointer(bytes)
                while let base = rest.baseAddress, rest.count > 0 {
                    let written = write(descriptor, base, rest.count)
                    // A message that cannot be written has nowhere else to go.
                    guard written > 0 || errno == EINTR else { return }
                    rest = UnsafeRawBufferPointer(rebasing: rest[max(written, 0)...])
                }
            }
        }
    }

    /// A console that writes to `sink`, called with whole messages, one at a time.
    public convenience init(
        level: Level, style: Style = .plain, isTerminal: Bool, sink: @escaping @Sendable (String) -> Void
    ) {
        self.init(level: level, style: style, isTerminal: isTerminal, now: currentMilliseconds, sink: sink)
    }

    /// `now` tells the time in milliseconds since 1970.
    init(
        level: Level, style: Style, isTerminal: Bool, now: @escaping @Sendable () -> Int64,
        sink: @escaping @Sendable (String) -> Void
    ) {
        self.level = level
        self.style = style
        self.isTerminal = isTerminal
        self.now = now
        self.sink = sink
    }

    /// Tells what ended the program.
    public func error(_ message: @autoclosure () -> String, about subject: String? = nil) {
        log(.error, subject, message)
    }

    /// Tells of something that went wrong with `subject`, such as `task 0_1`. What comes again and again is told at growing
    /// intervals, with how often it came.
    public func warning(_ message: @autoclosure () -> String, about subject: String? = nil) {
        log(.warning, subject, message)
    }

    /// Tells what was done.
    public func info(_ message: @autoclosure () -> String, about subject: String? = nil) {
        log(.info, subject, message)
    }

    /// Tells what happens.
    public func debug(_ message: @autoclosure () -> String, about subject: String? = nil) {
        log(.debug, subject, message)
    }

    /// Tells of warnings that are held back because they were repeated. For the end of a program.
    public func finish() {
        state.withLock { state in
            for entry in state.repeats.takeDue(now: .max) { put(.warning, entry, now(), state.status) }
        }
    }

    private func log(_ level: Level, _ subject: String?, _ message: () -> String) {
        guard level <= self.level else { return }
        let entry = RepeatFilter.Entry(subject: subject, message: message())
        state.withLock { state in
            let time = now()
            let warnings = level == .warning ? state.repeats.take(entry, now: time) : state.repeats.takeDue(now: time)
            for warning in warnings { put(.warning, warning, time, state.status) }
            if level != .warning { put(level, entry, time, state.status) }
        }
    }

    private func put(_ level: Level, _ entry: RepeatFilter.Entry, _ time: Int64, _ status: String) {
        let text: String
        switch style {
        case .log: text = LogLine.text(time: time, level, subject: entry.subject, entry.message)
        case .plain:
            let subject = entry.subject.map { "\($0): " } ?? ""
            text = "\(level == .warning ? "warning: " : "")\(subject)\(entry.message)"
        }
        sink(status.isEmpty ? "\(text)\n" : "\r\u{1b}[K\(text)\n\(status)")
    }

    /// Draws the line of progress anew; an empty one takes it away. For terminals only.
    func show(status text: String) {
        state.withLock { state in
            guard state.status != text else { return }
            state.status = text
            sink("\r\u{1b}[K\(text)")
        }
    }
}
