/// Quantiles of what was measured lately, and how much was measured in all.
public struct Distribution: Sendable, Hashable {
    /// A value that a part of all values are at most.
    public struct Quantile: Sendable, Hashable {
        /// The part, from 0 to 1.
        public let part: Double
        /// The value.
        public let value: Double
    }

    /// Quantiles, by part; none if nothing was measured lately.
    public let quantiles: [Quantile]
    /// How many values were measured since the beginning.
    public let count: Int64
    /// Their sum.
    public let sum: Double

    /// The value of a quantile; nil if it is not among them.
    public func value(at part: Double) -> Double? { quantiles.first { $0.part == part }?.value }
}
