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
