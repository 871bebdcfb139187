internal import KafkaProtocol

// The parts of values in `ConsumerGroupRecord` that are structures.

extension ConsumerMember.Subscription {
    private static let classicTag: UInt64 = 0

    func write(to writer: inout ByteWriter) throws {
        try writer.write(instanceID?.string, compact: true)
        try writer.write(rackID?.string, compact: true)
        try writer.write(clientID, compact: true)
        try writer.write(clientHost, compact: true)
        try writer.write(topics.map(\.string), compact: true)
        try writer.write(pattern?.string, compact: true)
        writer.write(rebalanceTimeout)
        try writer.write(assignor?.string, compact: true)
        let section = writer.beginTaggedFields()
        guard let classic else { return }
        try writer.writeTaggedField(Self.classicTag, in: section) { writer in
            writer.write(1 as Int8)
            writer.write(classic.sessionTimeout)
            writer.writeUnsignedVarint(UInt64(classic.protocols.count) + 1)
            for known in classic.protocols {
                try writer.write(known.name.string, compact: true)
                try writer.write(known.metadata, compact: true)
                writer.writeNoTaggedFields()
            }
            writer.writeNoTaggedFields()
        }
    }

    init(from reader: inout ByteReader) throws {
        instanceID = try reader.readNullableString(compact: true).map { Name($0) }
        rackID = try reader.readNullableString(compact: true).map { Name($0) }
        clientID = try reader.readString(compact: true)
        clientHost = try reader.readString(compact: true)
        topics = try reader.readArray(compact: true).distinctNames()
        pattern = try reader.readNullableString(compact: true).map { Name($0) }
        rebalanceTimeout = try reader.read()
        assignor = try reader.readNullableString(compact: true).map { Name($0) }
        var classic: ConsumerMember.ClassicMembership?
        try reader.readTaggedFields { tag, reader in
            guard tag == Self.classicTag, try reader.read(Int8.self) >= 0 else { return }
            var membership = ConsumerMember.ClassicMembership(sessionTimeout: try reader.read(), protocols: [])
            for _ in 0..<(try reader.readCount()) {
                let name = Name(try reader.readString(compact: true))
                membership.protocols.append(.init(name: name, metadata: try reader.readBytes(compact: true).detached()))
                try reader.skipTaggedFields()
            }
            classic = membership
        }
        self.classic = classic
    }
}

extension CurrentAssignment {
    func write(to writer: inout ByteWriter) throws {
        writer.write(epoch)
        writer.write(previousEpoch)
        writer.write(state.rawValue)
        try writer.write(assigned)
        try writer.write(revoking)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader) throws {
        epoch = try reader.read()
        previousEpoch = try reader.read()
        state = State(rawValue: try reader.read()) ?? .stable
        assigned = try reader.readPartitions()
        revoking = try reader.readPartitions()
    }
}

extension ByteWriter {
    mutating func write(_ partitions: Set<TopicIDPartition>) throws {
        let topics = partitions.byTopic
        writeUnsignedVarint(UInt64(topics.count) + 1)
        for (topic, numbers) in topics {
            write(topic)
            try write(numbers, compact: true)
            writeNoTaggedFields()
        }
    }
}

extension ByteReader {
    mutating func readPartitions() throws -> Set<TopicIDPartition> {
        var partitions: Set<TopicIDPartition> = []
        for _ in 0..<(try readCount()) {
            let topic = try readUUID()
            let numbers: [Int32] = try readArray(compact: true)
            for number in numbers { partitions.insert(TopicIDPartition(topic, number)) }
            try skipTaggedFields()
        }
        return partitions
    }

    /// The length of a compact array; each element is read before the next, so a wrong one ends with the bytes.
    fileprivate mutating func readCount() throws -> UInt64 { try readUnsignedVarint().saturatingSubtract(1) }
}
