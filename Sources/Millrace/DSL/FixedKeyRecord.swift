public import KafkaProtocol

/// A record whose key cannot be changed.
public struct FixedKeyRecord<Key, Value> {
    @usableFromInline var record: Record<Key, Value>

    @usableFromInline init(_ record: Record<Key, Value>) { self.record = record }

    /// The key, nil if the record has none.
    public var key: Key? { record.key }
    /// The value, nil if the record has none.
    public var value: Value? {
        get { record.value }
        set { record.value = newValue }
    }
    /// Event time in milliseconds since the epoch.
    public var timestamp: Int64 {
        get { record.timestamp }
        set { record.timestamp = newValue }
    }
    /// The headers, in order; names may repeat.
    public var headers: [RecordHeader] {
        get { record.headers }
        set { record.headers = newValue }
    }

    /// This record with another value, otherwise the same.
    public func with<Other>(value: Other?) -> FixedKeyRecord<Key, Other> {
        FixedKeyRecord<Key, Other>(record.with(value: value))
    }
}
