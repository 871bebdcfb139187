import KafkaClient

extension ClientEnvironment {
    /// A clock by which a second is over in `share` of it: what waits for long does so, and no test for it.
    static func hasty(_ share: Double) -> ClientEnvironment {
        let start = ContinuousClock.now
        @Sendable func now() -> Int64 { Int64((ContinuousClock.now - start) / .milliseconds(1) / share) }
        return ClientEnvironment(
            now: now, wallClock: { 1_700_000_000_000 + now() },
            sleep: { try await Task.sleep(for: .milliseconds(1) * (Double(min(max($0, 0), 1 << 40)) * share)) },
            random: { 42 })
    }
}
