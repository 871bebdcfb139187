/// Whether changes of a store go to a changelog topic, from which the store is restored, and settings of that topic.
public struct StoreChangelog: Sendable, Hashable {
    /// Whether there is a changelog topic. A store without one is empty after a restart.
    public var isEnabled: Bool
    /// Settings of the topic by their names on the broker. They go before Millrace's own (`cleanup.policy=compact`) and
    /// count when the topic is created.
    public var config: [String: String]

    /// A changelog, or none.
    public init(isEnabled: Bool = true, config: [String: String] = [:]) {
        self.isEnabled = isEnabled
        self.config = config
    }
}
