/// How often a call of an asynchronous step is tried before its record counts as failed (`KStream.mapAsync`).
///
/// ```swift
/// orders.mapValuesAsync(maxInFlight: 100, retry: .attempts(5, pause: .milliseconds(50), timeout: .seconds(2))) { order in
///     try await prices.look(up: order)
/// }
/// ```
/// What happens then is up to the `BadRecordPolicy` of the step, as with any other step that throws.
public struct AsyncRetry: Sendable, Hashable {
    /// How many calls are made for a record at most.
    public var attempts: Int
    /// The pause after the first call that has failed. It doubles from call to call.
    public var pause: Duration
    /// The longest pause.
    public var longestPause: Duration
    /// How long a call may take. After that its task is cancelled and the call has failed with an `AsyncTimeout`.
    public var timeout: Duration

    /// Three calls of up to 30 seconds, with pauses of 100 and 200 ms.
    public static let standard = AsyncRetry.attempts(3)

    /// One call of up to 30 seconds.
    public static let never = AsyncRetry.attempts(1)

    /// So many calls, with pauses that double, each of up to `timeout`.
    public static func attempts(
        _ attempts: Int, pause: Duration = .milliseconds(100), longestPause: Duration = .seconds(10),
        timeout: Duration = .seconds(30)
    ) -> AsyncRetry {
        AsyncRetry(attempts: attempts, pause: pause, longestPause: longestPause, timeout: timeout)
    }

    /// What makes no sense in it; nil if all does.
    @usableFromInline var fault: String? {
        if attempts < 1 { return "a call is made at least once, not \(attempts) times" }
        if pause < .zero || longestPause < pause { return "pauses between calls grow from \(pause) to \(longestPause)" }
        if timeout <= .zero { return "a call may take \(timeout)" }
        return nil
    }
}
