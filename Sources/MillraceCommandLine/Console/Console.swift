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

    /// The most talkative level that is told.
    public let level: Level
    /// Whether standard error is a terminal, so that progress is drawn in place.
    public let isTerminal: Bool
    private let sink: @Sendable (String) -> Void
    private let statusLine = Mutex("")

    /// A console on standard error.
    public convenience init(level: Level = .info) {
        self.init(level: level, isTerminal: isatty(STDERR_FILENO) == 1) { text in
            var text = text
            text.withUTF8 { bytes in
                var rest = UnsafeRawBufferPointer(bytes)
                while let base = rest.baseAddress, rest.count > 0 {
                    let written = write(STDERR_FILENO, base, rest.count)
                    // A message that cannot be written has nowhere else to go.
                    guard written > 0 || errno == EINTR else { return }
                    rest = UnsafeRawBufferPointer(rebasing: rest[max(written, 0)...])
                }
            }
        }
    }

    /// A console that writes to `sink`, called with whole messages, one at a time.
    public init(level: Level, isTerminal: Bool, sink: @escaping @Sendable (String) -> Void) {
        self.level = level
        self.isTerminal = isTerminal
        self.sink = sink
    }

    /// Tells what ended the program.
    public func error(_ message: @autoclosure () -> String) { log(.error, message) }
    /// Tells of something that went wrong.
    public func warning(_ message: @autoclosure () -> String) { log(.warning, message) }
    /// Tells what was done.
    public func info(_ message: @autoclosure () -> String) { log(.info, message) }
    /// Tells what happens.
    public func debug(_ message: @autoclosure () -> String) { log(.debug, message) }

    private func log(_ level: Level, _ message: () -> String) {
        guard level <= self.level else { return }
        let prefix = level == .warning ? "warning: " : ""
        let text = message()
        statusLine.withLock { status in
            sink(status.isEmpty ? "\(prefix)\(text)\n" : "\r\u{1b}[K\(prefix)\(text)\n\(status)")
        }
    }

    /// Draws the line of progress anew; an empty one takes it away. For terminals only.
    func show(status text: String) {
        statusLine.withLock { status in
            guard status != text else { return }
            status = text
            sink("\r\u{1b}[K\(text)")
        }
    }
}
