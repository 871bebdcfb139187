public import KafkaProtocol

/// Which records of two streams are joined: those of one key whose times are close enough. Kafka Streams'
/// `JoinWindows`.
///
/// A right record matches a left one if `left - before <= right <= left + after`, both bounds included. A negative
/// bound moves the window to one side of the left record. Each side keeps its records for before plus after plus grace.
///
/// ```swift
/// JoinWindows.difference(.seconds(10))                                // no further apart than 10 s
/// JoinWindows.between(before: .zero, after: .minutes(5))              // the right one at most 5 minutes later
/// JoinWindows.between(before: .seconds(-1), after: .seconds(5))       // 1 to 5 s later
/// ```
public struct JoinWindows: Sendable, Hashable {
    /// How far before the left record the right one may be, in milliseconds.
    public let beforeMs: Int64
    /// How far after the left record the right one may be, in milliseconds.
    public let afterMs: Int64
    /// How much longer than the window records are kept for late ones of the other side, in milliseconds. In left and
    /// outer joins, how much longer an unmatched record waits before it goes on alone.
    public let graceMs: Int64

    /// Records no further apart than `difference`, in either direction.
    public static func difference(_ difference: Duration, grace: Duration = .zero) -> JoinWindows {
        between(before: difference, after: difference, grace: grace)
    }

    /// Right records from `before` before the left one to `after` after it.
    public static func between(before: Duration, after: Duration, grace: Duration = .zero) -> JoinWindows {
        JoinWindows(beforeMs: before.milliseconds, afterMs: after.milliseconds, graceMs: grace.milliseconds)
    }

    /// Windows with these times in milliseconds; checked when the topology is built.
    public init(beforeMs: Int64, afterMs: Int64, graceMs: Int64) {
        self.beforeMs = beforeMs
        self.afterMs = afterMs
        self.graceMs = graceMs
    }

    /// The times from `before` before a time to `after` after it; nil if they all lie beyond the last there is. As in Kafka
    /// Streams a bound before the epoch counts as the epoch.
    @inlinable
    static func times(around time: Int64, before: Int64, after: Int64) -> (from: Int64, to: Int64)? {
        guard let from = time.checkedSubtract(before) ?? (before < 0 ? nil : 0) else { return nil }
        return (max(0, from), max(0, time.saturatingAdd(after)))
    }

    /// How long each side's records are kept.
    @usableFromInline var retentionMs: Int64 { beforeMs.saturatingAdd(afterMs).saturatingAdd(graceMs) }

    /// What is allowed and yet hardly meant. As in Kafka Streams (KAFKA-12960), a store of no retention shows not even what
    /// has just come.
    @usableFromInline var warning: String? {
        guard retentionMs == 0 else { return nil }
        return "no records ever match: a window of no length and without grace keeps nothing. Give it a grace of 1 ms"
    }

    /// What is wrong with the times, if anything.
    @usableFromInline var fault: String? {
        if beforeMs.saturatingAdd(afterMs) < 0 {
            return "the join window ends before it begins: \(beforeMs) ms before, \(afterMs) ms after"
        }
        return graceMs < 0 ? "the grace must not be negative, not \(graceMs) ms" : nil
    }
}
