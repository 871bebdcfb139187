internal import SchemaRegistry

/// A schema of the registry, with its id and all that it refers to.
struct ResolvedSchema: Sendable {
    var id: Int32
    var schema: Schema
    /// What it refers to, what those refer to before them.
    var references: [(name: String, schema: Schema)] = []
}
