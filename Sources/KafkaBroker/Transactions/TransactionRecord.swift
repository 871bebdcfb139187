internal import KafkaProtocol

// What the topic `__transaction_state` holds: a record an id, laid out as Kafka's TransactionLogKey and -Value, so that its
// tools can print them. What Kafka does not have stands in tagged fields, which who does not know them passes over.
extension Transaction {
    private static let keyVersion: Int16 = 0
    /// The version of Kafka's value that is written. Version 0, which has no tagged fields, is read as well.
    private static let valueVersion: Int16 = 1

    /// Kafka's tagged fields, and those of this broker, far from any that Kafka may add.
    private enum Tag {
        static let previousProducerID: UInt64 = 0
        static let nextProducerID: UInt64 = 1
        static let lastProducerEpoch: UInt64 = 10_000
        static let isInProcess: UInt64 = 10_001
        static let groups: UInt64 = 10_002
    }

    func encoded() throws -> InternalLog.Entry {
        var key = ByteWriter(capacity: 64)
        key.write(Self.keyVersion)
        try key.write(id.string, compact: false)
        var value = ByteWriter(capacity: 128)
        value.write(Self.valueVersion)
        value.write(producerID)
        value.write(producerEpoch)
        value.write(Int32(clamping: timeout))
        value.write(state.rawValue)
        let topics = Dictionary(grouping: partitions, by: \.topic)
        try value.writeCount(topics.count, compact: true)
        for (topic, partitions) in topics {
            try value.write(topic, compact: true)
            try value.write(partitions.map(\.partition), compact: true)
            value.writeNoTaggedFields()
        }
        value.write(lastUpdate)
        value.write(startTime)
        let tags = value.beginTaggedFields()
        value.writeTaggedField(Tag.previousProducerID, in: tags) { $0.write(previousProducerID) }
        value.writeTaggedField(Tag.nextProducerID, in: tags) { $0.write(nextProducerID) }
        value.writeTaggedField(Tag.lastProducerEpoch, in: tags) { $0.write(lastProducerEpoch) }
        value.writeTaggedField(Tag.isInProcess, in: tags) { $0.write(isInProcess) }
        try value.writeTaggedField(Tag.groups, in: tags) { try $0.write(groups.map(\.string), compact: true) }
        return (key.finish(), value.finish())
    }

    /// The id a key names; nil for keys of another kind.
    static func id(key: Bytes) throws -> Name? {
        var reader = ByteReader(key)
        guard try reader.read(Int16.self) == keyVersion else { return nil }
        return Name(try reader.readString(compact: false))
    }

    init(id: Name, decoding bytes: Bytes) throws {
        var reader = ByteReader(bytes)
        let version: Int16 = try reader.read()
        switch version {
        case 0...Self.valueVersion: try self.init(id: id, version: version, &reader)
        case Self.oldValueVersion: try self.init(id: id, old: &reader)
        default:
            throw KafkaProtocolError(.unsupportedVersion, "transactional id \(id): a record of version \(version)")
        }
    }

    private init(id: Name, version: Int16, _ reader: inout ByteReader) throws {
        let isFlexible = version >= 1
        self.init(id: id, producerID: try reader.read())
        producerEpoch = try reader.read()
        timeout = Int64(try reader.read(Int32.self))
        state = try Self.state(try reader.read(), of: id)
        // A topic has three bytes at least.
        let topics = try reader.readElements(compact: isFlexible, size: 3) { reader in
            let topic = try reader.readString(compact: isFlexible)
            let numbers: [Int32] = try reader.readArray(compact: isFlexible)
            if isFlexible { try reader.skipTaggedFields() }
            return numbers.map { TopicPartition(topic, $0) }
        }
        partitions = Set((topics ?? []).joined())
        lastUpdate = try reader.read()
        startTime = try reader.read()
        guard isFlexible else { return }
        var changed = self
        try reader.readTaggedFields { tag, field in
            switch tag {
            case Tag.previousProducerID: changed.previousProducerID = try field.read()
            case Tag.nextProducerID: changed.nextProducerID = try field.read()
            case Tag.lastProducerEpoch: changed.lastProducerEpoch = try field.read()
            case Tag.isInProcess: changed.isInProcess = try field.readBool()
            case Tag.groups: changed.groups = Set(try field.readArray(compact: true).map { Name($0) })
            default: break
            }
        }
        self = changed
    }

    private static func state(_ number: Int8, of id: Name) throws -> State {
        guard let state = State(rawValue: number) else {
            throw KafkaProtocolError(.malformed, "transactional id \(id): a record with the unknown state \(number)")
        }
        return state
    }
}

// Values of earlier releases.
extension Transaction {
    private static let oldValueVersion: Int16 = 100

    private init(id: Name, old reader: inout ByteReader) throws {
        self.init(id: id, producerID: try reader.read())
        producerEpoch = try reader.read()
        lastProducerEpoch = try reader.read()
        previousProducerID = try reader.read()
        nextProducerID = try reader.read()
        timeout = try reader.read()
        state = try Self.state(try reader.read(), of: id)
        startTime = try reader.read()
        lastUpdate = try reader.read()
        isInProcess = try reader.readBool()
        for _ in 0..<max(0, try reader.read(Int32.self)) {
            partitions.insert(TopicPartition(try reader.readString(compact: false), try reader.read()))
        }
        for _ in 0..<max(0, try reader.read(Int32.self)) { groups.insert(Name(try reader.readString(compact: false))) }
    }
}

/// All transactional ids.
struct TransactionTable: Sendable {
    var transactions: [Name: Transaction] = [:]

    init() {}

    /// The last record of each id counts.
    init(replaying log: InternalLog) throws {
        try log.replay { key, value in
            guard let id = try Transaction.id(key: key) else { return }
            transactions[id] = try value.map { try Transaction(id: id, decoding: $0) }
        }
    }

    /// The producers whose transactions are open or being ended.
    var openProducers: Set<Int64> {
        Set(transactions.values.filter { $0.state == .ongoing || $0.state.isPrepared }.map(\.producerID))
    }

    /// The largest producer id that was given to a transactional id; -1 for none.
    var lastProducerID: Int64 {
        transactions.values.reduce(-1) { max($0, $1.producerID, $1.previousProducerID, $1.nextProducerID) }
    }

    /// When the first open transaction times out, milliseconds since 1970.
    var nextDeadline: Int64? { transactions.values.compactMap(\.deadline).min() }
}
