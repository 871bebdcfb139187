/// What a metric is: its name, and how its numbers are to be read. Names and groups are Kafka's where it has the same.
public struct MetricDescriptor: Sendable, Hashable {
    /// How the numbers of a metric are to be read.
    public enum Kind: String, Sendable, Hashable {
        /// They only grow, until what counts begins anew.
        case counter
        /// They rise and fall.
        case gauge
        /// They are quantiles of what was measured lately.
        case distribution
    }

    /// What it is about: Kafka's group, such as `stream-task-metrics`.
    public let group: String
    /// Its name within the group, such as `process-total`.
    public let name: String
    /// How its numbers are to be read.
    public let kind: Kind
    /// What it counts, in one sentence with the unit.
    public let summary: String

    /// A metric.
    public init(_ kind: Kind, _ group: String, _ name: String, _ summary: String) {
        self.kind = kind
        self.group = group
        self.name = name
        self.summary = summary
    }
}

/// A tag of a metric: what of several things it is about.
public struct MetricTag: Sendable, Hashable {
    /// The tag's name, such as `task-id`.
    public var name: String
    /// Its value, such as `0_1`.
    public var value: String

    /// A tag.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

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
