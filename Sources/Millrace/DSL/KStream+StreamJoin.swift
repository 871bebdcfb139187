public import KafkaProtocol

extension KStream where Key: Hashable {
    /// Joins each record with those of another stream that have its key and are close enough in time. Each pair makes
    /// one result, with the later timestamp and the headers of the record that came last; a record that matches several
    /// makes its results in order of the others' times.
    ///
    /// Records with a null key or value are left out. Late records are not refused: they join what is still kept of
    /// the other stream. Each side keeps its records while their time is after the side's own largest one less `before`
    /// plus `after` plus grace. So a window of no length needs a grace of a millisecond, else nothing ever matches
    /// (`Topology.warnings` says so).
    ///
    /// Topics must have equal numbers of partitions. A stream whose key was changed goes through a repartition topic.
    ///
    /// ```swift
    /// orders.join(payments, within: .difference(.seconds(10))) { _, order, payment in "\(order) \(payment)" }
    /// // order ("a", t: 0 s), payment ("a", t: 7 s), order ("b", t: 8 s)  ->  ("a", "order paid", t: 7 s)
    /// ```
    @inlinable
    public func join<Other, Result: Sendable>(
        _ other: KStream<Key, Other>, within windows: JoinWindows,
        _ options: StreamJoined<Key, Value, Other> = StreamJoined(), value: Serde<Result>? = nil,
        _ joiner: @escaping @Sendable (_ key: Key, _ value: Value, _ other: Other) throws -> Result?
    ) -> KStream<Key, Result> {
        joinStream(other, windows, options, value: value, keepsMine: false, keepsTheirs: false) { key, mine, theirs in
            guard let key, let mine, let theirs else { return nil }
            return try joiner(key, mine, theirs)
        }
    }

    /// As `join`, and a record of this stream that finds no match makes a result with nil for the other value: once
    /// stream time (the largest timestamp of both streams) is after its timestamp plus `after` plus grace, when a
    /// record comes that is not itself late. One whose window is in the past already makes it at once, and so does one
    /// with a null key.
    ///
    /// ```swift
    /// orders.leftJoin(payments, within: .difference(.seconds(10))) { _, order, payment in
    ///     "\(order) \(payment ?? "open")"
    /// }
    /// // order ("a", t: 0 s), payment ("a", t: 7 s), order ("b", t: 8 s)  ->  ("a", "order paid", t: 7 s)
    /// // order ("c", t: 30 s)                                            ->  ("b", "order open", t: 8 s)
    /// ```
    @inlinable
    public func leftJoin<Other, Result: Sendable>(
        _ other: KStream<Key, Other>, within windows: JoinWindows,
        _ options: StreamJoined<Key, Value, Other> = StreamJoined(), value: Serde<Result>? = nil,
        _ joiner: @escaping @Sendable (_ key: Key?, _ value: Value, _ other: Other?) throws -> Result?
    ) -> KStream<Key, Result> {
        joinStream(other, windows, options, value: value, keepsMine: true, keepsTheirs: false) { key, mine, theirs in
            guard let mine else { return nil }
            return try joiner(key, mine, theirs)
        }
    }

    /// As `leftJoin`, for unmatched records of both streams; those of the other stream wait for `before` plus grace.
    ///
    /// ```swift
    /// orders.outerJoin(payments, within: .difference(.seconds(10))) { _, order, payment in
    ///     "\(order ?? "unknown") \(payment ?? "open")"
    /// }
    /// // payment ("a", t: 0 s), order ("b", t: 20 s)  ->  ("a", "unknown paid", t: 0 s)
    /// ```
    @inlinable
    public func outerJoin<Other, Result: Sendable>(
        _ other: KStream<Key, Other>, within windows: JoinWindows,
        _ options: StreamJoined<Key, Value, Other> = StreamJoined(), value: Serde<Result>? = nil,
        _ joiner: @escaping @Sendable (_ key: Key?, _ value: Value?, _ other: Other?) throws -> Result?
    ) -> KStream<Key, Result> {
        joinStream(other, windows, options, value: value, keepsMine: true, keepsTheirs: true, joiner)
    }

    @inlinable
    func joinStream<Other, Result: Sendable>(
        _ other: KStream<Key, Other>, _ windows: JoinWindows, _ options: StreamJoined<Key, Value, Other>,
        value: Serde<Result>?, keepsMine: Bool, keepsTheirs: Bool,
        _ joiner: @escaping @Sendable (Key?, Value?, Other?) throws -> Result?
    ) -> KStream<Key, Result> {
        let builder = self.builder
        let key = options.key ?? keySerde
        let left = partitionedForJoin(
            name: options.name.map { "\($0)-left" }, key: key, value: options.value)
        let right = other.partitionedForJoin(
            name: options.name.map { "\($0)-right" }, key: key, value: options.otherValue)
        let names = StreamJoinNames(builder, options.name, options.storeName, keepsMine, keepsTheirs)
        if keepsMine { builder.noteRelaxedJoin(names.merge) }
        if let fault = windows.fault { builder.fault("step \(names.merge): \(fault)") }
        if let warning = windows.warning { builder.warn("step \(names.merge): \(warning)") }
        let keySerde = builder.serde(key, for: "keys", of: names.merge)
        let mine = builder.serde(options.value ?? valueSerde, for: "values", of: names.merge)
        let theirs = builder.serde(options.otherValue ?? other.valueSerde, for: "other values", of: names.merge)
        let changelog = options.changelog

        builder.addJoinWindow(names.thisWindowed, names.thisStore, left.node, keySerde, mine, windows, changelog)
        builder.addJoinWindow(names.otherWindowed, names.otherStore, right.node, keySerde, theirs, windows, changelog)
        let shared = names.shared
        builder.add {
            TopologyNode(
                name: names.this, kind: .processor, parents: [names.thisWindowed],
                stores: [names.otherStore] + (shared.map { [$0] } ?? []), failsWithParent: true
            ) { assembly in
                let waiting = try shared.map { store in
                    let outlet = try assembly.joinOutlet(
                        of: names.this, store, windows, names.merge, after: windows.afterMs, joiner)
                    return JoinWaiting<Key, Value>(
                        release: { try outlet.release($0, $1.headers) },
                        hold: { key, value, time in
                            try outlet.store.left.insert(key, value, timestamp: time)
                            outlet.expect(time)
                        },
                        matched: { try outlet.store.right.remove($0, timestamp: $1, at: $2) })
                }
                try assembly.installStreamJoin(
                    name: names.this, clock: assembly.context.clock(names.merge), theirs: names.otherStore,
                    before: windows.beforeMs, after: windows.afterMs, waiting: waiting
                ) { (key: Key?, mine: Value, theirs: Other?) in try joiner(key, mine, theirs) }
            }
        }
        builder.add {
            TopologyNode(
                name: names.other, kind: .processor, parents: [names.otherWindowed],
                stores: [names.thisStore] + (shared.map { [$0] } ?? []), failsWithParent: true
            ) { assembly in
                let waiting = try shared.map { store in
                    let outlet = try assembly.joinOutlet(
                        of: names.other, store, windows, names.merge, after: windows.beforeMs, joiner)
                    return JoinWaiting<Key, Other>(
                        release: { try outlet.release($0, $1.headers) },
                        hold: !keepsTheirs
                            ? nil
                            : { key, value, time in
                                try outlet.store.right.insert(key, value, timestamp: time)
                                outlet.expect(time)
                            },
                        matched: { try outlet.store.left.remove($0, timestamp: $1, at: $2) })
                }
                try assembly.installStreamJoin(
                    name: names.other, clock: assembly.context.clock(names.merge), theirs: names.thisStore,
                    before: windows.afterMs, after: windows.beforeMs, waiting: waiting
                ) { (key: Key?, theirs: Other, mine: Value?) in try joiner(key, mine, theirs) }
            }
        }
        builder.add {
            TopologyNode(name: names.merge, kind: .processor, parents: [names.this, names.other]) { assembly in
                assembly.setInput(of: names.merge, try assembly.downstream(of: names.merge, Record<Key, Result>.self))
            }
        }
        if let shared {
            builder.addStore {
                StoreDefinition(name: shared, changelog: changelog) { assembly in
                    JoinWaitingStore(
                        name: shared, key: keySerde, left: mine, right: theirs,
                        changelog: assembly.changelog(of: shared))
                }.kept(by: nil, .waiting)
            }
        }
        if left.node == right.node, shared == nil {
            let parent = left.node
            builder.addSelfJoin {
                SelfJoin(
                    spareNodes: [names.otherWindowed, names.this, names.other], spareStore: names.otherStore,
                    replacements: SelfJoin.steps(names, parent, windows, Key.self, Value.self, joiner))
            }
        }
        builder.noteParts([names.thisWindowed, names.otherWindowed, names.this, names.other], of: names.merge)
        builder.addCopartitioned(step: names.merge, left.sources + right.sources)
        return KStream<Key, Result>(
            builder: builder, node: names.merge, key: keySerde, value: value,
            sources: left.sources + right.sources.filter { !left.sources.contains($0) }, isRekeyed: false)
    }
}

extension StreamsBuilder {
    /// The node and the store that keep one side's records.
    @inlinable
    func addJoinWindow<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, _ store: String, _ parent: String, _ key: Serde<Key>, _ value: Serde<Value>,
        _ windows: JoinWindows, _ changelog: StoreChangelog
    ) {
        add {
            TopologyNode(name: name, kind: .processor, parents: [parent], stores: [store]) {
                try $0.installJoinWindow(name: name, store: store, Key.self, Value.self)
            }
        }
        addStore {
            StoreDefinition(name: store, changelog: changelog, cleanup: .trimming) { assembly in
                JoinWindowStore(
                    name: store, key: key, value: value, sizeMs: windows.beforeMs.saturatingAdd(windows.afterMs),
                    retentionMs: windows.retentionMs,
                    changelog: assembly.changelog(of: store), context: assembly.context)
            }.kept(by: nil, .entries(.records, retentionMs: windows.retentionMs)).holding(.window, key, value)
        }
    }
}

/// The names of the steps and stores of a stream-stream join. Numbers are used up even where names are given.
@usableFromInline
struct StreamJoinNames: Sendable {
    @usableFromInline let thisWindowed: String
    @usableFromInline let otherWindowed: String
    @usableFromInline let this: String
    @usableFromInline let other: String
    @usableFromInline let merge: String
    @usableFromInline let thisStore: String
    @usableFromInline let otherStore: String
    /// The store of records that wait for a match; nil in an inner join.
    @usableFromInline let shared: String?

    @usableFromInline
    init(_ builder: StreamsBuilder, _ name: Named?, _ storeName: String?, _ isLeft: Bool, _ isOuter: Bool) {
        func named(_ suffix: String, _ numbered: String) -> String { name.map { $0.name + suffix } ?? numbered }
        thisWindowed = named("-this-windowed", builder.newName("KSTREAM-WINDOWED-"))
        otherWindowed = named("-other-windowed", builder.newName("KSTREAM-WINDOWED-"))
        let thisNumbered = builder.newName(isOuter ? "KSTREAM-OUTERTHIS-" : "KSTREAM-JOINTHIS-")
        let otherNumbered = builder.newName(isLeft ? "KSTREAM-OUTEROTHER-" : "KSTREAM-JOINOTHER-")
        let thisSuffix = isOuter ? "-outer-this-join" : "-this-join"
        let otherSuffix = isLeft ? "-outer-other-join" : "-other-join"
        this = named(thisSuffix, thisNumbered)
        other = named(otherSuffix, otherNumbered)
        merge = named("-merge", builder.newName("KSTREAM-MERGE-"))
        thisStore = (storeName.map { $0 + thisSuffix } ?? thisNumbered) + "-store"
        otherStore = (storeName.map { $0 + otherSuffix } ?? otherNumbered) + "-store"
        let sharedSuffix = isOuter ? "-outer-shared-join" : "-left-shared-join"
        let sharedNumbered = builder.generated(thisNumbered.suffix(10), "KSTREAM-OUTERSHARED-")
        shared = isLeft ? (storeName.map { $0 + sharedSuffix } ?? sharedNumbered) + "-store" : nil
    }
}
