import KafkaProtocol

/// When `suppress` lets go of what it holds back: Kafka Streams' `Suppressed`.
public struct Suppressed<Key>: Sendable {
    /// How long changes wait, in milliseconds; nil for as long as their window is open.
    @usableFromInline let waitMs: Int64?
    @usableFromInline let buffer: SuppressionBuffer
    @usableFromInline let name: Named?
    /// The time from which a change waits.
    @usableFromInline let due: @Sendable (_ key: Key, _ timestamp: Int64) -> Int64

    /// Until stream time is `limit` after the first change of the row that is held back. A full buffer lets go of its
    /// oldest rows early, or fails the task.
    public static func untilTimeLimit(
        _ limit: Duration, _ buffer: SuppressionBuffer = .unbounded, name: Named? = nil
    ) -> Suppressed {
        Suppressed(waitMs: limit.milliseconds, buffer: buffer, name: name) { $1 }
    }

    /// Until the row's window has closed. The result is final, so nothing leaves early: a buffer with limits must be
    /// one that shuts down when it is full.
    public static func untilWindowCloses<Inner>(
        _ buffer: SuppressionBuffer = .unbounded, name: Named? = nil
    ) -> Suppressed where Key == Windowed<Inner> {
        Suppressed(waitMs: nil, buffer: buffer, name: name) { key, _ in key.window.end }
    }

    /// What is wrong with the settings, if anything.
    @usableFromInline var fault: String? {
        if let waitMs, waitMs < 0 { return "the time limit must not be negative, not \(waitMs) ms" }
        if waitMs == nil, buffer.isBounded, buffer.whenFull == .emitEarly {
            return "results are final only if the buffer shuts down when it is full: say whenFull: .shutDown"
        }
        return buffer.fault
    }
}
