import KafkaProtocol

/// Sliding windows: for each set of a key's records that are no further apart than a time difference, a window of that
/// length, both bounds included. Kafka Streams' `SlidingWindows`.
///
/// Each record makes the window that ends at it, and for each record the window that starts right after it exists if it
/// holds others. A record is late for a window whose end plus grace is before stream time. Records with a null value
/// are left out, other than with windows of a fixed size. A store keeps a window for its retention after its start, at
/// least (and by default) twice the difference plus grace.
///
/// ```swift
/// SlidingWindows.difference(.seconds(10))
/// // 20 s and 25 s: [10 s, 20 s] has one, [15 s, 25 s] both, the one from 20.001 s on one
/// ```
public struct SlidingWindows: Sendable, Hashable {
    /// The largest time difference of two records in a window, in milliseconds.
    public let differenceMs: Int64
    /// How long after its end a window takes late records, in milliseconds.
    public let graceMs: Int64

    /// Windows of records no further apart than `difference`.
    public static func difference(_ difference: Duration, grace: Duration = .zero) -> SlidingWindows {
        SlidingWindows(differenceMs: difference.milliseconds, graceMs: grace.milliseconds)
    }

    /// Windows with these times in milliseconds; checked when the topology is built.
    public init(differenceMs: Int64, graceMs: Int64) {
        self.differenceMs = differenceMs
        self.graceMs = graceMs
    }
}

/// The kinds of windows whose results have a key and a start.
@usableFromInline
enum TimeWindowing: Sendable {
    case fixed(TimeWindows)
    case sliding(SlidingWindows)
    case unlimited(UnlimitedWindows)

    /// The length of a window in milliseconds.
    @usableFromInline var sizeMs: Int64 {
        switch self {
        case .fixed(let windows): windows.sizeMs
        case .sliding(let windows): windows.differenceMs
        case .unlimited: .max
        }
    }

    @usableFromInline var graceMs: Int64 {
        switch self {
        case .fixed(let windows): windows.graceMs
        case .sliding(let windows): windows.graceMs
        case .unlimited: 0
        }
    }

    /// The shortest retention of a store, in milliseconds.
    @usableFromInline var retentionMs: Int64 {
        switch self {
        case .fixed(let windows): windows.sizeMs.saturatingAdd(windows.graceMs)
        case .sliding(let windows):
            windows.differenceMs.saturatingAdd(windows.differenceMs).saturatingAdd(windows.graceMs)
        case .unlimited: .max
        }
    }

    /// What is wrong with the times, if anything.
    @usableFromInline var fault: String? {
        switch self {
        case .fixed(let windows): return windows.fault
        case .sliding(let windows):
            if windows.differenceMs < 0 {
                return "the time difference must not be negative, not \(windows.differenceMs) ms"
            }
            return windows.graceMs < 0 ? "the grace must not be negative, not \(windows.graceMs) ms" : nil
        case .unlimited(let windows):
            return windows.startMs < 0 ? "the window's start must not be negative, not \(windows.startMs) ms" : nil
        }
    }
}
