public import KafkaProtocol

/// Where records of topics go that is no topic: files, a service. Two methods make one of your own; `SinkConnector` runs it.
///
/// A sink that keeps offsets with what it has written, in one step (names of files, a row in the same database transaction), has
/// each record once; it says so in `open`. Others have a record again after a crash.
public protocol RecordSink: SendableMetatype {
    /// Begins with a partition, and gives the offset to go on from where the sink keeps it; nil leaves it to the offsets that the
    /// group has committed. Of both the later one counts.
    mutating func open(_ partition: TopicPartition) async throws -> Int64?

    /// Takes records of one partition, in order, and gives the offset up to which all is safe, the record there not included;
    /// nil for no news. Called with no records every second, so that a sink can let go of what it holds.
    mutating func write(_ records: [SinkRecord], of partition: TopicPartition) async throws -> Int64?

    /// Ends with a partition, which goes to another member or is over; gives what `write` gives. What it holds and cannot make safe
    /// is dropped: the records come again. The default does nothing.
    mutating func close(_ partition: TopicPartition) async throws -> Int64?
}

extension RecordSink {
    /// Does nothing.
    public mutating func close(_ partition: TopicPartition) async throws -> Int64? { nil }
}

/// A record on its way to a sink. The bytes are slices of a fetched batch: `detached()` is for those that are kept.
public typealias SinkRecord = RecordView
