public import KafkaProtocol

/// A row as the bytes that it has on topics.
public struct RawRow: Sendable {
    /// The key, as its serde writes it; of windows and sessions without their times.
    public let key: Bytes
    /// The value, as its serde writes it.
    public let value: Bytes
    /// The event time in milliseconds that it was put with; of a session its end, of a version when it came to be.
    public let timestamp: Int64
    /// Of window and session stores: the window.
    public let window: Window?
}
