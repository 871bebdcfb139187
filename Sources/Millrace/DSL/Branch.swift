/// One way out of a `split`: its name and which records take it. Kafka Streams' `Branched`, with the predicate.
public struct Branch<Key, Value>: Sendable {
    @usableFromInline let name: Named?
    /// Nil for the branch that takes all that is left.
    @usableFromInline let predicate: (@Sendable (_ key: Key?, _ value: Value?) throws -> Bool)?

    @usableFromInline init(name: Named?, predicate: (@Sendable (_ key: Key?, _ value: Value?) throws -> Bool)?) {
        self.name = name
        self.predicate = predicate
    }

    /// The records for which `predicate` is true and that took no earlier branch.
    public static func branch(
        _ name: Named? = nil, _ predicate: @escaping @Sendable (_ key: Key?, _ value: Value?) throws -> Bool
    ) -> Branch { Branch(name: name, predicate: predicate) }

    /// The records that took no other branch; the last in its list. Kafka Streams' `defaultBranch`.
    public static func rest(_ name: Named? = nil) -> Branch { Branch(name: name, predicate: nil) }
}
