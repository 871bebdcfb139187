internal import KafkaProtocol

extension ConsumerGroup {
    /// A member joins, goes on, or has changed what it wants.
    mutating func heartbeat(
        _ beat: ConsumerHeartbeat, topics: TopicImage, now: Int64
    ) throws -> ConsumerHeartbeatAnswer {
        try checkSize(for: beat.memberID)
        var member = try self.member(saying: beat)
        let before = member
        member.subscription.take(beat)
        member.subscription.classic = nil
        try update(member, from: before, topics: topics)
        reconcile(member.id, owned: beat.owned, now: now)
        deadlines[member.id, default: Deadlines(session: 0)].session = now.saturatingAdd(settings.sessionTimeout)

        let current = members[member.id]?.current ?? member.current
        // Someone whose epoch is an earlier one has not heard the last answer.
        let knowsAssignment =
            beat.epoch != 0 && beat.epoch == before.current.epoch && !beat.isFull
            && current.assigned == before.current.assigned
        return ConsumerHeartbeatAnswer(
            memberID: member.id, epoch: current.epoch, assignment: knowsAssignment ? nil : current.assigned)
    }

    func checkSize(for id: Name) throws {
        guard members.count < settings.maximumSize || members[id] != nil else {
            throw RequestError(
                .groupMaxSizeReached, "The group has reached its maximum of \(settings.maximumSize) members.")
        }
    }

    /// Takes a member with what it has said, and assigns anew if that or the topics have changed.
    mutating func update(_ member: ConsumerMember, from before: ConsumerMember, topics: TopicImage) throws {
        if let pattern = member.subscription.pattern, matches[pattern] == nil { try check(pattern.string) }
        let isChanged =
            members[member.id] == nil || member.subscription.topics != before.subscription.topics
            || member.subscription.pattern != before.subscription.pattern
        put(member)
        if look(at: topics, isSubscriptionChanged: isChanged) || isChanged || epoch == 0 { raiseEpoch() }
        if epoch > assignmentEpoch { assign(topics) }
    }

    private func check(_ pattern: String) throws {
        do {
            _ = try TopicPattern(pattern)
        } catch let fault as TopicPattern.Fault {
            throw RequestError(
                .invalidRegularExpression, "'\(pattern)' is not a valid regular expression: \(fault.message).")
        }
    }

    /// The member that a heartbeat comes from: a present one, a new one, or one that takes the place of a static instance
    /// that was away.
    private mutating func member(saying beat: ConsumerHeartbeat) throws -> ConsumerMember {
        guard let instance = beat.instanceID else {
            if let member = members[beat.memberID] {
                try checkEpoch(of: member, beat)
                return member
            }
            guard beat.epoch == 0 else { throw Self.unknown(beat.memberID) }
            return ConsumerMember(id: beat.memberID)
        }
        guard let holder = staticMembers[instance].flatMap({ members[$0] }) else {
            guard beat.epoch == 0 else { throw Self.unknown(beat.memberID) }
            // Whoever had no instance until now has one from now on.
            return members[beat.memberID] ?? ConsumerMember(id: beat.memberID)
        }
        guard holder.id != beat.memberID else {
            try checkEpoch(of: holder, beat)
            return holder.current.epoch == CurrentAssignment.awayEpoch ? replace(holder, by: holder.id) : holder
        }
        guard beat.epoch == 0 else { throw Self.fenced(instance) }
        guard holder.current.epoch == CurrentAssignment.awayEpoch else {
            throw RequestError(
                .unreleasedInstanceId,
                "The static member '\(instance)' is still in use by member '\(holder.id)', which has to leave first.")
        }
        return replace(holder, by: beat.memberID)
    }

    /// Another member takes the place of a static one, with what that had and is to have.
    mutating func replace(_ old: ConsumerMember, by id: Name) -> ConsumerMember {
        var member = old
        member.id = id
        member.current.epoch = 0
        member.current.previousEpoch = 0
        let target = target[old.id]
        remove(old.id)
        put(member)
        setTarget(of: id, to: target)
        return member
    }

    /// A member is in its epoch, or in the one before if it has not heard that there is a new one; it may join anew in any.
    private func checkEpoch(of member: ConsumerMember, _ beat: ConsumerHeartbeat) throws {
        let known = member.current.epoch
        guard beat.epoch != 0, beat.epoch != known else { return }
        if beat.epoch == member.current.previousEpoch, beat.epoch < known, let owned = beat.owned,
            owned.isSubset(of: member.current.assigned)
        {
            return
        }
        throw RequestError(
            .fencedMemberEpoch,
            "The member says that it is in epoch \(beat.epoch), but it is in \(known). It must give up all its partitions and "
                + "join again.")
    }

    static func unknown(_ member: Name) -> RequestError {
        RequestError(.unknownMemberId, "Member '\(member)' is not a member of the group.")
    }

    static func fenced(_ instance: Name) -> RequestError {
        RequestError(.fencedInstanceId, "Another member has taken the place of the static member '\(instance)'.")
    }
}

extension ConsumerMember.Subscription {
    /// Takes what a heartbeat says.
    fileprivate mutating func take(_ beat: ConsumerHeartbeat) {
        if let instance = beat.instanceID { instanceID = instance }
        if let rack = beat.rackID { rackID = rack }
        clientID = beat.clientID
        clientHost = beat.clientHost
        if let timeout = beat.rebalanceTimeout { rebalanceTimeout = timeout }
        if let topics = beat.topics { self.topics = Set(topics).sorted() }
        if let pattern = beat.pattern { self.pattern = pattern.isEmpty ? nil : pattern }
        if let assignor = beat.assignor { self.assignor = assignor }
    }
}
