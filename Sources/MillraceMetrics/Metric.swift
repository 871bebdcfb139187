/// A metric as of a moment.
public struct Metric: Sendable, Hashable {
    /// Its number or numbers.
    public enum Value: Sendable, Hashable {
        /// Of a counter or gauge.
        case number(Double)
        /// Of a distribution.
        case distribution(Distribution)
    }

    /// What it is.
    public var descriptor: MetricDescriptor
    /// What it is about.
    public var tags: [MetricTag]
    /// Its value.
    public var value: Value

    /// A metric.
    public init(_ descriptor: MetricDescriptor, _ value: Value, tags: [MetricTag] = []) {
        self.descriptor = descriptor
        self.value = value
        self.tags = tags
    }
}
