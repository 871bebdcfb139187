/// A store or an internal topic whose name the builder made up. Such names contain the number of the step, so that they
/// change when steps are added or removed before it, and what the store or the topic holds is lost. KIP-1111.
public struct UnnamedResource: Sendable, Hashable, CustomStringConvertible {
    /// What has the name.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A state store.
        case store = "store"
        /// The changelog topic of a store.
        case changelogTopic = "changelog topic"
        /// A repartition topic.
        case repartitionTopic = "repartition topic"
    }

    /// What has the name.
    public let kind: Kind
    /// The generated name; of a topic without the application's prefix.
    public let name: String
    /// The step that uses it.
    public let step: String
    /// What to give a name with, such as `Materialized(as:)`.
    public let remedy: String

    /// All of it in one sentence.
    public var description: String {
        "the \(kind.rawValue) \(name) of the step \(step) has a generated name, which changes with the steps before it:"
            + " name it with \(remedy)"
    }
}
