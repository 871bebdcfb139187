/// A value by key and window, as queries of window and session stores give it.
public struct WindowedRow<Key: Sendable, Value: Sendable>: Sendable {
    /// The key in its window. Windows exclude their ends, sessions include them.
    public let key: Windowed<Key>
    /// The value.
    public let value: Value
    /// The event time in milliseconds that it was put with; of a session its end.
    public let timestamp: Int64
}
