internal import KafkaProtocol

extension ClassicGroup {
    /// A member wants to join, for the first time or again.
    mutating func join(_ event: JoinEvent, ticket: ReplyTicket, now: Int64) -> [GroupAction] {
        var actions: [GroupAction] = []
        func refuse(_ error: KafkaErrorCode, memberID: Name? = nil) -> [GroupAction] {
            [.answerJoin(ticket, JoinResult(error: error, memberID: memberID ?? event.memberID))]
        }
        let replaced = event.memberID.isEmpty ? event.instanceID.flatMap { staticMembers[$0] } : nil
        guard supports(type: event.protocolType, protocols: event.protocols, besides: replaced ?? event.memberID) else {
            return refuse(.inconsistentGroupProtocol)
        }
        if event.memberID.isEmpty {
            if let replaced {
                replaceStaticMember(replaced, by: event, ticket: ticket, now: now, &actions)
                return actions
            }
            guard members.count + pendingMembers.count < maximumSize else { return refuse(.groupMaxSizeReached) }
            if event.requiresKnownMemberID, event.instanceID == nil {
                pendingMembers[event.freshMemberID] = now.saturatingAdd(event.sessionTimeout)
                return refuse(.memberIdRequired, memberID: event.freshMemberID)
            }
            add(event, id: event.freshMemberID, ticket: ticket, now: now, &actions)
            return actions
        }
        if event.instanceID == nil, pendingMembers.removeValue(forKey: event.memberID) != nil {
            add(event, id: event.memberID, ticket: ticket, now: now, &actions)
            return actions
        }
        let identity = identityError(memberID: event.memberID, instanceID: event.instanceID)
        guard identity == .none, let member = members[event.memberID] else { return refuse(identity) }
        let isUnchanged = member.protocols == event.protocols
        switch state {
        case .completingRebalance where isUnchanged, .stable where isUnchanged && leader != member.id:
            // The answer of the last join was lost, or a follower asks again: the generation goes on.
            members[member.id]?.sessionDeadline = now.saturatingAdd(member.sessionTimeout)
            actions.append(.answerJoin(ticket, joinResult(for: member)))
        case .preparingRebalance, .completingRebalance, .stable:
            update(member.id, with: event, ticket: ticket, now: now, &actions)
            prepareRebalance(now: now, &actions)
        case .empty:
            return refuse(.unknownMemberId)
        }
        return actions
    }

    private mutating func add(
        _ event: JoinEvent, id: Name, ticket: ReplyTicket, now: Int64, _ actions: inout [GroupAction]
    ) {
        if members.isEmpty { protocolType = event.protocolType }
        nextOrdinal += 1
        members[id] = GroupMember(
            id: id, instanceID: event.instanceID, clientID: event.clientID, clientHost: event.clientHost,
            isInProcess: event.isInProcess, sessionTimeout: event.sessionTimeout,
            rebalanceTimeout: event.rebalanceTimeout, protocols: event.protocols, ordinal: nextOrdinal,
            sessionDeadline: now.saturatingAdd(event.sessionTimeout), awaitingJoin: ticket)
        if let instance = event.instanceID { staticMembers[instance] = id }
        if leader == nil { leader = id }
        cameDuringDelay = true
        prepareRebalance(now: now, &actions)
    }

    private mutating func update(
        _ id: Name, with event: JoinEvent, ticket: ReplyTicket, now: Int64, _ actions: inout [GroupAction]
    ) {
        guard var member = members[id] else { return }
        if let old = member.awaitingJoin {
            actions.append(.answerJoin(old, JoinResult(error: .rebalanceInProgress, memberID: id)))
        }
        member.protocols = event.protocols
        member.sessionTimeout = event.sessionTimeout
        member.rebalanceTimeout = event.rebalanceTimeout
        member.clientID = event.clientID
        member.clientHost = event.clientHost
        member.isInProcess = event.isInProcess
        member.awaitingJoin = ticket
        members[id] = member
    }

    /// A static instance came back under no id: it gets a new id, the old one is fenced (KIP-345).
    private mutating func replaceStaticMember(
        _ old: Name, by event: JoinEvent, ticket: ReplyTicket, now: Int64, _ actions: inout [GroupAction]
    ) {
        guard var member = members.removeValue(forKey: old) else { return }
        if let join = member.awaitingJoin {
            actions.append(.answerJoin(join, JoinResult(error: .fencedInstanceId, memberID: old)))
        }
        if let sync = member.awaitingSync { actions.append(.answerSync(sync, SyncResult(error: .fencedInstanceId))) }
        member.id = event.freshMemberID
        member.awaitingJoin = nil
        member.awaitingSync = nil
        member.sessionDeadline = now.saturatingAdd(event.sessionTimeout)
        members[member.id] = member
        staticMembers[event.instanceID ?? ""] = member.id
        let wasLeader = leader == old
        if wasLeader { leader = member.id }
        update(member.id, with: event, ticket: ticket, now: now, &actions)
        if state == .stable, selectedProtocol() == protocolName {
            // The assignment stays with the instance: no rebalance.
            members[member.id]?.awaitingJoin = nil
            var result = joinResult(for: member)
            if wasLeader {
                if event.canSkipAssignment {
                    result.skipAssignment = true
                } else {
                    result.leader = old
                    result.members = []
                }
            }
            actions += [.persist, .answerJoin(ticket, result)]
        } else {
            prepareRebalance(now: now, &actions)
        }
    }

    /// Starts a rebalance, or goes on with one under way.
    mutating func prepareRebalance(now: Int64, _ actions: inout [GroupAction]) {
        switch state {
        case .preparingRebalance: break
        case .empty where initialRebalanceDelay > 0:
            initialDelayEnd = now.saturatingAdd(rebalanceTimeout)
            rebalanceDeadline = now.saturatingAdd(min(initialRebalanceDelay, rebalanceTimeout))
            cameDuringDelay = false
            state = .preparingRebalance
        case .empty, .stable, .completingRebalance:
            for member in members.values {
                guard let sync = member.awaitingSync else { continue }
                members[member.id]?.awaitingSync = nil
                members[member.id]?.sessionDeadline = now.saturatingAdd(member.sessionTimeout)
                actions.append(.answerSync(sync, SyncResult(error: .rebalanceInProgress)))
            }
            syncDeadline = nil
            rebalanceDeadline = now.saturatingAdd(rebalanceTimeout)
            state = .preparingRebalance
        }
        completeJoinIfAllJoined(now: now, &actions)
    }

    mutating func completeJoinIfAllJoined(now: Int64, _ actions: inout [GroupAction]) {
        guard state == .preparingRebalance, initialDelayEnd == nil, pendingMembers.isEmpty,
            members.values.allSatisfy({ $0.awaitingJoin != nil })
        else { return }
        completeJoin(now: now, &actions)
    }

    /// The next generation begins, without the dynamic members that did not join.
    mutating func completeJoin(now: Int64, _ actions: inout [GroupAction]) {
        initialDelayEnd = nil
        for member in members.values where member.awaitingJoin == nil && member.instanceID == nil {
            members[member.id] = nil
        }
        if let current = leader, members[current]?.awaitingJoin == nil { leader = nil }
        if leader == nil { leader = membersByOrdinal.first { $0.awaitingJoin != nil }?.id }
        generation = generation == .max ? 1 : generation + 1
        guard !members.isEmpty else {
            becomeEmpty()
            actions.append(.persist)
            return
        }
        guard leader != nil else {
            // Only static members are left and none has joined again: keep their places.
            generation -= 1
            rebalanceDeadline = now.saturatingAdd(rebalanceTimeout)
            return
        }
        protocolName = selectedProtocol()
        state = .completingRebalance
        rebalanceDeadline = nil
        syncDeadline = now.saturatingAdd(rebalanceTimeout)
        for member in membersByOrdinal {
            members[member.id]?.hasSynced = false
            members[member.id]?.assignment = Bytes()
            guard let ticket = member.awaitingJoin else { continue }
            members[member.id]?.awaitingJoin = nil
            members[member.id]?.sessionDeadline = now.saturatingAdd(member.sessionTimeout)
            actions.append(.answerJoin(ticket, joinResult(for: member)))
        }
    }

    mutating func becomeEmpty() {
        state = .empty
        protocolName = nil
        leader = nil
        rebalanceDeadline = nil
        syncDeadline = nil
        initialDelayEnd = nil
    }

    /// The present generation as `member` sees it.
    func joinResult(for member: GroupMember) -> JoinResult {
        JoinResult(
            generation: generation, protocolType: protocolType, protocolName: protocolName, leader: leader ?? "",
            memberID: member.id,
            members: member.id != leader
                ? []
                : membersByOrdinal.map {
                    .init(id: $0.id, instanceID: $0.instanceID, metadata: $0.metadata(of: protocolName))
                })
    }
}
