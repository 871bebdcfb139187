public import KafkaProtocol

extension TaskContext {
    /// The hash of a row.
    @inlinable
    func hash<Value>(of value: Value, _ serde: Serde<Value>) throws -> RowHash {
        scratch.writer.removeAll()
        try serde.encode(value, &scratch.writer)
        return scratch.writer.withUnsafeBytes { RowHash($0) }
    }

    /// Whether a value is written as no bytes at all.
    @inlinable
    func isEmpty<Value>(_ value: Value?, _ serde: Serde<Value>) throws -> Bool {
        guard let value else { return false }
        scratch.writer.removeAll()
        try serde.encode(value, &scratch.writer)
        return scratch.writer.count == 0
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
        let mark = mark(of: name)
        setInput(of: name) { (record: Record<Key, Change<Value>>) in
            mark.enter()
            guard let key = record.key, let change = record.value, change.isLatest else { return context.drop(.null) }
            guard change.old != nil || change.new != nil else { return }
            let hash: RowHash? = if let new = change.new { try context.hash(of: new, serde) } else { nil }
            func send(_ foreignKey: ForeignKey?, _ instruction: Subscription<Key>.Instruction) throws {
                let subscription = Subscription(
                    instruction: instruction, key: key, hash: hash, partition: context.partition)
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
            if change.new != nil, new == nil { context.drop(.null) }
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
        let mark = mark(of: name)
        setInput(of: name) { (record: Record<ForeignKey, Subscription<Key>>) in
            mark.enter()
            guard let subscription = record.value else { return context.drop(.null) }
            if let foreignKey = record.key {
                let leaves = subscription.instruction == .leave || subscription.instruction == .leaveAndAnswer
                try store.put(
                    foreignKey, subscription.key, leaves ? nil : subscription, timestamp: record.timestamp)
            } else if subscription.instruction != .joinAndAnswer {
                return context.drop(.null)
            }
            try next(record)
        }
    }

    /// The right side: answers a row that has begun or ceased to refer to a key.
    ///
    /// Some versions of Kafka Streams have the old key of a left join answer too when a row comes to refer to another: with the
    /// row's new hash, so that it is the last word if it comes last. The answer that counts is that of the new key.
    @inlinable
    func installAnswering<Key: Hashable & Sendable, ForeignKey: Hashable & Sendable, Other: Sendable>(
        name: String, rows: TableRows<ForeignKey, Other>, other serde: Serde<Other>, isLeft: Bool, _: Key.Type
    ) throws {
        let context = self.context
        let reader = try rows.open(self)
        let next = try downstream(of: name, Record<Key, SubscriptionAnswer<Other>>.self)
        let mark = mark(of: name)
        setInput(of: name) { (record: Record<ForeignKey, Subscription<Key>>) in
            mark.enter()
            guard let subscription = record.value, subscription.instruction != .leave else { return }
            if isLeft, subscription.instruction == .leaveAndAnswer, subscription.hash != nil { return }
            let row = if let key = record.key { try reader.get(key) } else { nil as ValueAndTimestamp<Other>? }
            if subscription.instruction == .join, row == nil { return }
            let value = subscription.instruction == .leaveAndAnswer ? nil : row?.value
            try next(
                Record(
                    key: subscription.key,
                    value: SubscriptionAnswer(hash: subscription.hash, value: value, partition: subscription.partition),
                    timestamp: max(record.timestamp, row?.timestamp ?? record.timestamp),
                    headers: try context.isEmpty(value, serde)
                        ? record.headers + [SubscriptionAnswer<Other>.emptyValue] : record.headers))
        }
    }

    /// The right side: tells all rows that refer to a key what it is now.
    @inlinable
    func installAnnouncing<Key: Hashable & Sendable, ForeignKey: Hashable & Sendable, Other: Sendable>(
        name: String, store storeName: String, other serde: Serde<Other>, _: Key.Type, _: ForeignKey.Type
    ) throws {
        let context = self.context
        let store = try store(storeName, as: SubscriptionStore<ForeignKey, Key>.self)
        let next = try downstream(of: name, Record<Key, SubscriptionAnswer<Other>>.self)
        let mark = mark(of: name)
        setInput(of: name) { (record: Record<ForeignKey, Change<Other>>) in
            mark.enter()
            guard let foreignKey = record.key, let change = record.value, change.isLatest else {
                return context.drop(.null)
            }
            let headers =
                try context.isEmpty(change.new, serde)
                ? record.headers + [SubscriptionAnswer<Other>.emptyValue] : record.headers
            try store.forEachSubscriber(of: foreignKey) { subscription in
                let answer = SubscriptionAnswer(
                    hash: subscription.hash, value: change.new, partition: subscription.partition)
                try next(
                    Record(key: subscription.key, value: answer, timestamp: record.timestamp, headers: headers))
            }
        }
    }

    /// The left side: joins answers with the rows that were asked about, unless these have changed since.
    @inlinable
    func installResolving<Key: Hashable & Sendable, Value: Sendable, Other: Sendable, Result>(
        name: String, rows: TableRows<Key, Value>, value serde: Serde<Value>, other otherSerde: Serde<Other>, isLeft: Bool,
        _ joiner: @escaping (Key, Value, Other?) throws -> Result?
    ) throws {
        let context = self.context
        let reader = try rows.open(self)
        let next = try downstream(of: name, Record<Key, Result>.self)
        let mark = mark(of: name)
        setInput(of: name) { (record: Record<Key, SubscriptionAnswer<Other>>) in
            mark.enter()
            guard let key = record.key, let answer = record.value else { return context.drop(.null) }
            let row = try reader.get(key)?.value
            let hash: RowHash? = if let row { try context.hash(of: row, serde) } else { nil }
            guard hash == answer.hash else { return context.drop(.other) }
            var record = record
            var other = answer.value
            if !record.headers.isEmpty, record.headers.last == SubscriptionAnswer<Other>.emptyValue {
                record.headers.removeLast()
                other = try otherSerde.decode(Bytes())
            }
            var result: Result?
            if let row, isLeft || other != nil { result = try joiner(key, row, other) }
            try next(record.with(value: result))
        }
    }
}
