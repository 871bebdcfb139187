internal import KafkaProtocol

extension Group {
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
        case .empty, .dead: return refuse(.unknownMemberId)
        case .preparingRebalance: return refuse(.rebalanceInProgress)
        case .stable:
            members[memberID]?.hasSynced = true
            members[memberID]?.sessionDeadline = now + member.sessionTimeout
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
            members[member.id]?.sessionDeadline = now + member.sessionTimeout
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
        case .empty, .dead: return .unknownMemberId
        case .completingRebalance, .stable:
            members[memberID]?.sessionDeadline = now + member.sessionTimeout
            return .none
        case .preparingRebalance:
            members[memberID]?.sessionDeadline = now + member.sessionTimeout
            return .rebalanceInProgress
        }
    }
}
