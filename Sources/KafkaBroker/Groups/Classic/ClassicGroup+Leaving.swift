internal import KafkaProtocol

extension ClassicGroup {
    /// A member goes by itself, named by its id or, if static, by its instance.
    mutating func leave(
        memberID: Name, instanceID: Name?, now: Int64
    ) -> (error: KafkaErrorCode, actions: [GroupAction]) {
        var actions: [GroupAction] = []
        var id = memberID
        if let instanceID {
            guard let known = staticMembers[instanceID] else { return (.unknownMemberId, []) }
            guard memberID.isEmpty || memberID == known else { return (.fencedInstanceId, []) }
            id = known
        } else if pendingMembers.removeValue(forKey: memberID) != nil {
            completeJoinIfAllJoined(now: now, &actions)
            return (.none, actions)
        }
        guard members[id] != nil else { return (.unknownMemberId, []) }
        remove([id], now: now, &actions)
        return (.none, actions)
    }

    /// Takes members out and rebalances the others.
    mutating func remove(_ ids: [Name], now: Int64, _ actions: inout [GroupAction]) {
        for id in ids {
            guard let member = members.removeValue(forKey: id) else { continue }
            if let join = member.awaitingJoin {
                actions.append(.answerJoin(join, JoinResult(error: .unknownMemberId, memberID: id)))
            }
            if let sync = member.awaitingSync { actions.append(.answerSync(sync, SyncResult(error: .unknownMemberId))) }
            if let instance = member.instanceID, staticMembers[instance] == id { staticMembers[instance] = nil }
            if leader == id { leader = nil }
        }
        prepareRebalance(now: now, &actions)
    }

    /// Does what time asks for: ends sessions, goes on with rebalances. Call it at `nextDeadline` or later.
    mutating func expire(now: Int64) -> [GroupAction] {
        var actions: [GroupAction] = []
        let pendingBefore = pendingMembers.count
        pendingMembers = pendingMembers.filter { $0.value > now }
        if pendingMembers.count != pendingBefore { completeJoinIfAllJoined(now: now, &actions) }

        let gone = members.values.filter { !$0.isWaiting && $0.sessionDeadline <= now }.map(\.id)
        if !gone.isEmpty { remove(gone.sorted(), now: now, &actions) }

        if state == .preparingRebalance, let deadline = rebalanceDeadline, deadline <= now {
            if let end = initialDelayEnd, cameDuringDelay, now < end {
                cameDuringDelay = false
                rebalanceDeadline = min(now.saturatingAdd(initialRebalanceDelay), end)
            } else {
                completeJoin(now: now, &actions)
            }
        }
        if state == .completingRebalance || state == .stable, let deadline = syncDeadline, deadline <= now {
            syncDeadline = nil
            let silent = members.values.filter { !$0.hasSynced }.map(\.id)
            if !silent.isEmpty { remove(silent.sorted(), now: now, &actions) }
        }
        return actions
    }

    /// What answers everyone who waits with an error.
    func refuseWaiting(_ error: KafkaErrorCode) -> [GroupAction] {
        membersByOrdinal.compactMap { member in
            if let join = member.awaitingJoin { return .answerJoin(join, JoinResult(error: error, memberID: member.id)) }
            return member.awaitingSync.map { .answerSync($0, SyncResult(error: error)) }
        }
    }
}
