/// A value with the event time of its latest update.
@frozen
public struct ValueAndTimestamp<Value> {
    /// The value.
    public let value: Value
    /// Event time in milliseconds since the epoch.
    public let timestamp: Int64

    /// A value as of a time.
    @inlinable
    public init(_ value: Value, _ timestamp: Int64) {
        self.value = value
        self.timestamp = timestamp
    }
}

extension ValueAndTimestamp: Sendable where Value: Sendable {}
extension ValueAndTimestamp: Equatable where Value: Equatable {}
