/// Sessions: runs of a key's records in which no gap between neighbours is larger than `gap` (exactly the gap does not
/// split). A record that falls between two sessions merges them. A session is late, and not taken up again, once its
/// end is before stream time less gap and grace. A store keeps a session for its retention after its end, at least (and
/// by default) gap plus grace. Kafka Streams' `SessionWindows`.
///
/// ```swift
/// SessionWindows.gap(.seconds(5))     // 1 s, 6 s and 12 s are two sessions: 1 to 6 s, and 12 s
/// ```
public struct SessionWindows: Sendable, Hashable {
    /// The largest gap within a session in milliseconds.
    public let gapMs: Int64
    /// How long after its end and gap a session takes late records, in milliseconds.
    public let graceMs: Int64

    /// Sessions that a silence longer than `gap` ends.
    public static func gap(_ gap: Duration, grace: Duration = .zero) -> SessionWindows {
        SessionWindows(gapMs: gap.milliseconds, graceMs: grace.milliseconds)
    }

    /// Sessions with these times in milliseconds; checked when the topology is built.
    public init(gapMs: Int64, graceMs: Int64) {
        self.gapMs = gapMs
        self.graceMs = graceMs
    }

    /// What is wrong with the times, if anything.
    @usableFromInline var fault: String? {
        if gapMs < 0 { return "the session gap must not be negative, not \(gapMs) ms" }
        return graceMs < 0 ? "the grace must not be negative, not \(graceMs) ms" : nil
    }
}
