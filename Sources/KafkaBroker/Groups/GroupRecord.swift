internal import KafkaProtocol

/// What the topic `__consumer_offsets` holds. Offsets and groups are laid out as Kafka does; the offsets of
/// open transactions, which Kafka writes as transactional batches, have keys of their own.
enum GroupRecord: Equatable {
    case offset(group: Name, TopicPartition, CommittedOffset?)
    case pendingOffset(producerID: Int64, group: Name, TopicPartition, CommittedOffset?)
    case group(Name, GroupSnapshot?)
    case consumer(group: Name, ConsumerGroupRecord)

    private static let offsetKey: Int16 = 1
    private static let groupKey: Int16 = 2
    private static let pendingOffsetKey: Int16 = 100

    func encoded() throws -> InternalLog.Entry {
        var key = ByteWriter(capacity: 96)
        switch self {
        case .offset(let group, let partition, let offset):
            key.write(Self.offsetKey)
            try key.write(group.string, compact: false)
            try key.write(partition.topic, compact: false)
            key.write(partition.partition)
            return (key.finish(), try offset?.encoded())
        case .pendingOffset(let producerID, let group, let partition, let offset):
            key.write(Self.pendingOffsetKey)
            key.write(producerID)
            try key.write(group.string, compact: false)
            try key.write(partition.topic, compact: false)
            key.write(partition.partition)
            return (key.finish(), try offset?.encoded())
        case .group(let id, let snapshot):
            key.write(Self.groupKey)
            try key.write(id.string, compact: false)
            return (key.finish(), try snapshot?.encoded())
        case .consumer(let group, let record): return try record.encoded(group: group)
        }
    }

    /// Reads a record; nil for a kind that is not known here.
    init?(key: Bytes, value: Bytes?) throws {
        var reader = ByteReader(key)
        switch try reader.read(Int16.self) {
        case let kind where ConsumerGroupRecord.keys.contains(kind):
            let (group, record) = try ConsumerGroupRecord.read(kind: kind, key: &reader, value: value)
            self = .consumer(group: group, record)
        case 0, Self.offsetKey:
            let group = Name(try reader.readString(compact: false))
            let partition = TopicPartition(try reader.readString(compact: false), try reader.read())
            self = .offset(group: group, partition, try value.map(CommittedOffset.init(decoding:)))
        case Self.pendingOffsetKey:
            let producerID: Int64 = try reader.read()
            let group = Name(try reader.readString(compact: false))
            let partition = TopicPartition(try reader.readString(compact: false), try reader.read())
            self = .pendingOffset(
                producerID: producerID, group: group, partition, try value.map(CommittedOffset.init(decoding:)))
        case Self.groupKey:
            self = .group(Name(try reader.readString(compact: false)), try value.map(GroupSnapshot.init(decoding:)))
        default: return nil
        }
    }
}

extension CommittedOffset {
    /// Version 3 of Kafka's OffsetCommitValue.
    func encoded() throws -> Bytes {
        var writer = ByteWriter(capacity: 32 + metadata.utf8.count)
        writer.write(3 as Int16)
        writer.write(offset)
        writer.write(leaderEpoch)
        try writer.write(metadata, compact: false)
        writer.write(timestamp)
        return writer.finish()
    }

    init(decoding bytes: Bytes) throws {
        var reader = ByteReader(bytes)
        let version: Int16 = try reader.read()
        let offset: Int64 = try reader.read()
        let leaderEpoch: Int32 = version >= 3 ? try reader.read() : -1
        let metadata = try reader.readString(compact: false)
        self.init(offset: offset, leaderEpoch: leaderEpoch, metadata: metadata, timestamp: try reader.read())
    }
}
