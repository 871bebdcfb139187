public import KafkaProtocol

/// The layouts in which Millrace wrote what waits before it took over those of Kafka Streams, in November 2026. They are
/// read, as what waits would be lost; a store that was restored from them writes its rows anew.
///
/// What can be computed again is not read but refused (`refusal`): the messages and subscriptions of foreign-key joins,
/// whose hashes were others, and the changelogs of versioned stores.
@usableFromInline
enum OlderLayouts {
    /// A row of a `suppress` buffer: its time, the headers, the prior value, the change. The row's time was the record's.
    @usableFromInline
    static func suppressed<Value>(
        _ bytes: Bytes, _ inner: Serde<Value>, timestamp: Int64
    ) throws -> BufferedChange<Value> {
        var reader = ByteReader(bytes)
        let due = try reader.read(Int64.self)
        let headers = try reader.readHeaders()
        let prior = try reader.read(UInt8.self) == 1 ? try inner.decode(try reader.readBlock()) : nil
        let origin = RecordOrigin(timestamp: timestamp, offset: -1, source: TopicPartition("", -1), headers: headers)
        var change = BufferedChange<Value>(origin: origin, prior: prior, old: nil, new: nil, due: due)
        // A deletion with nothing before it had no content.
        guard reader.remaining > 0 else { return change }
        var content = ByteReader(try reader.readSlice(reader.remaining - 1))
        switch try reader.read(UInt8.self) {
        case 0: change.old = try inner.decode(content.bytes)
        case 1: change.new = try inner.decode(content.bytes)
        case 2:
            change.new = try inner.decode(try content.readBlock())
            change.old = try inner.decode(try content.readSlice(content.remaining))
        case let kind: throw SerdeError("a change of unknown kind \(kind)")
        }
        return change
    }

    /// The waiting records of a stream-stream join of one key and time: each one's bytes with their number in front.
    @usableFromInline
    static func waiting(_ bytes: Bytes) throws -> [Bytes] {
        var reader = ByteReader(bytes)
        var values: [Bytes] = []
        while reader.remaining > 0 { values.append(try reader.readBlock()) }
        return values
    }

    /// A record in the buffer of a stream-table join with grace: the headers and the value's bytes.
    @usableFromInline
    static func buffered<Value>(
        _ bytes: Bytes, _ inner: Serde<Value>, timestamp: Int64
    ) throws -> BufferedChange<Value> {
        var reader = ByteReader(bytes)
        let origin = RecordOrigin(
            timestamp: timestamp, offset: -1, source: TopicPartition("", -1), headers: try reader.readHeaders())
        let value = try inner.decode(try reader.readSlice(reader.remaining))
        return BufferedChange(origin: origin, prior: nil, old: nil, new: value, due: 0)
    }

    /// Why something in an older layout is not read, and what to do.
    @usableFromInline
    static func refusal(_ what: String) -> SerdeError {
        SerdeError(
            "\(what) in a layout that is not read any more, of Millrace before December 2026 or of Kafka Streams before 3.1: let "
                + "that version finish what is in the topics, then reset the application and start this one")
    }
}

extension ByteReader {
    /// Reads bytes with their number in front.
    fileprivate mutating func readBlock() throws -> Bytes { try readSlice(Int(try read(UInt32.self))) }
}
