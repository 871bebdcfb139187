/// A call of an asynchronous step has taken longer than it may (`AsyncRetry.timeout`).
public struct AsyncTimeout: Error, Sendable, Hashable, CustomStringConvertible {
    /// How long it may take.
    public let limit: Duration

    /// What happened.
    public var description: String { "the call has not come back within \(limit)" }
}
