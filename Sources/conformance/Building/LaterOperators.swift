/// What cases use and Millrace does not have yet. A case that needs one of these is skipped.
enum LaterOperators {
    static let names: Set<String> = [
        "topology optimization",
    ]

    /// Throws `LaterOperator` if the operator is one of them.
    static func check(_ name: String) throws {
        if names.contains(name) { throw LaterOperator(name: name) }
    }
}

/// An operator that Millrace does not have yet.
struct LaterOperator: Error {
    let name: String
}
