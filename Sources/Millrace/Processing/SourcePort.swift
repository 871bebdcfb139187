public import KafkaProtocol

/// The typed reading end of a source node, as closures over types that the runtime need not know.
@usableFromInline
struct SourcePort {
    /// Decodes a record, keeps it, and returns its event time; negative means that the record is to be dropped.
    /// Throws what the serdes or the timestamp extractor threw.
    @usableFromInline let load: (_ record: RecordView, _ partitionTime: Int64) throws -> Int64
    /// Sends the record kept by `load` through the topology. Throws what a step threw.
    @usableFromInline let process: () throws -> Void
    /// The record kept by `load`, as it was read.
    @usableFromInline let current: () -> RecordView?

    @usableFromInline init(
        load: @escaping (_ record: RecordView, _ partitionTime: Int64) throws -> Int64,
        process: @escaping () throws -> Void, current: @escaping () -> RecordView?
    ) {
        self.load = load
        self.process = process
        self.current = current
    }

    /// A source of one type of records.
    @inlinable
    static func typed<Key, Value>(
        key keySerde: Serde<Key>, value valueSerde: Serde<Value>, extractor: TimestampExtractor<Key, Value>?,
        to downstream: @escaping (Record<Key, Value>) throws -> Void
    ) -> SourcePort {
        let head = Head<Key, Value>()
        let decodeKey = keySerde.decode
        let decodeValue = valueSerde.decode
        let extract = extractor?.extract
        return SourcePort(
            load: { view, partitionTime in
                head.record.key = if let bytes = view.key { try decodeKey(bytes) } else { nil }
                head.record.value = if let bytes = view.value { try decodeValue(bytes) } else { nil }
                head.record.timestamp = view.timestamp
                head.record.headers = view.headers
                if let extract { head.record.timestamp = try extract(head.record, partitionTime) }
                head.view = view
                return head.record.timestamp
            },
            process: { try downstream(head.record) }, current: { head.view })
    }
}

/// The next record of a source.
@usableFromInline
final class Head<Key, Value> {
    @usableFromInline var record: Record<Key, Value>
    @usableFromInline var view: RecordView?
    @usableFromInline init() { record = Record(key: nil, value: nil, timestamp: -1) }
}

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
