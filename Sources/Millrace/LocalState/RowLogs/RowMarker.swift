import KafkaProtocol

/// What closes a chunk of a row log: up to where the topics are in the rows.
struct RowMarker: Equatable, Sendable {
    /// The changelog's partition, or the source topics' partitions that the rows come from.
    var positions: [RowPosition] = []
    /// When it was written, by the wall clock.
    var writtenAt: Int64 = 0
    /// The largest time of all entries since the log began.
    var latestTime: Int64 = .min
}

/// Up to where a partition is in the rows.
struct RowPosition: Equatable, Sendable {
    let partition: TopicPartition
    /// The topic's id, that of no other topic of the same name; zero where the broker has none.
    var topicID: KafkaUUID
    /// The offset after the last record.
    var offset: Int64
    /// The partition's time as processed; -1 where it is not known.
    var time: Int64 = -1
}

extension RowMarker {
    func write(to writer: inout ByteWriter) {
        writer.write(writtenAt)
        writer.write(latestTime)
        writer.writeUnsignedVarint(UInt64(positions.count))
        for position in positions {
            let name = position.partition.topicName.string
            writer.writeUnsignedVarint(UInt64(name.utf8.count))
            writer.write(utf8: name)
            writer.write(position.partition.partition)
            writer.write(position.topicID.high)
            writer.write(position.topicID.low)
            writer.write(position.offset)
            writer.write(position.time)
        }
    }

    /// Reads a marker. Throws if it makes no sense.
    init(_ bytes: Bytes) throws {
        var reader = ByteReader(bytes)
        writtenAt = try reader.read()
        latestTime = try reader.read()
        let count = try reader.readUnsignedVarint()
        guard count <= UInt64(reader.remaining) else { throw RowLogDamage("\(count) positions in \(reader.remaining) bytes") }
        for _ in 0..<count {
            let length = try reader.readUnsignedVarint()
            guard length <= UInt64(reader.remaining) else { throw RowLogDamage("a name of \(length) bytes") }
            let name = try reader.readSlice(Int(length)).string
            positions.append(
                RowPosition(
                    partition: TopicPartition(name, try reader.read()),
                    topicID: KafkaUUID(high: try reader.read(), low: try reader.read()), offset: try reader.read(),
                    time: try reader.read()))
        }
        guard reader.remaining == 0 else { throw RowLogDamage("\(reader.remaining) bytes are left after a marker") }
    }
}
