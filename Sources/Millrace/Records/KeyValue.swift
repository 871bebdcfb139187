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
