import KafkaProtocol

/// How long a client waits before it tries again, and for how long it tries.
public struct RetryPolicy: Sendable, Equatable {
    /// The wait before the first retry. It doubles with every further one.
    public var initialBackoff: Duration
    /// The longest wait between two attempts.
    public var maximumBackoff: Duration
    /// The share of a wait by which chance makes it shorter or longer, so that clients do not retry in step.
    public var jitter: Double
    /// For how long a call is retried before it throws (`default.api.timeout.ms`).
    public var timeout: Duration
    /// For how long a topic that no broker knows is looked for; a topic just created may need a moment to be known.
    public var unknownTopicTimeout: Duration

    /// A policy; the defaults suit a cluster in a local network.
    public init(
        initialBackoff: Duration = .milliseconds(50), maximumBackoff: Duration = .seconds(1), jitter: Double = 0.2,
        timeout: Duration = .seconds(60), unknownTopicTimeout: Duration = .seconds(3)
    ) {
        self.initialBackoff = initialBackoff
        self.maximumBackoff = maximumBackoff
        self.jitter = jitter
        self.timeout = timeout
        self.unknownTopicTimeout = unknownTopicTimeout
    }

    /// The wait in milliseconds after the failed attempt number `attempt`, counted from 1. `random` is any 64 bits.
    public func delay(afterAttempt attempt: Int, random: UInt64) -> Int64 {
        // A day is as good as for ever here, and leaves room for the sums.
        let longest = Double(min(max(1, maximumBackoff.milliseconds), 86_400_000))
        let first = Double(min(max(1, initialBackoff.milliseconds), 86_400_000))
        var wait = first
        for _ in 1..<max(1, min(attempt, 32)) { wait = min(longest, wait * 2) }
        wait = min(longest, wait)
        let chance = Double(random >> 11) / Double(1 << 53)
        let share = jitter.isFinite ? min(max(jitter, 0), 1) : 0
        return max(1, Int64(wait * (1 + share * (2 * chance - 1))))
    }
}
