/// What was measured lately: in the present window of time and the one before it, as Kafka's sampled statistics. Times are
/// milliseconds of a clock that the caller has.
public struct WindowedStat: Sendable {
    private struct Window {
        var sum = 0.0
        var count = 0.0
        var most = -Double.infinity
        var least = Double.infinity

        mutating func note(_ value: Double, _ times: Int64) {
            sum += value * Double(times)
            count += Double(times)
            most = max(most, value)
            least = min(least, value)
        }
    }

    /// The length of a window in milliseconds (`metrics.sample.window.ms`).
    public static let window: Int64 = 30_000

    private var began: Int64?
    private var current = Window()
    private var previous = Window()
    /// When the earlier of the two windows began.
    private var earliest: Int64 = 0

    /// Nothing measured.
    public init() {}

    /// Something was measured: `value`, for each of so many `times`.
    public mutating func note(_ value: Double, times: Int64 = 1, at now: Int64) {
        roll(now)
        current.note(value, times)
    }

    /// The largest value; nil if nothing was measured lately.
    public mutating func most(at now: Int64) -> Double? {
        roll(now)
        let most = max(current.most, previous.most)
        return most.isFinite ? most : nil
    }

    /// The smallest value; nil if nothing was measured lately.
    public mutating func least(at now: Int64) -> Double? {
        roll(now)
        let least = min(current.least, previous.least)
        return least.isFinite ? least : nil
    }

    /// The mean; nil if nothing was measured lately.
    public mutating func mean(at now: Int64) -> Double? {
        roll(now)
        let count = current.count + previous.count
        return count > 0 ? (current.sum + previous.sum) / count : nil
    }

    /// How often something was measured, a second.
    public mutating func rate(at now: Int64) -> Double {
        roll(now)
        return (current.count + previous.count) / seconds(now)
    }

    /// The sum of what was measured, a second: if that is milliseconds, a thousandth of it is the part of the time that they take.
    public mutating func sumRate(at now: Int64) -> Double {
        roll(now)
        return (current.sum + previous.sum) / seconds(now)
    }

    private func seconds(_ now: Int64) -> Double {
        // Whatever was measured in a first moment says little about a second.
        max(1, Double(now.subtractingReportingOverflow(earliest).partialValue) / 1000)
    }

    private mutating func roll(_ now: Int64) {
        guard let start = began else {
            (began, earliest) = (now, now)
            return
        }
        let age = now.subtractingReportingOverflow(start).partialValue
        guard age >= Self.window else { return }
        let isAdjacent = age < 2 * Self.window
        previous = isAdjacent ? current : Window()
        current = Window()
        earliest = isAdjacent ? start : now - Self.window
        began = isAdjacent ? start + Self.window : now
    }
}
