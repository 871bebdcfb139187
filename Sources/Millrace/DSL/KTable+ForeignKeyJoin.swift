import KafkaProtocol

extension KTable {
    /// Joins each row with the row of another table whose key it names: many rows here may refer to one row there.
    /// `foreignKey` takes the other table's key from a row, `joiner` makes the result, under the key of this table.
    ///
    /// A change on either side changes the results that it touches. The result goes when either row does, or when a row
    /// comes to refer to no key, or to one that the other table does not have; whether there was a result is not known,
    /// so that a deletion may be sent in vain. Rows are sent to the other table's partitions through internal topics, so
    /// topics may have different numbers of partitions.
    ///
    /// Kafka Streams' foreign-key `join` (KIP-213).
    /// ```swift
    /// orders.join(customers, foreignKey: { _, customer in customer }) { _, _, name in name }
    /// // order ("o1", "c1"), customer ("c1", "ann"), order ("o2", "c1")  ->  ("o1", "ann"), ("o2", "ann")
    /// // customer ("c1", "eve")                                          ->  ("o1", "eve"), ("o2", "eve")
    /// ```
    @inlinable
    public func join<ForeignKey: Hashable & Sendable, Other, Result: Sendable>(
        _ other: KTable<ForeignKey, Other>, _ materialized: Materialized<Key, Result> = Materialized(),
        value: Serde<Result>? = nil, joined: TableJoined<Key, ForeignKey> = TableJoined(),
        foreignKey: @escaping @Sendable (_ key: Key, _ value: Value) throws -> ForeignKey?,
        _ joiner: @escaping @Sendable (_ key: Key, _ value: Value, _ other: Other) throws -> Result?
    ) -> KTable<Key, Result> {
        joinForeign(other, materialized, value: value, joined: joined, isLeft: false, foreignKey: foreignKey) {
            key, value, other in
            guard let other else { return nil }
            return try joiner(key, value, other)
        }
    }

    /// Joins each row with the row of another table whose key it names, nil where there is none or the row names none.
    /// Each change of a row makes one result. Otherwise as `join`.
    ///
    /// ```swift
    /// orders.leftJoin(customers, foreignKey: { _, customer in customer }) { _, _, name in name ?? "?" }
    /// // order ("o1", "c1"), customer ("c1", "ann")  ->  ("o1", "?"), ("o1", "ann")
    /// ```
    @inlinable
    public func leftJoin<ForeignKey: Hashable & Sendable, Other, Result: Sendable>(
        _ other: KTable<ForeignKey, Other>, _ materialized: Materialized<Key, Result> = Materialized(),
        value: Serde<Result>? = nil, joined: TableJoined<Key, ForeignKey> = TableJoined(),
        foreignKey: @escaping @Sendable (_ key: Key, _ value: Value) throws -> ForeignKey?,
        _ joiner: @escaping @Sendable (_ key: Key, _ value: Value, _ other: Other?) throws -> Result?
    ) -> KTable<Key, Result> {
        joinForeign(
            other, materialized, value: value, joined: joined, isLeft: true, foreignKey: foreignKey, joiner)
    }

    @inlinable
    func joinForeign<ForeignKey: Hashable & Sendable, Other, Result: Sendable>(
        _ other: KTable<ForeignKey, Other>, _ materialized: Materialized<Key, Result>, value: Serde<Result>?,
        joined: TableJoined<Key, ForeignKey>, isLeft: Bool,
        foreignKey: @escaping @Sendable (Key, Value) throws -> ForeignKey?,
        _ joiner: @escaping @Sendable (Key, Value, Other?) throws -> Result?
    ) -> KTable<Key, Result> {
        let builder = self.builder
        let names = ForeignKeyJoinNames(builder, joined.name)
        let output = materialized.name ?? builder.newName("KTABLE-FK-JOIN-OUTPUT-STATE-STORE-")
        state.materialize()
        state.sendOldValues()
        // So that a filter there passes over rows that it never let through.
        other.state.sendOldValues()
        other.state.materialize()
        let (left, right) = (self.node, other.node)
        let (leftRows, rightRows) = (rows, other.rows)
        let (keySerde, foreignSerde) = (self.keySerde, other.keySerde)
        let rowSerde = builder.serde(valueSerde, for: "values", of: names.registration)
        let otherSerde = builder.serde(other.valueSerde, for: "other values", of: names.registration)
        let asks = TopicReference(names.registrationTopic, isInternal: true)
        let answers = TopicReference(names.responseTopic, isInternal: true)
        let subscriptionSerde = Subscription<Key>.serde(keySerde)
        let answerSerde = SubscriptionAnswer<Other>.serde(otherSerde)

        builder.add {
            TopologyNode(name: names.registration, kind: .processor, parents: [left]) {
                try $0.installSubscriptions(
                    name: names.registration, value: rowSerde, foreignKey: foreignSerde, isLeft: isLeft, foreignKey)
            }
        }
        builder.addSink(
            names.registrationSink, asks, parent: names.registration, foreignSerde, subscriptionSerde,
            joined.otherPartitioner?.ignoringValues())
        builder.addRepartition(RepartitionDefinition(topic: asks, partitions: nil))
        builder.addSource(names.registrationSource, [asks], foreignSerde, subscriptionSerde, nil, .earliest)
        builder.add {
            TopologyNode(
                name: names.receive, kind: .processor, parents: [names.registrationSource], stores: [names.store]
            ) { try $0.installSubscribing(name: names.receive, store: names.store, Key.self, ForeignKey.self) }
        }
        builder.addStore {
            StoreDefinition(name: names.store) { assembly in
                SubscriptionStore(
                    name: names.store, foreignKey: foreignSerde, key: keySerde,
                    changelog: assembly.changelog(of: names.store))
            }.kept(by: nil, .rows)
        }
        builder.add {
            TopologyNode(name: names.answer, kind: .processor, parents: [names.receive], stores: rightRows.stores) {
                try $0.installAnswering(
                    name: names.answer, rows: rightRows, other: otherSerde, isLeft: isLeft, Key.self)
            }
        }
        builder.add {
            TopologyNode(name: names.announce, kind: .processor, parents: [right], stores: [names.store]) {
                try $0.installAnnouncing(
                    name: names.announce, store: names.store, other: otherSerde, Key.self, ForeignKey.self)
            }
        }
        builder.addSink(
            names.responseSink, answers, parents: [names.answer, names.announce], keySerde, answerSerde,
            joined.partitioner?.ignoringValues()
                ?? StreamPartitioner { record, _ in record.value?.partition })
        builder.addRepartition(RepartitionDefinition(topic: answers, partitions: nil))
        builder.addSource(names.responseSource, [answers], keySerde, answerSerde, nil, .earliest)
        builder.add {
            TopologyNode(
                name: names.resolver, kind: .processor, parents: [names.responseSource], stores: leftRows.stores
            ) {
                try $0.installResolving(
                    name: names.resolver, rows: leftRows, value: rowSerde, other: otherSerde, isLeft: isLeft, joiner)
            }
        }
        builder.noteParts(
            [names.registration, names.receive, names.answer, names.announce, names.resolver], of: names.result)
        builder.addCopartitioned(step: names.receive, other.sources + [asks])
        builder.addCopartitioned(step: names.resolver, sources + [answers])
        return builder.tableSource(
            name: names.result, parent: names.resolver, store: output, materialized: materialized,
            key: materialized.key ?? keySerde,
            value: builder.serde(materialized.value ?? value, for: "values", of: names.result), sources: sources)
    }
}

/// The names of the steps, topics and stores of a foreign-key join. Numbers are used up even where names are given.
@usableFromInline
struct ForeignKeyJoinNames: Sendable {
    @usableFromInline let registrationTopic: String
    @usableFromInline let registration: String
    @usableFromInline let registrationSink: String
    @usableFromInline let registrationSource: String
    @usableFromInline let store: String
    @usableFromInline let receive: String
    @usableFromInline let answer: String
    @usableFromInline let announce: String
    @usableFromInline let responseTopic: String
    @usableFromInline let responseSink: String
    @usableFromInline let responseSource: String
    @usableFromInline let resolver: String
    @usableFromInline let result: String

    @usableFromInline
    init(_ builder: StreamsBuilder, _ name: Named?) {
        func next(_ suffix: String, _ prefix: String) -> String {
            let numbered = builder.newName(prefix)
            return name.map { $0.name + suffix } ?? numbered
        }
        let subscription = "KTABLE-FK-JOIN-SUBSCRIPTION-"
        registrationTopic = next("-subscription-registration", "\(subscription)REGISTRATION-") + "-topic"
        registration = next("-subscription-registration-processor", "\(subscription)REGISTRATION-")
        registrationSink = next("-subscription-registration-sink", "KTABLE-SINK-")
        registrationSource = next("-subscription-registration-source", "KTABLE-SOURCE-")
        store = next("-subscription-store", "\(subscription)STATE-STORE-")
        receive = next("-subscription-receive", "\(subscription)PROCESSOR-")
        answer = next("-subscription-join-foreign", "\(subscription)PROCESSOR-")
        announce = next("-foreign-join-subscription", "\(subscription)PROCESSOR-")
        responseTopic = next("-subscription-response", "\(subscription)RESPONSE-") + "-topic"
        responseSink = next("-subscription-response-sink", "KTABLE-SINK-")
        responseSource = next("-subscription-response-source", "KTABLE-SOURCE-")
        resolver = next("-subscription-response-resolver", "\(subscription)RESPONSE-RESOLVER-PROCESSOR-")
        result = next("-result", "KTABLE-FK-JOIN-OUTPUT-")
    }
}
