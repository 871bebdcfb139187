/// When the results of windows go downstream: Kafka Streams' `EmitStrategy`.
public struct EmitStrategy: Sendable, Hashable {
    @usableFromInline let isOnClose: Bool

    /// After each update, or once per commit with a cache. The default.
    public static let onWindowUpdate = EmitStrategy(isOnClose: false)
    /// Once, when a window has closed: time windows once stream time has reached end plus grace, sliding windows and
    /// sessions once it has passed end plus grace (sessions: plus the gap). Windows leave in order of their ends, then
    /// of their keys' bytes.
    ///
    /// A result is read from the store when it leaves, so a window that stream time jumps over is lost if the store's
    /// retention (by default as long as a window is open) is over by then: give a longer one.
    public static let onWindowClose = EmitStrategy(isOnClose: true)
}
