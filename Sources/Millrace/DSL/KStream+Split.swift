public import KafkaProtocol

/// One way out of a `split`: its name and which records take it. Kafka Streams' `Branched`, with the predicate.
public struct Branch<Key, Value>: Sendable {
    @usableFromInline let name: Named?
    @usableFromInline let predicate: @Sendable (_ key: Key?, _ value: Value?) throws -> Bool

    /// A branch for the records for which `predicate` is true and that took no earlier branch.
    public init(named: Named? = nil, _ predicate: @escaping @Sendable (_ key: Key?, _ value: Value?) throws -> Bool) {
        self.name = named
        self.predicate = predicate
    }
}

extension KStream {
    /// Splits the stream: each record goes, unchanged and at once, to the first branch whose predicate is true; one
    /// that fits none is left out. Predicates are asked about null keys and values, too. The streams come in the order
    /// of the branches, called `named` plus the branch's name or its number from 1. Kafka Streams'
    /// `split().branch(...).noDefaultBranch()`.
    ///
    /// ```swift
    /// let parts = numbers.split([Branch { _, n in (n ?? 0) < 10 }, Branch { _, n in (n ?? 0) < 100 }])
    /// // 5, 50, 500  ->  parts[0]: 5    parts[1]: 50
    /// ```
    @inlinable
    public func split(named: Named? = nil, _ branches: [Branch<Key, Value>]) -> [KStream<Key, Value>] {
        splitStreams(named: named, branches, hasDefault: false).branches
    }

    /// Splits the stream as `split` does, with a stream for the records that fit no branch, called `named` plus
    /// `restNamed` or 0. Kafka Streams' `split().branch(...).defaultBranch()`.
    ///
    /// ```swift
    /// let (parts, rest) = numbers.splitWithDefault(named: "of-", [Branch(named: "small") { _, n in (n ?? 0) < 10 }])
    /// // 5, 50  ->  parts[0]: 5    rest: 50
    /// ```
    @inlinable
    public func splitWithDefault(
        named: Named? = nil, _ branches: [Branch<Key, Value>], restNamed: Named? = nil
    ) -> (branches: [KStream<Key, Value>], rest: KStream<Key, Value>) {
        let (streams, rest) = splitStreams(named: named, branches, hasDefault: true, restNamed: restNamed)
        return (streams, rest ?? self)
    }

    @inlinable
    func splitStreams(
        named: Named?, _ branches: [Branch<Key, Value>], hasDefault: Bool, restNamed: Named? = nil
    ) -> (branches: [KStream<Key, Value>], rest: KStream<Key, Value>?) {
        let name = builder.name(named, or: "KSTREAM-BRANCH-")
        let parent = node
        var names: [String] = []
        for (number, branch) in branches.enumerated() {
            _ = builder.newName("KSTREAM-BRANCHCHILD-")
            names.append(branch.name.map { name + $0.name } ?? "\(name)\(number + 1)")
        }
        var rest: String?
        if hasDefault {
            _ = builder.newName("KSTREAM-BRANCHCHILD-")
            rest = name + (restNamed?.name ?? "0")
        }
        let outlets = names
        let restName = rest
        let predicates = branches.map(\.predicate)
        builder.add {
            TopologyNode(name: name, kind: .processor, parents: [parent]) { assembly in
                let receivers = try outlets.map { try assembly.input(of: $0, Record<Key, Value>.self) }
                let other = try restName.map { try assembly.input(of: $0, Record<Key, Value>.self) }
                let mark = assembly.mark(of: name)
                assembly.setInput(of: name) { (key: Key?, value: Value?, timestamp: Int64, headers: [RecordHeader]) in
                    mark.enter()
                    for (predicate, receive) in zip(predicates, receivers) {
                        if try predicate(key, value) { return try receive(key, value, timestamp, headers) }
                    }
                    try other?(key, value, timestamp, headers)
                }
            }
        }
        for outlet in outlets + (restName.map { [$0] } ?? []) {
            builder.add {
                TopologyNode(name: outlet, kind: .processor, parents: [name]) { assembly in
                    assembly.setInput(of: outlet, try assembly.downstream(of: outlet, Record<Key, Value>.self))
                }
            }
        }
        func stream(_ node: String) -> KStream<Key, Value> {
            KStream(
                builder: builder, node: node, key: keySerde, value: valueSerde, sources: sources, isRekeyed: isRekeyed)
        }
        return (outlets.map(stream), restName.map(stream))
    }
}
