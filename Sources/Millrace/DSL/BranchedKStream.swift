/// The streams that `split` gives. Kafka Streams' `BranchedKStream`.
public struct BranchedKStream<Key: Sendable, Value: Sendable> {
    /// The names of the branches, in their order; nil for those without.
    public var names: [String?] { branches.map(\.name) }
    /// The streams, in the order of their branches.
    public var streams: [KStream<Key, Value>] { branches.map(\.stream) }

    private let step: String
    private let source: KStream<Key, Value>
    private let branches: [(name: String?, stream: KStream<Key, Value>)]

    @usableFromInline init(
        step: String, source: KStream<Key, Value>, branches: [(name: String?, stream: KStream<Key, Value>)]
    ) {
        self.step = step
        self.source = source
        self.branches = branches
    }

    /// The stream of the branch called `name`. If there is none, `build()` says so.
    public subscript(name: String) -> KStream<Key, Value> {
        if let branch = branches.first(where: { $0.name == name }) { return branch.stream }
        let known = branches.compactMap(\.name).joined(separator: ", ")
        source.builder.fault("step \(step) has no branch called \(name)\(known.isEmpty ? "" : ", only \(known)")")
        return source
    }

    /// The stream of a branch by its place, from 0. If there is none, `build()` says so.
    public subscript(number: Int) -> KStream<Key, Value> {
        if branches.indices.contains(number) { return branches[number].stream }
        source.builder.fault("step \(step) has \(branches.count) branches, none with the number \(number)")
        return source
    }
}
