internal import KafkaClient

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What the process has used of the machine.
public enum ProcessTime {
    /// User and system time of all threads so far, in seconds.
    public static var cpuSeconds: Double {
        // POSIX counts in millionths, whatever the machine.
        Double(clock()) / 1_000_000
    }
}

/// The time of day in milliseconds since 1970.
@Sendable public func currentMilliseconds() -> Int64 { ClientEnvironment.system.wallClock() }
