/// Measures a distribution of numbers from 0 up, in buckets that are an eighth apart at most: quantiles are exact within that.
/// Those of the present window of time and the one before it count (`WindowedStat.window`).
public struct DistributionMeter: Sendable {
    /// The quantiles that are told.
    public static let parts = [0.5, 0.9, 0.99]
    private static let bits = 3
    private static let bucketCount = (64 - bits) << bits

    /// What was measured since the beginning, and in the two windows.
    private var all: [Int64] = []
    private var current: [Int64] = []
    private var previous: [Int64] = []
    private var began: Int64?
    private var count: Int64 = 0
    private var sum = 0.0

    /// Nothing measured.
    public init() {}

    /// Something was measured, so many times; what is below 0 counts as 0.
    public mutating func note(_ value: Int64, times: Int64 = 1, at now: Int64) {
        roll(now)
        let value = max(0, value)
        if current.isEmpty { current = Array(repeating: 0, count: Self.bucketCount) }
        if all.isEmpty { all = current }
        let bucket = Self.bucket(of: value)
        current[bucket] += times
        all[bucket] += times
        count += times
        sum += Double(value) * Double(times)
    }

    /// The distribution as of now.
    public mutating func distribution(at now: Int64) -> Distribution {
        roll(now)
        return Distribution(quantiles: Self.quantiles(Self.sum(current, previous)), count: count, sum: sum)
    }

    /// The distribution of what was measured since `earlier`, a copy from then; of all if that is of another meter.
    public func distribution(since earlier: DistributionMeter) -> Distribution {
        let isLater = count >= earlier.count && zip(all, earlier.all).allSatisfy { $0 >= $1 }
        guard isLater, !earlier.all.isEmpty else { return Distribution(quantiles: Self.quantiles(all), count: count, sum: sum) }
        return Distribution(
            quantiles: Self.quantiles(zip(all, earlier.all).map { $0 - $1 }), count: count - earlier.count, sum: sum - earlier.sum)
    }

    private static func quantiles(_ counts: [Int64]) -> [Distribution.Quantile] {
        let total = counts.reduce(0, +)
        guard total > 0 else { return [] }
        return parts.map { part in
            let wanted = max(1, Int64((Double(total) * part).rounded(.up)))
            var seen: Int64 = 0
            let bucket = counts.firstIndex { count in
                seen += count
                return seen >= wanted
            }
            return Distribution.Quantile(part: part, value: middle(of: bucket ?? 0))
        }
    }

    /// The sum of two distributions, for a whole of parts.
    public mutating func add(_ other: DistributionMeter, at now: Int64) {
        roll(now)
        var other = other
        other.roll(now)
        current = Self.sum(current, other.current)
        previous = Self.sum(previous, other.previous)
        all = Self.sum(all, other.all)
        count += other.count
        sum += other.sum
    }

    private mutating func roll(_ now: Int64) {
        guard let start = began else { return began = now }
        let age = now.subtractingReportingOverflow(start).partialValue
        guard age >= WindowedStat.window else { return }
        previous = age < 2 * WindowedStat.window ? current : []
        current = []
        began = now
    }

    private static func sum(_ left: [Int64], _ right: [Int64]) -> [Int64] {
        if left.isEmpty { return right }
        if right.isEmpty { return left }
        return zip(left, right).map { $0 + $1 }
    }

    /// Small numbers have a bucket of their own, then there are eight for each power of two.
    private static func bucket(of value: Int64) -> Int {
        guard value >= 1 << bits else { return Int(value) }
        let power = 63 - value.leadingZeroBitCount
        let step = Int(value >> (power - bits)) & ((1 << bits) - 1)
        return min(bucketCount - 1, (power - bits + 1) << bits + step)
    }

    private static func middle(of bucket: Int) -> Double {
        guard bucket >= 1 << bits else { return Double(bucket) }
        let power = bucket >> bits - 1
        let low = Double(1 << bits + bucket & ((1 << bits) - 1)) * Double(1 << power)
        return low + Double(1 << power - 1) / 2
    }
}
