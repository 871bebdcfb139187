public import KafkaProtocol

/// A record on its way through a topology. A null key or value on the topic is `nil` here.
@frozen
public struct Record<Key, Value> {
    /// The key, nil if the record has none.
    public var key: Key?
    /// The value, nil if the record has none (on a table: a deletion).
    public var value: Value?
    /// Event time in milliseconds since the epoch, never negative.
    public var timestamp: Int64
    /// The headers, in order; names may repeat.
    public var headers: [RecordHeader]

    /// A record of these parts.
    @inlinable
    public init(key: Key?, value: Value?, timestamp: Int64, headers: [RecordHeader] = []) {
        self.key = key
        self.value = value
        self.timestamp = timestamp
        self.headers = headers
    }

    /// This record with another value, otherwise the same.
    @inlinable
    public func with<Other>(value: Other?) -> Record<Key, Other> {
        Record<Key, Other>(key: key, value: value, timestamp: timestamp, headers: headers)
    }

    /// This record with another key, otherwise the same.
    @inlinable
    public func with<Other>(key: Other?) -> Record<Other, Value> {
        Record<Other, Value>(key: key, value: value, timestamp: timestamp, headers: headers)
    }
}

extension Record: Sendable where Key: Sendable, Value: Sendable {}
extension Record: Equatable where Key: Equatable, Value: Equatable {}

/// A key and a value: what `map` and `flatMap` give.
@frozen
public struct KeyValue<Key, Value> {
    /// The key; nil for none.
    public var key: Key?
    /// The value; nil for none.
    public var value: Value?

    /// A pair of these two.
    @inlinable
    public init(_ key: Key?, _ value: Value?) {
        self.key = key
        self.value = value
    }
}

extension KeyValue: Sendable where Key: Sendable, Value: Sendable {}
extension KeyValue: Equatable where Key: Equatable, Value: Equatable {}

/// A row of a table that changed: what it was, where the steps downstream need that, and what it is.
@frozen
public struct Change<Value> {
    /// The row before; nil if there was none, or if no step downstream asks for it.
    public var old: Value?
    /// The row now; nil if it was deleted.
    public var new: Value?
    /// Whether this is the table's latest word on the key. False only for out-of-order updates of versioned tables.
    public var isLatest: Bool

    /// A change from `old` to `new`.
    @inlinable
    public init(old: Value?, new: Value?, isLatest: Bool = true) {
        self.old = old
        self.new = new
        self.isLatest = isLatest
    }
}

extension Change: Sendable where Value: Sendable {}

/// A step has made a record with a negative timestamp, which none may have: Kafka's producers and brokers refuse it.
@usableFromInline
struct NegativeTimestamp: Error, CustomStringConvertible {
    @usableFromInline let description: String

    @usableFromInline init(_ timestamp: Int64, of step: String) {
        description = "the step \(step) sends a record with the negative timestamp \(timestamp)"
    }
}
