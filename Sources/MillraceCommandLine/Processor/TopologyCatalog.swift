import Millrace

/// The topologies that a `processor` knows.
public struct TopologyCatalog: Sendable, ExpressibleByArrayLiteral {
    /// The topologies, in the order of listing.
    public let definitions: [TopologyDefinition]

    /// A catalog of these topologies.
    public init(_ definitions: [TopologyDefinition]) { self.definitions = definitions }

    /// A catalog of the definitions listed.
    public init(arrayLiteral elements: TopologyDefinition...) { self.init(elements) }

    /// The topology called `name`. Throws `UsageError` if there is none.
    public func definition(named name: String) throws -> TopologyDefinition {
        guard let found = definitions.first(where: { $0.name == name }) else {
            let names = definitions.map(\.name)
            throw UsageError(
                "unknown topology \"\(name)\" (known: \(names.joined(separator: ", ")))",
                suggestion: nearest(to: name, in: names))
        }
        return found
    }
}
