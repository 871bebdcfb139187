internal import KafkaProtocol

extension ClassicGroup {
    /// A member asks for its assignment; the leader brings everyone's.
    mutating func sync(
        memberID: Name, instanceID: Name?, generation: Int32, protocolType: Name? = nil,
        protocolName: Name? = nil, assignments: [Name: Bytes], ticket: ReplyTicket, now: Int64
    ) -> [GroupAction] {
        func refuse(_ error: KafkaErrorCode) -> [GroupAction] { [.answerSync(ticket, SyncResult(error: error))] }
        let identity = identityError(memberID: memberID, instanceID: instanceID)
        guard identity == .none, let member = members[memberID] else { return refuse(identity) }
        guard generation == self.generation else { return refuse(.illegalGeneration) }
        guard protocolType == nil || protocolType == self.protocolType,
            protocolName == nil || protocolName == self.protocolName
        else { return refuse(.inconsistentGroupProtocol) }
        switch state {
        case .empty: return refuse(.unknownMemberId)
        case .preparingRebalance: return refuse(.rebalanceInProgress)
        case .stable:
            members[memberID]?.hasSynced = true
            members[memberID]?.sessionDeadline = now.saturatingAdd(member.sessionTimeout)
            return [.answerSync(ticket, syncResult(for: member))]
        case .completingRebalance: break
        }
        var actions: [GroupAction] = []
        if let old = member.awaitingSync { actions.append(.answerSync(old, SyncResult(error: .rebalanceInProgress))) }
        members[memberID]?.awaitingSync = ticket
        members[memberID]?.hasSynced = true
        guard memberID == leader else { return actions }
        state = .stable
        actions.append(.persist)
        for member in membersByOrdinal {
            members[member.id]?.assignment = assignments[member.id] ?? Bytes()
            guard let waiting = members[member.id]?.awaitingSync, let updated = members[member.id] else { continue }
            members[member.id]?.awaitingSync = nil
            members[member.id]?.sessionDeadline = now.saturatingAdd(member.sessionTimeout)
            actions.append(.answerSync(waiting, syncResult(for: updated)))
        }
        if members.values.allSatisfy(\.hasSynced) { syncDeadline = nil }
        return actions
    }

    private func syncResult(for member: GroupMember) -> SyncResult {
        SyncResult(protocolType: protocolType, protocolName: protocolName, assignment: member.assignment)
    }

    /// A sign of life. Tells the member whether it has to join again.
    mutating func heartbeat(memberID: Name, instanceID: Name?, generation: Int32, now: Int64) -> KafkaErrorCode {
        let identity = identityError(memberID: memberID, instanceID: instanceID)
        guard identity == .none, let member = members[memberID] else { return identity }
        guard generation == self.generation else { return .illegalGeneration }
        switch state {
        case .empty: return .unknownMemberId
        case .completingRebalance, .stable:
            members[memberID]?.sessionDeadline = now.saturatingAdd(member.sessionTimeout)
            return .none
        case .preparingRebalance:
            members[memberID]?.sessionDeadline = now.saturatingAdd(member.sessionTimeout)
            return .rebalanceInProgress
        }
    }

    /// What is wrong with a commit that says it comes from this member and generation; `.none` if nothing. A commit
    /// without a generation is good while the group has no members, in a transaction always (KIP-447).
    func commitError(memberID: Name, instanceID: Name?, generation: Int32, transactional: Bool) -> KafkaErrorCode {
        if generation < 0, state == .empty, memberID.isEmpty || !transactional { return .none }
        if generation >= 0 || !memberID.isEmpty || instanceID != nil {
            let identity = identityError(memberID: memberID, instanceID: instanceID)
            guard identity == .none else { return identity }
            guard generation == self.generation else { return .illegalGeneration }
        } else if !transactional {
            return .unknownMemberId
        }
        return !transactional && state == .completingRebalance ? .rebalanceInProgress : .none
    }

    /// A commit is a sign of life, too.
    mutating func noteCommit(memberID: Name, now: Int64) {
        guard let timeout = members[memberID]?.sessionTimeout else { return }
        members[memberID]?.sessionDeadline = now.saturatingAdd(timeout)
    }
}
