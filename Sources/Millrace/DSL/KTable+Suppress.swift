import KafkaProtocol

extension KTable {
    /// Holds back each window's result until the window has closed (its end plus the grace given to `windowedBy` is not
    /// after stream time; sessions: end plus gap plus grace), and then sends it once. Windows leave in order of their
    /// ends, then of their keys' bytes. Deletions are not sent: nothing came before them.
    ///
    /// Kafka Streams' `suppress(Suppressed.untilWindowCloses(unbounded()))`. The buffer has a changelog, so a restart
    /// neither loses a result nor sends it twice.
    @inlinable
    public func suppressUntilWindowCloses<Inner>(named: String? = nil) -> KTable<Key, Value>
    where Key == Windowed<Inner> {
        let name = builder.name(named, or: "KTABLE-SUPPRESS-")
        let store = named.map { "\($0)-store" } ?? builder.newName("KTABLE-SUPPRESS-STATE-STORE-")
        let parent = node
        let grace = state.graceMs ?? 0
        let keySerde = self.keySerde
        let valueSerde = builder.serde(self.valueSerde, for: "values", of: name)
        let suppressed = TableState(store: nil, isMaterialized: false, parents: [state])
        builder.add {
            let sendsOld = suppressed.sendsOldValues
            return TopologyNode(name: name, kind: .processor, parents: [parent], stores: [store]) { assembly in
                let clock = assembly.context.clock(name)
                let buffer = try assembly.store(store, as: SuppressBuffer<Key, Value>.self)
                let next = try assembly.downstream(of: name, Record<Key, Change<Value>>.self)
                let emit: (SuppressBuffer<Key, Value>.Entry) throws -> Void = { entry in
                    guard entry.change.new != nil else { return }
                    let change = sendsOld ? entry.change : Change(old: nil, new: entry.change.new)
                    try next(
                        Record(key: entry.key, value: change, timestamp: entry.timestamp, headers: entry.headers))
                }
                assembly.setInput(of: name) { (record: Record<Key, Change<Value>>) in
                    guard let key = record.key, let change = record.value else { return }
                    let time = clock.advance(to: record.timestamp)
                    try buffer.put(
                        key, change, due: key.window.end, timestamp: record.timestamp, headers: record.headers)
                    while let entry = buffer.popFirst(dueBy: time - grace) { try emit(entry) }
                }
            }
        }
        builder.addStore {
            StoreDefinition(name: store) { assembly in
                try SuppressBuffer(
                    name: store, key: keySerde, value: valueSerde, changelog: assembly.changelog(of: store),
                    context: assembly.context)
            }
        }
        return KTable(
            builder: builder, node: name, key: keySerde, value: valueSerde, sources: sources, state: suppressed,
            rows: rows)
    }
}
