import KafkaProtocol

extension KStream {
    /// A record with a new key and a new value for each record, by a call that may wait: for another service, a database, a disk.
    /// No equal in Kafka Streams.
    ///
    /// ```swift
    /// visits.mapAsync(maxInFlight: 100) { user, page in
    ///     KeyValue(try await directory.region(of: user), page)
    /// }
    /// // ("ann", "/home")  ->  ("north", "/home")
    /// ```
    /// **What runs when.** Of each task up to `maxInFlight` calls run at a time, on Swift's own threads and beside each other. While
    /// so many records are in the step the task reads no more input. Results go on downstream in the task's turn, never beside other
    /// steps, with the timestamp and the headers of their records. Stream time does not wait: it is that of the records read.
    ///
    /// **Order.** Results leave in the order of the records if the step is `ordered`. If not, they leave as they come, but for those
    /// of one key, which stay in order; records without a key have none. Before a step that drops late records, such as windows with
    /// little grace, a step should be ordered.
    ///
    /// **Failures.** A call that throws, or takes longer than `retry` allows, is made again after a pause. When the last attempt has
    /// failed, the record is treated as one at which a step throws: the step's policy (`onBadRecord`) or the application's sets it
    /// aside or ends the task. A policy that retries begins the attempts anew; meanwhile only records behind it in the order wait.
    /// Where a call's task is cancelled (time-out, end of the task) the call should end soon; one that does not takes up a place among
    /// the `maxInFlight`, which is told.
    ///
    /// **Guarantees.** A commit waits until all records in the step have gone on, so that positions, state and results agree, under both
    /// guarantees. Each commit is a pause for new calls, as long as the slowest of those that run: choose a commit interval well above
    /// the time that a call takes. After a crash the calls since the last commit are made again: with exactly-once their results count
    /// once, but what they do elsewhere is done again, so calls that change something should be idempotent. A task that is to end
    /// waits for its calls up to 10 seconds, and then ends without a last commit.
    ///
    /// Marks the key as changed: grouping or joining afterwards goes through a repartition topic, which `mapValuesAsync` spares.
    @inlinable
    public func mapAsync<NewKey: Sendable, NewValue: Sendable>(
        maxInFlight: Int, ordered: Bool = true, retry: AsyncRetry = .standard, key: Serde<NewKey>? = nil,
        value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ key: Key?, _ value: Value?) async throws -> KeyValue<NewKey, NewValue>
    ) -> KStream<NewKey, NewValue> {
        asyncStep(
            "KSTREAM-MAPASYNC-", maxInFlight, ordered, retry, key: key, value: value, rekeys: true, named: named, transform)
    }

    /// A record with a new value for each record, by a call that may wait; the key stays, so that no repartitioning follows. Called
    /// for null values, too; a nil from `transform` is a null value. Otherwise as `mapAsync`.
    ///
    /// ```swift
    /// orders.mapValuesAsync(maxInFlight: 50, ordered: false) { order in try await prices.priced(order) }
    ///     .onBadRecord(.deadLetter(topic: "unpriced"))
    ///     .to("priced")
    /// ```
    @inlinable
    public func mapValuesAsync<NewValue: Sendable>(
        maxInFlight: Int, ordered: Bool = true, retry: AsyncRetry = .standard, value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ value: Value?) async throws -> NewValue?
    ) -> KStream<Key, NewValue> {
        asyncStep(
            "KSTREAM-MAPVALUESASYNC-", maxInFlight, ordered, retry, key: keySerde, value: value, rekeys: false, named: named
        ) { key, value in KeyValue(key, try await transform(value)) }
    }

    /// `mapValuesAsync` with the key to look at.
    ///
    /// ```swift
    /// orders.mapValuesAsync(maxInFlight: 50) { customer, order in try await discounts.apply(to: order, of: customer) }
    /// ```
    @inlinable
    public func mapValuesAsync<NewValue: Sendable>(
        maxInFlight: Int, ordered: Bool = true, retry: AsyncRetry = .standard, value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ key: Key?, _ value: Value?) async throws -> NewValue?
    ) -> KStream<Key, NewValue> {
        asyncStep(
            "KSTREAM-MAPVALUESASYNC-", maxInFlight, ordered, retry, key: keySerde, value: value, rekeys: false, named: named
        ) { key, value in KeyValue(key, try await transform(key, value)) }
    }

    @usableFromInline
    func asyncStep<NewKey: Sendable, NewValue: Sendable>(
        _ prefix: String, _ maxInFlight: Int, _ ordered: Bool, _ retry: AsyncRetry, key: Serde<NewKey>?, value: Serde<NewValue>?,
        rekeys: Bool, named: Named?,
        _ transform: @escaping @Sendable (_ key: Key?, _ value: Value?) async throws -> KeyValue<NewKey, NewValue>
    ) -> KStream<NewKey, NewValue> {
        let name = builder.name(named, or: prefix)
        if maxInFlight < 1 { builder.fault("step \(name): at least one call may be in flight, not \(maxInFlight)") }
        if let fault = retry.fault { builder.fault("step \(name): \(fault)") }
        builder.noteChange(of: name, keys: rekeys, values: !rekeys)
        let settings = AsyncSettings(
            maxInFlight: maxInFlight, laneSerde: ordered ? nil : builder.serde(keySerde, for: "key", of: name), retry: retry)
        let parent = node
        builder.add {
            TopologyNode(name: name, kind: .processor, parents: [parent]) { assembly in
                let step = try AsyncStep<Key, Value, NewKey, NewValue>(name, settings, in: assembly, transform)
                let mark = assembly.mark(of: name)
                assembly.setInput(
                    of: name,
                    parts: { (key: Key?, value: Value?, timestamp: Int64, headers: [RecordHeader]) in
                        mark.enter()
                        try step.accept(key, value, timestamp, headers)
                    })
            }
        }
        return KStream<NewKey, NewValue>(
            builder: builder, node: name, key: key, value: value, sources: sources, isRekeyed: isRekeyed || rekeys)
    }
}

extension NonNullKStream {
    /// A record with a new key and a new value, either of which may be null, for each record, by a call that may wait; see
    /// `KStream.mapAsync`.
    @inlinable
    public func mapAsync<NewKey: Sendable, NewValue: Sendable>(
        maxInFlight: Int, ordered: Bool = true, retry: AsyncRetry = .standard, key: Serde<NewKey>? = nil,
        value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ key: Key?, _ value: Value) async throws -> KeyValue<NewKey, NewValue>
    ) -> KStream<NewKey, NewValue> {
        stream.mapAsync(maxInFlight: maxInFlight, ordered: ordered, retry: retry, key: key, value: value, named: named) { key, value in
            // The stream has no null values.
            guard let value else { return KeyValue(nil, nil) }
            return try await transform(key, value)
        }
    }

    /// A record with a new value for each record, by a call that may wait; see `KStream.mapValuesAsync`.
    @inlinable
    public func mapValuesAsync<NewValue: Sendable>(
        maxInFlight: Int, ordered: Bool = true, retry: AsyncRetry = .standard, value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ value: Value) async throws -> NewValue
    ) -> NonNullKStream<Key, NewValue> {
        mapValuesAsync(maxInFlight: maxInFlight, ordered: ordered, retry: retry, value: value, named: named) { _, value in
            try await transform(value)
        }
    }

    /// `mapValuesAsync` with the key to look at.
    @inlinable
    public func mapValuesAsync<NewValue: Sendable>(
        maxInFlight: Int, ordered: Bool = true, retry: AsyncRetry = .standard, value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ key: Key?, _ value: Value) async throws -> NewValue
    ) -> NonNullKStream<Key, NewValue> {
        NonNullKStream<Key, NewValue>(
            stream.mapValuesAsync(maxInFlight: maxInFlight, ordered: ordered, retry: retry, value: value, named: named) { key, value in
                guard let value else { return nil }
                return try await transform(key, value)
            })
    }
}
