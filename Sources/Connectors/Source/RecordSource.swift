public import KafkaProtocol

/// Where records come from that are no topic: a file, a service. Two methods make one of your own; `SourceConnector` runs it.
///
/// A source says with its records up to where it has got. The connector keeps that position in the transaction in which the
/// records are written, so that each is in the topic once, whatever is killed when.
public protocol RecordSource: SendableMetatype {
    /// Begins after what `position` says: the last one of `next` whose records are in the topic; nil for the beginning. Called
    /// before the first `next`, and again when a write has failed and it is not known what has arrived.
    mutating func start(after position: Bytes?) async throws

    /// The next records, and the position after them. Waits for them as long as it takes, and until the task is cancelled; nil at
    /// the end of the source. A batch is one transaction: some hundred records, or what is there.
    mutating func next() async throws -> SourceBatch?
}

/// Records of a source, and the position after them.
public struct SourceBatch: Sendable {
    /// The records, in their order.
    public var records: [SourceRecord]
    /// Where to go on after them: bytes that `start(after:)` understands, also of a later version of the program.
    public var position: Bytes

    /// A batch of these.
    public init(records: [SourceRecord], position: Bytes) {
        self.records = records
        self.position = position
    }
}

/// A record of a source, on its way to a topic.
public struct SourceRecord: Sendable, Equatable {
    /// The key, which chooses the partition; nil for none.
    public var key: Bytes?
    /// The value.
    public var value: Bytes?
    /// Event time in milliseconds since the epoch; nil for the time of writing.
    public var timestamp: Int64?
    /// The headers.
    public var headers: [RecordHeader]

    /// A record of these parts.
    public init(key: Bytes? = nil, value: Bytes?, timestamp: Int64? = nil, headers: [RecordHeader] = []) {
        self.key = key
        self.value = value
        self.timestamp = timestamp
        self.headers = headers
    }
}
