public import KafkaProtocol

/// Windows of a fixed size: tumbling (side by side) or hopping (overlapping), aligned to the epoch.
///
/// A record belongs to every window with `start <= timestamp < start + size`. A record is late, and dropped, for a
/// window that has closed: whose end plus grace is not after stream time, the largest timestamp that has come to the
/// step so far. A store keeps a window for its retention after its start, at least (and by default) size plus grace.
/// A window that would end after the largest time there is ends then, and never closes. Kafka Streams' `TimeWindows`.
///
/// ```swift
/// TimeWindows.tumbling(.seconds(10))                           // 7 s is in [0, 10)
/// TimeWindows.hopping(.seconds(10), advance: .seconds(5))      // 7 s is in [0, 10) and [5, 15)
/// TimeWindows.tumbling(.seconds(10), grace: .seconds(5))       // [0, 10) takes records until stream time is 15 s
/// ```
public struct TimeWindows: Sendable, Hashable {
    /// The size in milliseconds, positive.
    public let sizeMs: Int64
    /// The distance between window starts in milliseconds; equal to the size for tumbling windows. A record is in as many
    /// windows as this goes into the size, of which there may be 100,000.
    public let advanceMs: Int64
    /// How long after its end a window takes late records, in milliseconds.
    public let graceMs: Int64

    /// Windows side by side. `grace` is how long a window takes late records after its end.
    public static func tumbling(_ size: Duration, grace: Duration = .zero) -> TimeWindows {
        TimeWindows(sizeMs: size.milliseconds, advanceMs: size.milliseconds, graceMs: grace.milliseconds)
    }

    /// Windows of `size` that start every `advance`, so that a record is in several.
    public static func hopping(_ size: Duration, advance: Duration, grace: Duration = .zero) -> TimeWindows {
        TimeWindows(sizeMs: size.milliseconds, advanceMs: advance.milliseconds, graceMs: grace.milliseconds)
    }

    /// Windows with these times in milliseconds; checked when the topology is built.
    public init(sizeMs: Int64, advanceMs: Int64, graceMs: Int64) {
        self.sizeMs = sizeMs
        self.advanceMs = advanceMs
        self.graceMs = graceMs
    }

    /// The start of the first window that a timestamp, from 0 on, is in.
    @inlinable func firstStart(for timestamp: Int64) -> Int64 {
        if sizeMs == advanceMs { return timestamp.saturatingSubtract(timestamp % sizeMs) }
        return max(0, timestamp.saturatingSubtract(sizeMs).saturatingAdd(advanceMs)) / advanceMs * advanceMs
    }

    /// In how many windows a record may be.
    private static let mostWindows: Int64 = 100_000

    /// What is wrong with the times, if anything.
    @usableFromInline var fault: String? {
        if sizeMs <= 0 { return "the window size must be positive, not \(sizeMs) ms" }
        if advanceMs <= 0 || advanceMs > sizeMs {
            return "the advance must be positive and not above the size of \(sizeMs) ms, not \(advanceMs) ms"
        }
        if sizeMs / advanceMs > Self.mostWindows {
            return "each record would be in \(sizeMs / advanceMs) windows, of which there may be \(Self.mostWindows): "
                + "let the advance of \(advanceMs) ms be larger, or use sliding windows"
        }
        return graceMs < 0 ? "the grace must not be negative, not \(graceMs) ms" : nil
    }
}

// Disfavoured, so that the same of another module makes no call ambiguous.
extension Duration {
    /// A number of minutes; the longest duration of whole seconds in 64 bits if there are more.
    @_disfavoredOverload
    public static func minutes(_ minutes: some BinaryInteger) -> Duration { seconds(minutes, each: 60) }
    /// A number of hours; as with `minutes`.
    @_disfavoredOverload
    public static func hours(_ hours: some BinaryInteger) -> Duration { seconds(hours, each: 3600) }
    /// A number of days of 24 hours; as with `minutes`.
    @_disfavoredOverload
    public static func days(_ days: some BinaryInteger) -> Duration { seconds(days, each: 86400) }

    private static func seconds(_ count: some BinaryInteger, each seconds: Int64) -> Duration {
        .seconds(Int64(clamping: count).saturatingMultiply(seconds))
    }
}
