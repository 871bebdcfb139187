/// Takes the event time of a record from its content.
public struct TimestampExtractor<Key, Value>: Sendable {
    /// Gives the event time in milliseconds since the epoch; negative drops the record. `record.timestamp` is the
    /// time that the producer or the broker gave it; `partitionTime` is the largest event time read so far from the
    /// record's partition, -1 at the start.
    public let extract: @Sendable (_ record: Record<Key, Value>, _ partitionTime: Int64) throws -> Int64

    /// An extractor that calls `extract`.
    public init(_ extract: @escaping @Sendable (_ record: Record<Key, Value>, _ partitionTime: Int64) throws -> Int64) {
        self.extract = extract
    }
}
