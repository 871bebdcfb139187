public import KafkaProtocol

extension TaskContext {
    /// The hash of a row.
    @inlinable
    func hash<Value>(of value: Value, _ serde: Serde<Value>) throws -> RowHash {
        scratch.writer.removeAll()
        try serde.encode(value, &scratch.writer)
        return scratch.writer.withUnsafeBytes { RowHash($0) }
    }
}

extension TaskAssembly {
    /// The left side of a foreign-key join: tells right keys which rows refer to them.
    ///
    /// Of one change at most one message asks for an answer, the one to the new key: answers of two partitions would come
    /// in any order. Whether the old row had a result is not known, so a change to a key that is not there is answered, too.
    @inlinable
    func installSubscriptions<Key: Hashable & Sendable, Value: Sendable, ForeignKey: Hashable & Sendable>(
        name: String, value serde: Serde<Value>, foreignKey keySerde: Serde<ForeignKey>, isLeft: Bool,
        _ foreignKey: @escaping (Key, Value) throws -> ForeignKey?
    ) throws {
        let context = self.context
        let next = try downstream(of: name, Record<ForeignKey, Subscription<Key>>.self)
        setInput(of: name) { (record: Record<Key, Change<Value>>) in
            guard let key = record.key, let change = record.value, change.isLatest else { return context.drop() }
            guard change.old != nil || change.new != nil else { return }
            let hash: RowHash? = if let new = change.new { try context.hash(of: new, serde) } else { nil }
            let subscriber = Subscriber(hash: hash, partition: context.partition)
            func send(_ foreignKey: ForeignKey?, _ instruction: Subscription<Key>.Instruction) throws {
                let subscription = Subscription(instruction: instruction, key: key, subscriber: subscriber)
                try next(record.with(key: foreignKey).with(value: subscription))
            }
            let old: ForeignKey? = if let value = change.old { try foreignKey(key, value) } else { nil }
            let new: ForeignKey? = if let value = change.new { try foreignKey(key, value) } else { nil }
            // Keys are equal if their bytes are.
            let isSame = if let old, let new { try keySerde.bytes(of: old) == keySerde.bytes(of: new) } else { false }
            if isLeft {
                if let old, !isSame { try send(old, .leave) }
                return try send(new, .joinAndAnswer)
            }
            if change.new != nil, new == nil { context.drop() }
            switch (old, new) {
            case (let old?, let new?) where !isSame:
                try send(old, .leave)
                try send(new, .joinAndAnswer)
            case (_, let new?): try send(new, .join)
            case (let old?, nil): try send(old, .leaveAndAnswer)
            case (nil, nil): break
            }
        }
    }

    /// The right side: keeps who refers to what.
    @inlinable
    func installSubscribing<Key: Hashable & Sendable, ForeignKey: Hashable & Sendable>(
        name: String, store storeName: String, _: Key.Type, _: ForeignKey.Type
    ) throws {
        let context = self.context
        let store = try store(storeName, as: SubscriptionStore<ForeignKey, Key>.self)
        let next = try downstream(of: name, Record<ForeignKey, Subscription<Key>>.self)
        setInput(of: name) { (record: Record<ForeignKey, Subscription<Key>>) in
            guard let subscription = record.value else { return context.drop() }
            if let foreignKey = record.key {
                let leaves = subscription.instruction == .leave || subscription.instruction == .leaveAndAnswer
                try store.put(
                    foreignKey, subscription.key, leaves ? nil : subscription.subscriber, timestamp: record.timestamp)
            } else if subscription.instruction != .joinAndAnswer {
                return context.drop()
            }
            try next(record)
        }
    }

    /// The right side: answers a row that has begun or ceased to refer to a key.
    @inlinable
    func installAnswering<Key: Hashable & Sendable, ForeignKey: Hashable & Sendable, Other: Sendable>(
        name: String, rows: TableRows<ForeignKey, Other>, _: Key.Type
    ) throws {
        let reader = try rows.open(self)
        let next = try downstream(of: name, Record<Key, SubscriptionAnswer<Other>>.self)
        setInput(of: name) { (record: Record<ForeignKey, Subscription<Key>>) in
            guard let subscription = record.value, subscription.instruction != .leave else { return }
            let row = if let key = record.key { try reader.get(key) } else { nil as ValueAndTimestamp<Other>? }
            if subscription.instruction == .join, row == nil { return }
            let value = subscription.instruction == .leaveAndAnswer ? nil : row?.value
            try next(
                Record(
                    key: subscription.key,
                    value: SubscriptionAnswer(subscriber: subscription.subscriber, value: value),
                    timestamp: max(record.timestamp, row?.timestamp ?? record.timestamp), headers: record.headers))
        }
    }

    /// The right side: tells all rows that refer to a key what it is now.
    @inlinable
    func installAnnouncing<Key: Hashable & Sendable, ForeignKey: Hashable & Sendable, Other: Sendable>(
        name: String, store storeName: String, _: Key.Type, _: ForeignKey.Type, _: Other.Type
    ) throws {
        let context = self.context
        let store = try store(storeName, as: SubscriptionStore<ForeignKey, Key>.self)
        let next = try downstream(of: name, Record<Key, SubscriptionAnswer<Other>>.self)
        setInput(of: name) { (record: Record<ForeignKey, Change<Other>>) in
            guard let foreignKey = record.key, let change = record.value, change.isLatest else {
                return context.drop()
            }
            for entry in store.subscribers(of: foreignKey) {
                let answer = SubscriptionAnswer(subscriber: entry.subscriber, value: change.new)
                try next(record.with(key: entry.key).with(value: answer))
            }
        }
    }

    /// The left side: joins answers with the rows that were asked about, unless these have changed since.
    @inlinable
    func installResolving<Key: Hashable & Sendable, Value: Sendable, Other: Sendable, Result>(
        name: String, rows: TableRows<Key, Value>, value serde: Serde<Value>, isLeft: Bool,
        _ joiner: @escaping (Key, Value, Other?) throws -> Result?
    ) throws {
        let context = self.context
        let reader = try rows.open(self)
        let next = try downstream(of: name, Record<Key, Result>.self)
        setInput(of: name) { (record: Record<Key, SubscriptionAnswer<Other>>) in
            guard let key = record.key, let answer = record.value else { return context.drop() }
            let row = try reader.get(key)?.value
            let hash: RowHash? = if let row { try context.hash(of: row, serde) } else { nil }
            guard hash == answer.subscriber.hash else { return context.drop() }
            var result: Result?
            if let row, isLeft || answer.value != nil { result = try joiner(key, row, answer.value) }
            try next(record.with(value: result))
        }
    }
}
