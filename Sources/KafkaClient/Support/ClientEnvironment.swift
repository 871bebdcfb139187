#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The clock and the chance that clients use. Tests and simulations put in their own.
public struct ClientEnvironment: Sendable {
    /// A clock that never goes back, in milliseconds from some moment in the past.
    public var now: @Sendable () -> Int64
    /// Milliseconds since 1970, for the timestamps of records.
    public var wallClock: @Sendable () -> Int64
    /// Waits; throws `CancellationError` when the task is cancelled.
    public var sleep: @Sendable (_ milliseconds: Int64) async throws -> Void
    /// 64 random bits.
    public var random: @Sendable () -> UInt64

    /// An environment of the given parts.
    public init(
        now: @escaping @Sendable () -> Int64, wallClock: @escaping @Sendable () -> Int64,
        sleep: @escaping @Sendable (_ milliseconds: Int64) async throws -> Void,
        random: @escaping @Sendable () -> UInt64
    ) {
        self.now = now
        self.wallClock = wallClock
        self.sleep = sleep
        self.random = random
    }

    /// The machine's clock and random numbers.
    public static let system = ClientEnvironment(
        now: { milliseconds(CLOCK_MONOTONIC) },
        wallClock: { milliseconds(CLOCK_REALTIME) },
        // Longer than anything runs, and far from where sums of instants overflow.
        sleep: { try await Task.sleep(for: .milliseconds(min($0, 1 << 40))) },
        random: { UInt64.random(in: 0...UInt64.max) })

    private static func milliseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
