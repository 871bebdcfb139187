/// A record of a batch. Key, value and header values are slices that share the batch's memory.
@frozen
public struct RecordView: Sendable {
    /// The record's offset in its partition.
    public let offset: Int64
    /// The record's time in milliseconds since 1970: the producer's, or the broker's if the topic says so.
    public let timestamp: Int64
    /// The key, or nil.
    public let key: Bytes?
    /// The value, or nil: a tombstone in a compacted topic.
    public let value: Bytes?
    /// The headers in the order of their writing.
    public let headers: [RecordHeader]

    /// A record of its parts.
    @inlinable
    public init(offset: Int64, timestamp: Int64, key: Bytes?, value: Bytes?, headers: [RecordHeader] = []) {
        self.offset = offset
        self.timestamp = timestamp
        self.key = key
        self.value = value
        self.headers = headers
    }
}

/// Where a record's parts lie in the payload of its batch: what `RecordIterator.nextPosition` finds without touching
/// a reference count, for loops that read keys and values in place.
@frozen
public struct RecordPosition: Sendable, Equatable {
    /// The record's offset in its partition.
    public let offset: Int64
    /// The record's time in milliseconds since 1970.
    public let timestamp: Int64
    /// Where the key begins in the payload.
    public let keyStart: Int
    /// The key's length in bytes; -1 for null.
    public let keyCount: Int
    /// Where the value begins in the payload.
    public let valueStart: Int
    /// The value's length in bytes; -1 for null.
    public let valueCount: Int
    /// Where the headers begin in the payload, after their number.
    public let headersStart: Int
    /// The number of headers.
    public let headerCount: Int
    /// Where the record ends in the payload.
    public let end: Int

    @inlinable
    init(
        offset: Int64, timestamp: Int64, keyStart: Int, keyCount: Int, valueStart: Int, valueCount: Int,
        headersStart: Int, headerCount: Int, end: Int
    ) {
        self.offset = offset
        self.timestamp = timestamp
        self.keyStart = keyStart
        self.keyCount = keyCount
        self.valueStart = valueStart
        self.valueCount = valueCount
        self.headersStart = headersStart
        self.headerCount = headerCount
        self.end = end
    }
}
