/// One window from a start on, without an end. Earlier records are left out; nothing is late, and the store keeps the
/// window for good. Kafka Streams' `UnlimitedWindows`.
///
/// ```swift
/// UnlimitedWindows(startMs: 5000)     // 1 s is left out, 7 s and 9 s are in [5 s, ...)
/// ```
public struct UnlimitedWindows: Sendable, Hashable {
    /// The window's start in milliseconds since the epoch.
    public let startMs: Int64

    /// A window from `startMs` on.
    public init(startMs: Int64 = 0) { self.startMs = startMs }
}
