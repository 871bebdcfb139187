internal import KafkaProtocol

// Members that still use the classic protocol while the group has gone over to the other (KIP-848's online migration): a
// join is a heartbeat that tells what the member reads and has, a sync asks what it got. None of them leads.
extension ConsumerGroup {
    /// Joins, for the first time or again. Returns the member's generation, which is its epoch.
    mutating func join(_ event: JoinEvent, topics: TopicImage, now: Int64) throws -> JoinResult {
        try checkSize(for: event.memberID)
        let subscription = try checkProtocols(of: event)
        if event.memberID.isEmpty, event.requiresKnownMemberID, event.instanceID == nil {
            return JoinResult(error: .memberIdRequired, memberID: event.freshMemberID)
        }
        let before = try self.member(joiningBy: event)
        var member = before
        member.subscription.take(event, subscription)
        try update(member, from: before, topics: topics)
        reconcile(member.id, owned: subscription.owned(topics), now: now)
        deadlines[member.id] = Deadlines(
            session: now.saturatingAdd(event.sessionTimeout), rebalance: now.saturatingAdd(event.rebalanceTimeout))
        return JoinResult(
            generation: members[member.id]?.current.epoch ?? -1, protocolType: event.protocolType,
            protocolName: event.protocols.first?.name, memberID: member.id)
    }

    /// Tells a member what it has in its generation.
    mutating func sync(
        memberID: Name, instanceID: Name?, generation: Int32, protocolType: Name?, protocolName: Name?,
        topics: TopicImage, now: Int64
    ) throws -> SyncResult {
        let (member, classic) = try classicMember(memberID, instanceID)
        guard generation == member.current.epoch else { throw Self.illegal(generation, of: member) }
        let own = classic.protocols.first
        guard protocolType ?? "consumer" == "consumer", protocolName == nil || protocolName == own?.name else {
            throw RequestError(.inconsistentGroupProtocol, "The member's protocol is '\(own?.name ?? "")'.")
        }
        guard epoch <= generation || member.current.state == .unrevoked else {
            expectJoin(of: member, now: now)
            return SyncResult(error: .rebalanceInProgress)
        }
        deadlines[memberID] = Deadlines(session: now.saturatingAdd(Int64(classic.sessionTimeout)))
        return SyncResult(
            protocolType: "consumer", protocolName: own?.name, assignment: try member.classicAssignment(topics))
    }

    /// A sign of life. Tells the member whether it has to join again: because what there is to assign has changed, or because
    /// it has partitions to give up or can have more.
    mutating func classicHeartbeat(
        memberID: Name, instanceID: Name?, generation: Int32, now: Int64
    ) throws -> KafkaErrorCode {
        let (member, classic) = try classicMember(memberID, instanceID)
        guard generation == member.current.epoch else { throw Self.illegal(generation, of: member) }
        deadlines[memberID, default: Deadlines(session: 0)].session = now.saturatingAdd(Int64(classic.sessionTimeout))
        let canHaveMore = member.current.state == .unreleased && !isWaitingForOthers(member)
        guard generation < epoch || member.current.state == .unrevoked || canHaveMore else { return .none }
        expectJoin(of: member, now: now)
        return .rebalanceInProgress
    }

    /// Whether all partitions that a member is still to get are others'.
    private func isWaitingForOthers(_ member: ConsumerMember) -> Bool {
        (target[member.id] ?? []).subtracting(member.current.assigned).allSatisfy {
            owners[$0] != nil && owners[$0] != member.id
        }
    }

    private mutating func expectJoin(of member: ConsumerMember, now: Int64) {
        guard deadlines[member.id]?.rebalance == nil else { return }
        deadlines[member.id]?.rebalance = now.saturatingAdd(Int64(member.subscription.rebalanceTimeout))
    }

    private func classicMember(_ id: Name, _ instanceID: Name?) throws -> (ConsumerMember, ConsumerMember.ClassicMembership) {
        if let instanceID {
            guard let holder = staticMembers[instanceID] else { throw Self.unknown(id) }
            guard holder == id else { throw Self.fenced(instanceID) }
        }
        guard let member = members[id], let classic = member.subscription.classic else { throw Self.unknown(id) }
        return (member, classic)
    }

    private static func illegal(_ generation: Int32, of member: ConsumerMember) -> RequestError {
        RequestError(.illegalGeneration, "The member is in generation \(member.current.epoch), not in \(generation).")
    }

    /// What the member reads, by the protocol that it likes best. Throws if it has none in common with those who are here.
    private func checkProtocols(of event: JoinEvent) throws -> ConsumerProtocolSubscription {
        let others = members.values.filter { $0.id != event.memberID }.compactMap(\.subscription.classic)
        let isShared = event.protocols.contains { candidate in
            others.allSatisfy { other in other.protocols.contains { $0.name == candidate.name } }
        }
        guard event.protocolType == "consumer", isShared, let best = event.protocols.first,
            let subscription = try? ConsumerProtocolSubscription(decoding: best.metadata)
        else {
            throw RequestError(
                .inconsistentGroupProtocol, "The group's members are consumers, and no protocol of this one is theirs.")
        }
        return subscription
    }

    private mutating func member(joiningBy event: JoinEvent) throws -> ConsumerMember {
        guard let instance = event.instanceID else {
            if let member = members[event.memberID] { return member }
            // An id that a member was told to join with is known to it alone.
            return ConsumerMember(id: event.memberID.isEmpty ? event.freshMemberID : event.memberID)
        }
        guard let holder = staticMembers[instance].flatMap({ members[$0] }) else {
            guard event.memberID.isEmpty else { throw Self.unknown(event.memberID) }
            return ConsumerMember(id: event.freshMemberID)
        }
        if event.memberID.isEmpty { return replace(holder, by: event.freshMemberID) }
        guard holder.id == event.memberID else { throw Self.fenced(instance) }
        return holder
    }
}

extension ConsumerMember.Subscription {
    fileprivate mutating func take(_ event: JoinEvent, _ subscription: ConsumerProtocolSubscription) {
        instanceID = event.instanceID ?? instanceID
        rackID = subscription.rackId.map { Name($0) } ?? rackID
        clientID = event.clientID
        clientHost = event.clientHost
        rebalanceTimeout = Int32(clamping: event.rebalanceTimeout)
        topics = subscription.topics.distinctNames()
        pattern = nil
        assignor = nil
        classic = .init(sessionTimeout: Int32(clamping: event.sessionTimeout), protocols: event.protocols)
    }
}

extension ConsumerProtocolSubscription {
    /// What the member says that it has.
    fileprivate func owned(_ topics: TopicImage) -> Set<TopicIDPartition> {
        var owned: Set<TopicIDPartition> = []
        for topic in ownedPartitions {
            guard let id = topics[Name(topic.topic)]?.id else { continue }
            for partition in topic.partitions { owned.insert(TopicIDPartition(id, partition)) }
        }
        return owned
    }
}
