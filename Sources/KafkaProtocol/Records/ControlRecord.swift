/// The record of a control batch: a transaction's end, written by the broker into each of its partitions (KIP-98).
public enum ControlRecord: Sendable, Equatable {
    /// The producer's transaction ends here. `coordinatorEpoch` is that of the transaction coordinator that wrote it.
    case endTransaction(commit: Bool, coordinatorEpoch: Int32)
    /// A control record of another type, such as those of Kafka's metadata log.
    case other(type: Int16)

    /// The record's key: version and type.
    public var key: Bytes {
        var writer = ByteWriter(capacity: 16)
        writer.write(0 as Int16)
        switch self {
        case .endTransaction(let commit, _): writer.write(commit ? 1 as Int16 : 0)
        case .other(let type): writer.write(type)
        }
        return writer.finish()
    }

    /// The record's value: version and epoch; empty for other types.
    public var value: Bytes {
        guard case .endTransaction(_, let coordinatorEpoch) = self else { return Bytes() }
        var writer = ByteWriter(capacity: 16)
        writer.write(0 as Int16)
        writer.write(coordinatorEpoch)
        return writer.finish()
    }

    /// Reads a control record. Throws `KafkaProtocolError` if key or value are too short or null.
    public init(key: Bytes?, value: Bytes?) throws {
        guard let key else { throw KafkaProtocolError.malformed("a control record without a key") }
        var reader = ByteReader(key)
        let version: Int16 = try reader.read()
        guard version >= 0 else { throw KafkaProtocolError.malformed("a control record of version \(version)") }
        let type: Int16 = try reader.read()
        guard type == 0 || type == 1 else {
            self = .other(type: type)
            return
        }
        guard let value else { throw KafkaProtocolError.malformed("an end of transaction without a value") }
        var valueReader = ByteReader(value)
        try valueReader.skip(2)
        self = .endTransaction(commit: type == 1, coordinatorEpoch: try valueReader.read())
    }
}
