internal import KafkaProtocol

// What the topic `__transaction_state` holds: a record an id, with Kafka's key and a value of our own, which has what
// Kafka's has, the groups by name and whether the producer lives in the broker's process.
extension Transaction {
    private static let keyVersion: Int16 = 0
    private static let valueVersion: Int16 = 100

    func encoded() throws -> InternalLog.Entry {
        var key = ByteWriter(capacity: 64)
        key.write(Self.keyVersion)
        try key.write(id.string, compact: false)
        var value = ByteWriter(capacity: 128)
        value.write(Self.valueVersion)
        value.write(producerID)
        value.write(producerEpoch)
        value.write(lastProducerEpoch)
        value.write(previousProducerID)
        value.write(nextProducerID)
        value.write(timeout)
        value.write(state.rawValue)
        value.write(startTime)
        value.write(lastUpdate)
        value.write(isInProcess)
        value.write(Int32(clamping: partitions.count))
        for partition in partitions {
            try value.write(partition.topic, compact: false)
            value.write(partition.partition)
        }
        value.write(Int32(clamping: groups.count))
        for group in groups { try value.write(group.string, compact: false) }
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
        guard version == Self.valueVersion else {
            throw KafkaProtocolError(.unsupportedVersion, "transactional id \(id): a record of version \(version)")
        }
        self.init(id: id, producerID: try reader.read())
        producerEpoch = try reader.read()
        lastProducerEpoch = try reader.read()
        previousProducerID = try reader.read()
        nextProducerID = try reader.read()
        timeout = try reader.read()
        guard let state = State(rawValue: try reader.read()) else {
            throw KafkaProtocolError(.malformed, "transactional id \(id): a record with an unknown state")
        }
        self.state = state
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
