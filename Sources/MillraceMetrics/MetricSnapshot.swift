/// Metrics as of a moment, for adapters to other systems to read.
public struct MetricSnapshot: Sendable {
    /// The metrics, those of one descriptor not necessarily together.
    public private(set) var metrics: [Metric] = []

    /// Nothing yet.
    public init() {}

    /// Adds a number; one that is not known, nil, is left out.
    public mutating func add(_ descriptor: MetricDescriptor, _ value: (some BinaryInteger)?, _ tags: [MetricTag] = []) {
        if let value { metrics.append(Metric(descriptor, .number(Double(value)), tags: tags)) }
    }

    /// Adds a number; one that is not known, nil, is left out.
    public mutating func add(_ descriptor: MetricDescriptor, _ value: Double?, _ tags: [MetricTag] = []) {
        if let value { metrics.append(Metric(descriptor, .number(value), tags: tags)) }
    }

    /// Adds a distribution.
    public mutating func add(_ descriptor: MetricDescriptor, _ value: Distribution, _ tags: [MetricTag] = []) {
        metrics.append(Metric(descriptor, .distribution(value), tags: tags))
    }

    /// Adds the metrics of another, with tags in front of theirs.
    public mutating func add(_ other: MetricSnapshot, tags: [MetricTag] = []) {
        for metric in other.metrics { metrics.append(Metric(metric.descriptor, metric.value, tags: tags + metric.tags)) }
    }
}
