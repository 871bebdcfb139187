public import KafkaProtocol

extension KStream {
    /// Splits the stream: each record goes, unchanged and at once, to the first branch that takes it; one that no branch takes is
    /// left out. Predicates are asked about null keys and values, too. Kafka Streams' `split().branch(...)`.
    ///
    /// ```swift
    /// let sizes = numbers.split([.branch("small") { _, n in (n ?? 0) < 10 }, .rest("large")])
    /// sizes["small"].to("small-numbers")
    /// // 5, 50  ->  sizes["small"]: 5    sizes["large"]: 50
    /// ```
    ///
    /// Steps are called `named` plus the branch's name, or its number from 1; 0 for that of the rest.
    @inlinable
    public func split(named: Named? = nil, _ branches: [Branch<Key, Value>]) -> BranchedKStream<Key, Value> {
        let name = builder.name(named, or: "KSTREAM-BRANCH-")
        let parent = node
        if let rest = branches.firstIndex(where: { $0.predicate == nil }), rest != branches.count - 1 {
            builder.fault("step \(name): no branch comes after the rest, which takes all that is left")
        }
        var outlets: [String] = []
        for (number, branch) in branches.enumerated() {
            _ = builder.newName("KSTREAM-BRANCHCHILD-")
            outlets.append(name + (branch.name?.name ?? (branch.predicate == nil ? "0" : "\(number + 1)")))
        }
        let steps = outlets
        let predicates = branches.map(\.predicate)
        builder.add {
            TopologyNode(name: name, kind: .processor, parents: [parent]) { assembly in
                let receivers = try steps.map { try assembly.input(of: $0, Record<Key, Value>.self) }
                let mark = assembly.mark(of: name)
                assembly.setInput(of: name) { (key: Key?, value: Value?, timestamp: Int64, headers: [RecordHeader]) in
                    mark.enter()
                    for (predicate, receive) in zip(predicates, receivers) where try predicate?(key, value) ?? true {
                        return try receive(key, value, timestamp, headers)
                    }
                }
            }
        }
        for step in steps {
            builder.add {
                TopologyNode(name: step, kind: .processor, parents: [name]) { assembly in
                    assembly.setInput(of: step, try assembly.downstream(of: step, Record<Key, Value>.self))
                }
            }
        }
        return BranchedKStream(
            step: name, source: self,
            branches: zip(branches, steps).map { branch, step in
                (
                    branch.name?.name,
                    KStream(
                        builder: builder, node: step, key: keySerde, value: valueSerde, sources: sources,
                        isRekeyed: isRekeyed)
                )
            })
    }
}
