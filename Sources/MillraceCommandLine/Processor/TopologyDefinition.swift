public import Millrace

/// A topology that a `processor` can run.
public struct TopologyDefinition: Sendable {
    /// The name that calls it.
    public let name: String
    /// One sentence for `processor list`.
    public let summary: String
    /// What can be given with `--set`.
    public let settings: [TopologySetting]
    /// Builds the topology.
    let build: @Sendable (TopologySettings) throws -> Topology

    /// A topology called `name` that `build` builds. What `build` throws is shown to the user.
    public init(
        _ name: String, _ summary: String, settings: [TopologySetting] = [],
        build: @escaping @Sendable (TopologySettings) throws -> Topology
    ) {
        self.name = name
        self.summary = summary
        self.settings = settings
        self.build = build
    }

    /// Builds the topology with the settings `given`. Throws `UsageError` for settings that it does not have or that make
    /// no sense, and what `build` throws.
    public func topology(settings given: [String: String] = [:]) throws -> Topology {
        try build(TopologySettings(given, declared: settings))
    }
}
