internal import KafkaProtocol

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Where a broker gets its time from; tests bring their own.
struct BrokerClock: Sendable {
    /// Milliseconds since 1970: what records and committed offsets carry.
    var wall: @Sendable () -> Int64
    /// Milliseconds that never run backwards: what timeouts count in.
    var monotonic: @Sendable () -> Int64
    /// Suspends until `monotonic` has reached the time. Throws `CancellationError` if the task is cancelled before.
    var sleep: @Sendable (_ until: Int64) async throws -> Void

    /// The machine's clocks.
    static let system = BrokerClock(
        wall: { read(CLOCK_REALTIME) },
        monotonic: { read(CLOCK_MONOTONIC) },
        sleep: { deadline in
            let wait = deadline.saturatingSubtract(read(CLOCK_MONOTONIC))
            if wait > 0 { try await Task.sleep(for: .milliseconds(wait)) }
        })

    /// The time on the monotonic clock in so many milliseconds; however many there are, it is one that may never come.
    func deadline(after milliseconds: Int64) -> Int64 {
        monotonic().saturatingAdd(milliseconds)
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
