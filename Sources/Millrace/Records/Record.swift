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

/// A step has made a record with a negative timestamp, which none may have: Kafka's producers and brokers refuse it.
@usableFromInline
struct NegativeTimestamp: Error, CustomStringConvertible {
    @usableFromInline let description: String

    @usableFromInline init(_ timestamp: Int64, of step: String) {
        description = "the step \(step) sends a record with the negative timestamp \(timestamp)"
    }
}
