/// A span of event time in milliseconds since the epoch. Time windows exclude their end; session windows include it.
@frozen
public struct Window: Hashable, Sendable, Comparable {
    /// The first millisecond.
    public let start: Int64
    /// The end: exclusive for time windows, the last event's time for sessions.
    public let end: Int64

    /// A window with these bounds.
    @inlinable
    public init(start: Int64, end: Int64) {
        self.start = start
        self.end = end
    }

    /// Whether it ends at that time or before. One that reaches the end of time, or beyond, never does.
    @inlinable
    func hasEnded(by time: Int64) -> Bool { end <= time && end != .max }

    /// By start, then by end.
    @inlinable
    public static func < (left: Window, right: Window) -> Bool {
        (left.start, left.end) < (right.start, right.end)
    }
}
