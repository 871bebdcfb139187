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
