internal import KafkaProtocol

extension ConsumerGroup {
    /// A member goes: for good, or a static one for a while if `epoch` is -2.
    mutating func leave(_ id: Name, instanceID: Name?, epoch: Int32) throws {
        guard let instanceID else {
            guard members[id] != nil else { throw Self.unknown(id) }
            fence([id])
            return
        }
        guard let holder = staticMembers[instanceID], var member = members[holder] else { throw Self.unknown(id) }
        guard holder == id else { throw Self.fenced(instanceID) }
        guard epoch == CurrentAssignment.awayEpoch else {
            fence([id])
            return
        }
        // What it has stays its own until it comes back or its session ends.
        member.current.epoch = CurrentAssignment.awayEpoch
        member.current.revoking = []
        put(member)
        deadlines[id]?.rebalance = nil
    }

    /// Takes members out; what they had is assigned with the next heartbeat.
    mutating func fence(_ ids: [Name]) {
        guard !ids.isEmpty else { return }
        for id in ids { remove(id) }
        raiseEpoch()
    }

    /// Takes out who has said nothing, or given nothing up, for too long. Call it at `nextDeadline` or later.
    mutating func expire(now: Int64) {
        fence(deadlines.filter { min($0.value.session, $0.value.rebalance ?? .max) <= now }.keys.sorted())
    }

    /// Gives those who would be out another session, because that they are out could not be written down.
    mutating func postpone(now: Int64) {
        let later = now.saturatingAdd(max(1000, settings.sessionTimeout))
        for (id, deadline) in deadlines where min(deadline.session, deadline.rebalance ?? .max) <= now {
            deadlines[id] = Deadlines(session: later)
        }
    }
}
