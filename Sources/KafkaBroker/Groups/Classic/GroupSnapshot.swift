internal import KafkaProtocol

/// A group's generation and members as they are written down, in the layout of Kafka's GroupMetadataValue version 3.
/// Members that live in the broker's process are left out: they cannot outlive it.
struct GroupSnapshot: Equatable, Sendable {
    var protocolType: Name = ""
    var generation: Int32 = 0
    var protocolName: Name?
    var leader: Name?
    var timestamp: Int64 = -1
    var members: [GroupMember] = []

    init(_ group: ClassicGroup, timestamp: Int64) {
        protocolType = group.protocolType ?? ""
        generation = group.generation
        protocolName = group.protocolName
        leader = group.leader
        self.timestamp = timestamp
        members = group.membersByOrdinal.filter { !$0.isInProcess }
    }

    func encoded() throws -> Bytes {
        var writer = ByteWriter()
        writer.write(3 as Int16)
        try writer.write(protocolType.string, compact: false)
        writer.write(generation)
        try writer.write(protocolName?.string, compact: false)
        try writer.write(leader?.string, compact: false)
        writer.write(timestamp)
        writer.write(Int32(clamping: members.count))
        for member in members {
            try writer.write(member.id.string, compact: false)
            try writer.write(member.instanceID?.string, compact: false)
            try writer.write(member.clientID, compact: false)
            try writer.write(member.clientHost, compact: false)
            writer.write(Int32(clamping: member.rebalanceTimeout))
            writer.write(Int32(clamping: member.sessionTimeout))
            try writer.write(member.metadata(of: protocolName), compact: false)
            try writer.write(member.assignment, compact: false)
        }
        return writer.finish()
    }

    init(decoding bytes: Bytes) throws {
        var reader = ByteReader(bytes)
        let version: Int16 = try reader.read()
        guard version == 3 else {
            throw KafkaProtocolError(.unsupportedVersion, "group metadata of version \(version)")
        }
        protocolType = Name(try reader.readString(compact: false))
        generation = try reader.read()
        protocolName = try reader.readNullableString(compact: false).map { Name($0) }
        leader = try reader.readNullableString(compact: false).map { Name($0) }
        timestamp = try reader.read()
        let count: Int32 = try reader.read()
        for ordinal in 0..<max(0, count) {
            let id = Name(try reader.readString(compact: false))
            let instanceID = try reader.readNullableString(compact: false).map { Name($0) }
            let clientID = try reader.readString(compact: false)
            let clientHost = try reader.readString(compact: false)
            let rebalanceTimeout: Int32 = try reader.read()
            let sessionTimeout: Int32 = try reader.read()
            let metadata = try reader.readBytes(compact: false).detached()
            let assignment = try reader.readBytes(compact: false).detached()
            members.append(
                GroupMember(
                    id: id, instanceID: instanceID, clientID: clientID, clientHost: clientHost, isInProcess: false,
                    sessionTimeout: Int64(sessionTimeout), rebalanceTimeout: Int64(rebalanceTimeout),
                    protocols: protocolName.map { [.init(name: $0, metadata: metadata)] } ?? [],
                    assignment: assignment, ordinal: UInt64(ordinal) + 1))
        }
    }
}

extension Group {
    /// Goes on where the broker stopped.
    ///
    /// `now` is on the monotonic clock, `wall` in milliseconds since 1970.
    mutating func restore(_ snapshot: GroupSnapshot, now: Int64, wall: Int64) {
        classic.restore(snapshot, now: now)
        // Members that are missing lived until the broker ended, which nobody has written down.
        emptySince = classic.state == .stable ? nil : snapshot.leader == nil ? snapshot.timestamp : wall
    }
}

extension ClassicGroup {
    /// Goes on where the broker stopped: members have a session's time to show that they are still there.
    fileprivate mutating func restore(_ snapshot: GroupSnapshot, now: Int64) {
        generation = snapshot.generation
        protocolType = snapshot.protocolType.isEmpty ? nil : snapshot.protocolType
        guard let leader = snapshot.leader, snapshot.members.contains(where: { $0.id == leader }) else { return }
        self.leader = leader
        protocolName = snapshot.protocolName
        state = .stable
        for var member in snapshot.members {
            member.sessionDeadline = now.saturatingAdd(member.sessionTimeout)
            member.hasSynced = true
            members[member.id] = member
            if let instance = member.instanceID { staticMembers[instance] = member.id }
            nextOrdinal = max(nextOrdinal, member.ordinal)
        }
    }
}
