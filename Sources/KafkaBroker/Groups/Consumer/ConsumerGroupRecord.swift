internal import KafkaProtocol

/// What is written down of a group of the consumer protocol, laid out as Kafka does: keys by their kind, values in version 0.
/// No value says that there is no such thing any more.
enum ConsumerGroupRecord: Equatable {
    case epoch(Int32?)
    case member(Name, ConsumerMember.Subscription?)
    case targetEpoch(Int32?)
    case target(Name, Set<TopicIDPartition>?)
    case current(Name, CurrentAssignment?)

    private static let epochKey: Int16 = 3
    private static let memberKey: Int16 = 5
    private static let targetEpochKey: Int16 = 6
    private static let targetKey: Int16 = 7
    private static let currentKey: Int16 = 8
    static let keys: Set<Int16> = [epochKey, memberKey, targetEpochKey, targetKey, currentKey]

    func encoded(group: Name) throws -> InternalLog.Entry {
        let (kind, member, value) = try parts
        var key = ByteWriter(capacity: 96)
        key.write(kind)
        try key.write(group.string, compact: false)
        if let member { try key.write(member.string, compact: false) }
        return (key.finish(), value)
    }

    private var parts: (kind: Int16, member: Name?, value: Bytes?) {
        get throws {
            switch self {
            case .epoch(let epoch): (Self.epochKey, nil, try epoch.map(Self.value))
            case .targetEpoch(let epoch): (Self.targetEpochKey, nil, try epoch.map(Self.value))
            case .member(let member, let subscription):
                (Self.memberKey, member, try subscription.map { subscription in try Self.value(subscription.write) })
            case .target(let member, let partitions):
                (
                    Self.targetKey, member,
                    try partitions.map { partitions in
                        try Self.value {
                            try $0.write(partitions)
                            $0.writeNoTaggedFields()
                        }
                    }
                )
            case .current(let member, let assignment):
                (Self.currentKey, member, try assignment.map { assignment in try Self.value(assignment.write) })
            }
        }
    }

    /// Reads a record whose key is of this kind. `key` comes after the kind.
    static func read(kind: Int16, key: inout ByteReader, value: Bytes?) throws -> (group: Name, record: ConsumerGroupRecord) {
        let group = Name(try key.readString(compact: false))
        func member() throws -> Name { Name(try key.readString(compact: false)) }
        let record: ConsumerGroupRecord
        switch kind {
        case epochKey: record = .epoch(try value.map { try Self.read($0) { try $0.read() } })
        case memberKey: record = .member(try member(), try value.map { try Self.read($0) { try .init(from: &$0) } })
        case targetEpochKey: record = .targetEpoch(try value.map { try Self.read($0) { try $0.read() } })
        case targetKey: record = .target(try member(), try value.map { try Self.read($0) { try $0.readPartitions() } })
        default:
            record = .current(try member(), try value.map { try Self.read($0) { try .init(from: &$0) } })
        }
        return (group, record)
    }

    private static func value(_ epoch: Int32) throws -> Bytes {
        try value {
            $0.write(epoch)
            $0.writeNoTaggedFields()
        }
    }

    /// A value of version 0. `write` writes its fields, the tagged ones too.
    private static func value(_ write: (inout ByteWriter) throws -> Void) throws -> Bytes {
        var writer = ByteWriter()
        writer.write(0 as Int16)
        try write(&writer)
        return writer.finish()
    }

    private static func read<Value>(_ bytes: Bytes, _ read: (inout ByteReader) throws -> Value) throws -> Value {
        var reader = ByteReader(bytes)
        let version: Int16 = try reader.read()
        guard version == 0 else {
            throw KafkaProtocolError(.unsupportedVersion, "a record of a consumer group of version \(version)")
        }
        return try read(&reader)
    }
}
