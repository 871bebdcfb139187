extension SelfJoin {
    /// The steps of an inner join of a stream with itself that keeps its records once: first they meet what came before
    /// them as left records, then as right ones and themselves, so that results come as those of two stores. A record
    /// meets itself however late it is, as in the reference.
    @inlinable
    static func steps<Key: Hashable & Sendable, Value: Sendable, Other, Result>(
        _ names: StreamJoinNames, _ parent: String, _ windows: JoinWindows, _: Key.Type, _: Value.Type,
        _ joiner: @escaping @Sendable (Key?, Value?, Other?) throws -> Result?
    ) -> [TopologyNode] {
        let pass = TopologyNode(
            name: names.thisWindowed, kind: .processor, parents: [parent], stores: [names.thisStore]
        ) { assembly in
            assembly.setInput(
                of: names.thisWindowed, try assembly.downstream(of: names.thisWindowed, Record<Key, Value>.self))
        }
        let join = TopologyNode(
            name: names.merge, kind: .processor, parents: [names.thisWindowed], stores: [names.thisStore]
        ) { assembly in
            let context = assembly.context
            let store = try assembly.store(names.thisStore, as: JoinWindowStore<Key, Value>.self)
            let next = try assembly.downstream(of: names.merge, Record<Key, Result>.self)
            let knowsFirst = assembly.knowsResultsFirst(of: names.merge)
            let mark = assembly.mark(of: names.merge)
            assembly.setInput(of: names.merge) { (record: Record<Key, Value>) in
                mark.enter()
                guard let key = record.key, let value = record.value else { return context.drop(.null) }
                let time = record.timestamp
                var results: [Record<Key, Result>] = []
                func send(_ left: Value, _ right: Value, _ otherTime: Int64) throws {
                    let result = Record(
                        key: key, value: try joiner(key, left, right as? Other), timestamp: max(time, otherTime),
                        headers: record.headers)
                    if knowsFirst { results.append(result) } else { try next(result) }
                }
                let (before, after) = (windows.beforeMs, windows.afterMs)
                if let times = JoinWindows.times(around: time, before: before, after: after) {
                    try store.forEach(key, from: times.from, to: times.to) { try send(value, $1, $0) }
                }
                var hasMetItself = false
                if let times = JoinWindows.times(around: time, before: after, after: before) {
                    try store.forEach(key, from: times.from, to: times.to) { otherTime, other in
                        if otherTime > time, !hasMetItself {
                            hasMetItself = true
                            try send(value, value, time)
                        }
                        try send(other, value, otherTime)
                    }
                }
                if !hasMetItself { try send(value, value, time) }
                for result in results { try next(result) }
                try store.put(key, value, timestamp: time)
            }
        }
        return [pass, join]
    }
}
