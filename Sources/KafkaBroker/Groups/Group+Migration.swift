internal import KafkaProtocol

// How a group goes over from one protocol to the other: an empty one to whatever its next member uses, one with members that
// read by the classic protocol to the consumer protocol and back (`group.consumer.migration.policy=bidirectional`).
extension Group {
    /// The group's members as those of the consumer protocol: a group that is new, is empty, or whose members read by the
    /// classic protocol goes over to it. Calls of members that wait are answered by `actions`: they have to join again.
    mutating func useConsumerProtocol(topics: TopicImage, now: Int64) throws -> [GroupAction] {
        guard consumer == nil else { return [] }
        var next = ConsumerGroup(settings: settings.consumer)
        if !classic.members.isEmpty { try next.takeOver(classic, topics: topics, now: now) }
        let old = classic
        resetClassic()
        consumer = next
        return old.refuseWaiting(.rebalanceInProgress)
    }

    /// Gives the group back to the classic protocol if none of its members uses the other. `topics` are needed for what the
    /// members have, `now` for how long they may take to join again.
    mutating func useClassicProtocolIfAlone(topics: TopicImage, now: Int64) throws -> [GroupAction] {
        guard let consumer, !consumer.members.isEmpty, consumer.members.count <= settings.maximumSize,
            consumer.members.values.allSatisfy(\.usesClassicProtocol)
        else { return [] }
        resetClassic()
        self.consumer = nil
        return try classic.takeOver(consumer, topics: topics, now: now)
    }

    /// Gives a group without members to the classic protocol.
    mutating func useClassicProtocolIfEmpty() {
        guard let consumer, consumer.members.isEmpty else { return }
        resetClassic()
        self.consumer = nil
    }

    private mutating func resetClassic() {
        classic = ClassicGroup(
            initialRebalanceDelay: settings.initialRebalanceDelay, maximumSize: settings.maximumSize)
    }
}

extension ConsumerGroup {
    /// Takes the members of a classic group over, with what they have. Throws `GROUP_ID_NOT_FOUND` if they are not consumers
    /// or cannot be understood.
    fileprivate mutating func takeOver(_ classic: ClassicGroup, topics: TopicImage, now: Int64) throws {
        guard classic.protocolType == "consumer", classic.members.count <= settings.maximumSize else {
            throw RequestError(.groupIdNotFound, "The group is used by members of another protocol.")
        }
        setEpoch(classic.generation)
        setAssignmentEpoch(classic.generation)
        for old in classic.membersByOrdinal {
            guard
                let subscription = try? ConsumerProtocolSubscription(
                    decoding: old.metadata(of: classic.protocolName ?? old.protocols.first?.name))
            else {
                throw RequestError(.groupIdNotFound, "What member '\(old.id)' of the classic protocol reads is not clear.")
            }
            var member = ConsumerMember(id: old.id)
            member.subscription = .init(
                instanceID: old.instanceID, rackID: subscription.rackId.map { Name($0) }, clientID: old.clientID,
                clientHost: old.clientHost, rebalanceTimeout: Int32(clamping: old.rebalanceTimeout),
                topics: subscription.topics.distinctNames(),
                classic: .init(sessionTimeout: Int32(clamping: old.sessionTimeout), protocols: old.protocols))
            // Between a join and its sync there is no assignment, but there may be what the member has kept.
            let assignment = try? ConsumerProtocolAssignment(decoding: old.assignment)
            let held =
                assignment?.assignedPartitions.map { ($0.topic, $0.partitions) }
                ?? subscription.ownedPartitions.map { ($0.topic, $0.partitions) }
            for (topic, partitions) in held {
                guard let id = topics[Name(topic)]?.id else { continue }
                let free = partitions.map { TopicIDPartition(id, $0) }.filter { owners[$0] == nil }
                member.current.assigned.formUnion(free)
            }
            member.current.epoch = classic.generation
            member.current.previousEpoch = classic.generation
            put(member)
            setTarget(of: member.id, to: member.current.assigned)
            deadlines[member.id] = Deadlines(session: now.saturatingAdd(old.sessionTimeout))
        }
    }
}

extension ClassicGroup {
    /// Takes the members of a group of the consumer protocol over; they have to join again.
    fileprivate mutating func takeOver(
        _ consumer: ConsumerGroup, topics: TopicImage, now: Int64
    ) throws -> [GroupAction] {
        generation = consumer.epoch
        protocolType = "consumer"
        for old in consumer.members.values.sorted(by: { $0.id < $1.id }) {
            guard let classic = old.subscription.classic else { continue }
            nextOrdinal += 1
            members[old.id] = GroupMember(
                id: old.id, instanceID: old.subscription.instanceID, clientID: old.subscription.clientID,
                clientHost: old.subscription.clientHost, isInProcess: false,
                sessionTimeout: Int64(classic.sessionTimeout),
                rebalanceTimeout: Int64(old.subscription.rebalanceTimeout), protocols: classic.protocols,
                assignment: try old.classicAssignment(topics), ordinal: nextOrdinal,
                sessionDeadline: now.saturatingAdd(Int64(classic.sessionTimeout)), hasSynced: true)
            if let instance = old.subscription.instanceID { staticMembers[instance] = old.id }
        }
        leader = membersByOrdinal.first?.id
        protocolName = selectedProtocol()
        state = .stable
        var actions: [GroupAction] = []
        prepareRebalance(now: now, &actions)
        return actions
    }
}

extension ConsumerMember {
    /// What the member has, as the classic protocol says it, in the version that the member speaks.
    func classicAssignment(_ topics: TopicImage) throws -> Bytes {
        let assignment = ConsumerProtocolAssignment(
            assignedPartitions: current.assigned.byTopic.compactMap { id, partitions in
                topics.names[id].map { .init(topic: $0.string, partitions: partitions) }
            })
        // The member's bytes begin with it.
        var reader = ByteReader(subscription.classic?.protocols.first?.metadata ?? Bytes())
        let spoken = (try? reader.read(Int16.self)) ?? 0
        let known = ConsumerProtocolAssignment.versions
        return try assignment.encoded(version: min(max(spoken, known.lowerBound), known.upperBound))
    }
}
