/// A value as it was from a time on: what a versioned store gives.
@frozen
public struct VersionedValue<Value> {
    /// The value.
    public let value: Value
    /// When it came to be, in milliseconds since the epoch.
    public let timestamp: Int64
    /// When the next one came, exclusive; nil for the latest.
    public let validTo: Int64?

    /// A value of that time.
    @inlinable
    public init(_ value: Value, timestamp: Int64, validTo: Int64?) {
        self.value = value
        self.timestamp = timestamp
        self.validTo = validTo
    }
}

extension VersionedValue: Sendable where Value: Sendable {}
extension VersionedValue: Equatable where Value: Equatable {}
