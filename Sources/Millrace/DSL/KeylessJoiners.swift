// Joins whose joiner does not look at the key. Otherwise as those whose joiner does.

extension KStream where Key: Hashable {
    /// `join` of two streams with a joiner of the values only.
    @inlinable
    public func join<Other, Result: Sendable>(
        _ other: KStream<Key, Other>, within windows: JoinWindows,
        _ options: StreamJoined<Key, Value, Other> = StreamJoined(), value: Serde<Result>? = nil,
        _ joiner: @escaping @Sendable (_ value: Value, _ other: Other) throws -> Result?
    ) -> KStream<Key, Result> {
        join(other, within: windows, options, value: value) { try joiner($1, $2) }
    }

    /// `leftJoin` of two streams with a joiner of the values only.
    @inlinable
    public func leftJoin<Other, Result: Sendable>(
        _ other: KStream<Key, Other>, within windows: JoinWindows,
        _ options: StreamJoined<Key, Value, Other> = StreamJoined(), value: Serde<Result>? = nil,
        _ joiner: @escaping @Sendable (_ value: Value, _ other: Other?) throws -> Result?
    ) -> KStream<Key, Result> {
        leftJoin(other, within: windows, options, value: value) { try joiner($1, $2) }
    }

    /// `outerJoin` of two streams with a joiner of the values only.
    @inlinable
    public func outerJoin<Other, Result: Sendable>(
        _ other: KStream<Key, Other>, within windows: JoinWindows,
        _ options: StreamJoined<Key, Value, Other> = StreamJoined(), value: Serde<Result>? = nil,
        _ joiner: @escaping @Sendable (_ value: Value?, _ other: Other?) throws -> Result?
    ) -> KStream<Key, Result> {
        outerJoin(other, within: windows, options, value: value) { try joiner($1, $2) }
    }

    /// `join` with a table and a joiner of the values only.
    @inlinable
    public func join<TableValue, Result: Sendable>(
        _ table: KTable<Key, TableValue>, _ options: Joined<Key, Value> = Joined(), value: Serde<Result>? = nil,
        _ joiner: @escaping @Sendable (_ value: Value, _ row: TableValue) throws -> Result?
    ) -> KStream<Key, Result> {
        join(table, options, value: value) { try joiner($1, $2) }
    }

    /// `leftJoin` with a table and a joiner of the values only.
    @inlinable
    public func leftJoin<TableValue, Result: Sendable>(
        _ table: KTable<Key, TableValue>, _ options: Joined<Key, Value> = Joined(), value: Serde<Result>? = nil,
        _ joiner: @escaping @Sendable (_ value: Value, _ row: TableValue?) throws -> Result?
    ) -> KStream<Key, Result> {
        leftJoin(table, options, value: value) { try joiner($1, $2) }
    }
}

extension KStream {
    /// `join` with a global table and a joiner of the values only.
    @inlinable
    public func join<TableKey, TableValue, Result: Sendable>(
        _ table: GlobalKTable<TableKey, TableValue>, value: Serde<Result>? = nil, named: Named? = nil,
        lookUp: @escaping @Sendable (_ key: Key?, _ value: Value?) throws -> TableKey?,
        _ joiner: @escaping @Sendable (_ value: Value, _ row: TableValue) throws -> Result?
    ) -> KStream<Key, Result> {
        join(table, value: value, named: named, lookUp: lookUp) { try joiner($1, $2) }
    }

    /// `leftJoin` with a global table and a joiner of the values only.
    @inlinable
    public func leftJoin<TableKey, TableValue, Result: Sendable>(
        _ table: GlobalKTable<TableKey, TableValue>, value: Serde<Result>? = nil, named: Named? = nil,
        lookUp: @escaping @Sendable (_ key: Key?, _ value: Value?) throws -> TableKey?,
        _ joiner: @escaping @Sendable (_ value: Value, _ row: TableValue?) throws -> Result?
    ) -> KStream<Key, Result> {
        leftJoin(table, value: value, named: named, lookUp: lookUp) { try joiner($1, $2) }
    }
}

extension KTable {
    /// `join` of two tables with a joiner of the values only.
    @inlinable
    public func join<Other, Result: Sendable>(
        _ other: KTable<Key, Other>, _ materialized: Materialized<Key, Result>? = nil, value: Serde<Result>? = nil,
        named: Named? = nil, _ joiner: @escaping @Sendable (_ value: Value, _ other: Other) throws -> Result?
    ) -> KTable<Key, Result> {
        join(other, materialized, value: value, named: named) { try joiner($1, $2) }
    }

    /// `leftJoin` of two tables with a joiner of the values only.
    @inlinable
    public func leftJoin<Other, Result: Sendable>(
        _ other: KTable<Key, Other>, _ materialized: Materialized<Key, Result>? = nil, value: Serde<Result>? = nil,
        named: Named? = nil, _ joiner: @escaping @Sendable (_ value: Value, _ other: Other?) throws -> Result?
    ) -> KTable<Key, Result> {
        leftJoin(other, materialized, value: value, named: named) { try joiner($1, $2) }
    }

    /// `outerJoin` of two tables with a joiner of the values only.
    @inlinable
    public func outerJoin<Other, Result: Sendable>(
        _ other: KTable<Key, Other>, _ materialized: Materialized<Key, Result>? = nil, value: Serde<Result>? = nil,
        named: Named? = nil, _ joiner: @escaping @Sendable (_ value: Value?, _ other: Other?) throws -> Result?
    ) -> KTable<Key, Result> {
        outerJoin(other, materialized, value: value, named: named) { try joiner($1, $2) }
    }

    /// The join by a foreign key with a joiner of the values only.
    @inlinable
    public func join<ForeignKey: Hashable & Sendable, Other, Result: Sendable>(
        _ other: KTable<ForeignKey, Other>, _ materialized: Materialized<Key, Result> = Materialized(),
        value: Serde<Result>? = nil, joined: TableJoined<Key, ForeignKey> = TableJoined(),
        foreignKey: @escaping @Sendable (_ key: Key, _ value: Value) throws -> ForeignKey?,
        _ joiner: @escaping @Sendable (_ value: Value, _ other: Other) throws -> Result?
    ) -> KTable<Key, Result> {
        join(other, materialized, value: value, joined: joined, foreignKey: foreignKey) { try joiner($1, $2) }
    }

    /// The left join by a foreign key with a joiner of the values only.
    @inlinable
    public func leftJoin<ForeignKey: Hashable & Sendable, Other, Result: Sendable>(
        _ other: KTable<ForeignKey, Other>, _ materialized: Materialized<Key, Result> = Materialized(),
        value: Serde<Result>? = nil, joined: TableJoined<Key, ForeignKey> = TableJoined(),
        foreignKey: @escaping @Sendable (_ key: Key, _ value: Value) throws -> ForeignKey?,
        _ joiner: @escaping @Sendable (_ value: Value, _ other: Other?) throws -> Result?
    ) -> KTable<Key, Result> {
        leftJoin(other, materialized, value: value, joined: joined, foreignKey: foreignKey) { try joiner($1, $2) }
    }
}
