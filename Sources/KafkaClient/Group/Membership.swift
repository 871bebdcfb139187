import KafkaProtocol

/// A member of a consumer group: joining, rebalances, heartbeats and leaving (the classic protocol), without I/O.
///
/// On an eager rebalance the member gives back all that it owns: it says so with `.revoked`, keeps up its heartbeats until
/// the owner has committed and called `revocationAcknowledged`, and only then joins again. On a cooperative one (KIP-429)
/// it joins with what it owns, gives back only what its new assignment lacks, and then joins once more, so that others can
/// get it. Where the group has gone on without it, what it owned is `.lost` and there is nothing to commit.
struct Membership {
    enum Action: Equatable {
        case join(JoinGroupRequest)
        /// This member leads: share out the partitions, then call `assignmentComputed`.
        case computeAssignment([GroupMember])
        case sync(SyncGroupRequest)
        case heartbeat(HeartbeatRequest)
        case leave(LeaveGroupRequest)
        /// All that is owned from now on.
        case assigned(MemberAssignment)
        /// Of all that is owned from now on, `new` was not before.
        case extended(MemberAssignment, new: [TopicPartition])
        case revoked([TopicPartition])
        case lost([TopicPartition])
        case failed(KafkaError)

        static func == (left: Action, right: Action) -> Bool {
            switch (left, right) {
            case (.join(let a), .join(let b)): a == b
            case (.computeAssignment(let a), .computeAssignment(let b)): a == b
            case (.sync(let a), .sync(let b)): a == b
            case (.heartbeat(let a), .heartbeat(let b)): a == b
            case (.leave(let a), .leave(let b)): a == b
            case (.assigned(let a), .assigned(let b)): a == b
            case (.extended(let a, let newA), .extended(let b, let newB)): a == b && newA == newB
            case (.revoked(let a), .revoked(let b)), (.lost(let a), .lost(let b)): a == b
            case (.failed(let a), .failed(let b)): a.description == b.description
            default: false
            }
        }
    }

    enum State: Equatable {
        /// No topics are wanted, or the group has been left.
        case outside
        /// To join when the time has come.
        case unjoined(retryAt: Int64)
        case joining
        /// Waiting for this member's own assignor.
        case assigning
        case syncing
        case stable
        /// Heartbeats go on until what is owned has been given back.
        case revoking
        case leaving
        case failed
    }

    struct Configuration {
        var groupID: String
        var instanceID: String?
        var sessionTimeout: Int64
        var heartbeatInterval: Int64
        var rebalanceTimeout: Int64
        var assignor: any PartitionAssignor
        /// Whether a static member that leaves says so, in place of keeping its partitions until its session times out.
        var staticMemberLeaves = false
        /// Whether members that share out partitions in another way are waited for.
        var waitsForOthers = false
        var retryPolicy: RetryPolicy
    }

    let configuration: Configuration
    /// How the group shares out partitions: as configured, or as its members of an earlier version do.
    private(set) var assignor: any PartitionAssignor
    /// Whether the group has agreed on the configured assignor while this member was in it. From then on nothing else is offered: who
    /// keeps partitions during rebalances must not find itself among members that take them at once.
    private var hasAgreed = false
    private(set) var state = State.outside
    private(set) var topics: [String] = []
    private(set) var memberID = ""
    private(set) var generation: Int32 = -1
    private(set) var owned: [TopicPartition] = []
    /// What stays when the revocation under way is acknowledged.
    private(set) var kept: [TopicPartition] = []
    /// What this member has given back for the rebalance under way: an assignor that leaves partitions where they are must know.
    private var givenBack: [TopicPartition] = []
    /// What comes besides then.
    private var gain: (MemberAssignment, new: [TopicPartition])?
    /// Who this member was when it last owned an assignment. What belongs to that one is fenced by it (KIP-447), also after
    /// the group has gone on.
    private(set) var lastIdentity: (memberID: String, generation: Int32)?
    /// Counts how often the group has gone on without this member: what it was given before is not its own any more, also if
    /// it has joined again since.
    private(set) var tenure = 0
    private(set) var isLeader = false
    private var pending: [Action] = []
    private var nextHeartbeat: Int64 = 0
    /// What others give back in a cooperative rebalance is shared out in a second one, for which nobody should have to wait.
    private var expectsRebalanceUntil = Int64.min
    private var isHeartbeatInFlight = false
    private var attempts = 0
    /// Join again once what is under way is done: the topics have changed, or the leader saw other partitions.
    private var mustRejoin = false

    init(_ configuration: Configuration) {
        self.configuration = configuration
        assignor = configuration.assignor
    }

    /// Whether the member is in the group and owns its assignment.
    var isStable: Bool { state == .stable }

    // MARK: What the owner wants

    /// Wants `topics` from now on.
    mutating func subscribe(_ topics: [String], now: Int64) {
        let names = topics.distinctNames()
        guard names != self.topics.map({ Name($0) }) || state == .outside else { return }
        self.topics = names.map(\.string)
        switch state {
        case .outside: state = .unjoined(retryAt: now)
        case .stable: giveBack(now: now)
        case .unjoined, .failed, .leaving: break
        case .joining, .assigning, .syncing, .revoking: mustRejoin = true
        }
    }

    /// Asks for a rebalance, such as when topics have other partitions than at the last.
    mutating func rejoin(now: Int64) {
        switch state {
        case .stable: giveBack(now: now)
        case .joining, .assigning, .syncing: mustRejoin = true
        default: break
        }
    }

    /// What was revoked has been committed and let go.
    mutating func revocationAcknowledged(now: Int64) {
        guard state == .revoking else { return }
        if !assignor.isCooperative { givenBack = owned }
        owned = kept
        kept = []
        if let (assignment, new) = gain, !new.isEmpty {
            owned = assignment.partitions
            pending.append(.extended(assignment, new: new))
        }
        gain = nil
        state = .unjoined(retryAt: now)
    }

    /// Leaves the group for good. A static member stays known until its session times out, so that it can return, unless
    /// it is to leave (`staticMemberLeaves`).
    mutating func leave() {
        switch state {
        case .outside, .failed, .leaving: return
        case .unjoined where memberID.isEmpty: state = .outside
        default:
            pending.removeAll()
            // Should it return, it begins anew.
            disown()
            if memberID.isEmpty || (configuration.instanceID != nil && !configuration.staticMemberLeaves) {
                state = .outside
                return
            }
            state = .leaving
            pending.append(
                .leave(
                    LeaveGroupRequest(
                        groupId: configuration.groupID,
                        members: [
                            LeaveGroupRequest.MemberIdentity(memberId: memberID, groupInstanceId: configuration.instanceID)
                        ])))
        }
    }

    // MARK: What is to be done

    /// The actions to carry out now, and when to ask again.
    mutating func poll(now: Int64) -> LoopStep<Action> {
        var step = LoopStep<Action>()
        if case .unjoined(let retryAt) = state {
            if retryAt <= now { join() } else { step.wake(at: retryAt) }
        }
        if state == .stable || state == .revoking || state == .assigning, !isHeartbeatInFlight {
            if nextHeartbeat <= now {
                isHeartbeatInFlight = true
                pending.append(
                    .heartbeat(
                        HeartbeatRequest(
                            groupId: configuration.groupID, generationId: generation, memberId: memberID,
                            groupInstanceId: configuration.instanceID)))
            } else {
                step.wake(at: nextHeartbeat)
            }
        }
        step.actions = pending
        pending = []
        return step
    }

    private mutating func join() {
        state = .joining
        mustRejoin = false
        let offered = [configuration.assignor] + (hasAgreed ? [] : [configuration.assignor.earlierForm].compactMap { $0 })
        let claimed = (owned + givenBack).byTopic().map {
            ConsumerProtocolSubscription.TopicPartition(topic: $0, partitions: $1.sorted())
        }
        do {
            let protocols = try offered.map { assignor in
                JoinGroupRequest.JoinGroupRequestProtocol(
                    name: assignor.name,
                    metadata: try ConsumerProtocolSubscription(
                        topics: topics, userData: assignor.subscriptionUserData(topics: topics, generation: generation),
                        ownedPartitions: claimed, generationId: generation
                    ).encoded())
            }
            pending.append(
                .join(
                    JoinGroupRequest(
                        groupId: configuration.groupID, sessionTimeoutMs: Int32(clamping: configuration.sessionTimeout),
                        rebalanceTimeoutMs: Int32(clamping: configuration.rebalanceTimeout), memberId: memberID,
                        groupInstanceId: configuration.instanceID, protocolType: "consumer", protocols: protocols)))
        } catch {
            fail(KafkaError.from(error, "write the subscription of group \(configuration.groupID)"))
        }
    }

    // MARK: What has happened

    mutating func joined(_ result: Result<JoinGroupResponse, KafkaError>, now: Int64, random: UInt64) {
        guard state == .joining else { return }
        let response: JoinGroupResponse
        switch result {
        case .failure(let error): return troubled(error, now: now, random: random)
        case .success(let answer): response = answer
        }
        let code = KafkaErrorCode(rawValue: response.errorCode)
        guard code == .none else {
            if code == .memberIdRequired {
                memberID = response.memberId
                state = .unjoined(retryAt: now)
                return
            }
            return refused(code, "join", now: now, random: random)
        }
        attempts = 0
        memberID = response.memberId
        generation = response.generationId
        isLeader = response.leader == response.memberId
        agree(on: response.protocolName)
        nextHeartbeat = now.saturatingAdd(configuration.heartbeatInterval)
        guard isLeader, !response.skipAssignment else { return sync([]) }
        do {
            let members = try response.members.map { member in
                let subscription = try ConsumerProtocolSubscription(decoding: member.metadata)
                return GroupMember(
                    id: member.memberId, instanceID: member.groupInstanceId, topics: subscription.topics,
                    ownedPartitions: subscription.ownedPartitions.flatMap { topic in
                        topic.partitions.map { TopicPartition(topic.topic, $0) }
                    }, generation: subscription.generationId, userData: subscription.userData)
            }
            state = .assigning
            pending.append(.computeAssignment(members))
        } catch {
            fail(KafkaError.from(error, "read the subscriptions of group \(configuration.groupID)"))
        }
    }

    /// The leader's assignor is done, or failed.
    mutating func assignmentComputed(
        _ result: Result<[String: MemberAssignment], KafkaError>, now: Int64, random: UInt64
    ) {
        guard state == .assigning else { return }
        do {
            let assignments = try result.get()
            sync(
                try assignments.map { member, assignment in
                    SyncGroupRequest.SyncGroupRequestAssignment(
                        memberId: member,
                        assignment: try ConsumerProtocolAssignment(
                            assignedPartitions: assignment.partitions.byTopic().map {
                                ConsumerProtocolAssignment.TopicPartition(topic: $0, partitions: $1.sorted())
                            }, userData: assignment.userData
                        ).encoded())
                }.sorted { $0.memberId < $1.memberId })
        } catch {
            let error = KafkaError.from(error, "share out the partitions of group \(configuration.groupID)")
            troubled(error, now: now, random: random)
        }
    }

    private mutating func sync(_ assignments: [SyncGroupRequest.SyncGroupRequestAssignment]) {
        state = .syncing
        pending.append(
            .sync(
                SyncGroupRequest(
                    groupId: configuration.groupID, generationId: generation, memberId: memberID,
                    groupInstanceId: configuration.instanceID, protocolType: "consumer",
                    protocolName: assignor.name, assignments: assignments)))
    }

    mutating func synced(_ result: Result<SyncGroupResponse, KafkaError>, now: Int64, random: UInt64) {
        guard state == .syncing else { return }
        switch result {
        case .failure(let error): troubled(error, now: now, random: random)
        case .success(let response) where response.errorCode != 0:
            refused(KafkaErrorCode(rawValue: response.errorCode), "take its share in", now: now, random: random)
        case .success(let response):
            do {
                let decoded =
                    response.assignment.isEmpty
                    ? ConsumerProtocolAssignment() : try ConsumerProtocolAssignment(decoding: response.assignment)
                attempts = 0
                let partitions = decoded.assignedPartitions.flatMap { topic in
                    topic.partitions.map { TopicPartition(topic.topic, $0) }
                }.sorted()
                state = .stable
                lastIdentity = (memberID, generation)
                if assignor.isCooperative { expectsRebalanceUntil = now.saturatingAdd(configuration.heartbeatInterval) }
                nextHeartbeat = now.saturatingAdd(heartbeatPause(now: now))
                take(MemberAssignment(partitions: partitions, userData: decoded.userData), now: now)
            } catch {
                fail(KafkaError.from(error, "read the assignment of group \(configuration.groupID)"))
            }
        }
    }

    mutating func heartbeatAnswered(_ result: Result<HeartbeatResponse, KafkaError>, generation: Int32, now: Int64) {
        isHeartbeatInFlight = false
        // An answer for an earlier generation says nothing about this one.
        guard state == .stable || state == .revoking || state == .assigning, generation == self.generation else {
            return
        }
        nextHeartbeat = now.saturatingAdd(heartbeatPause(now: now))
        switch result {
        case .failure(let error):
            if !error.isRetriable { return fail(error) }
            nextHeartbeat =
                now.saturatingAdd(
                    min(configuration.heartbeatInterval, configuration.retryPolicy.maximumBackoff.milliseconds))
        case .success(let response):
            let code = KafkaErrorCode(rawValue: response.errorCode)
            switch code {
            case .none: break
            case .rebalanceInProgress:
                if state == .stable { giveBack(now: now) }
            case _ where code.isRetriable:
                nextHeartbeat = now.saturatingAdd(configuration.retryPolicy.initialBackoff.milliseconds)
            default: refused(code, "stay in", now: now, random: 0)
            }
        }
    }

    private func heartbeatPause(now: Int64) -> Int64 {
        now < expectsRebalanceUntil ? max(1, configuration.heartbeatInterval / 30) : configuration.heartbeatInterval
    }

    mutating func left() {
        guard state == .leaving else { return }
        state = .outside
        memberID = ""
        generation = -1
        disown()
    }

    // MARK: Transitions

    /// The group has chosen among what its members offer.
    private mutating func agree(on name: String?) {
        if let earlier = configuration.assignor.earlierForm, name == earlier.name {
            assignor = earlier
        } else {
            assignor = configuration.assignor
            hasAgreed = true
        }
        // What a cooperative member claims as it joins is not given to others in the new generation.
        if assignor.isCooperative, !owned.isEmpty { lastIdentity = (memberID, generation) }
    }

    private mutating func take(_ assignment: MemberAssignment, now: Int64) {
        givenBack = []
        guard assignor.isCooperative else {
            owned = assignment.partitions
            pending.append(.assigned(assignment))
            if mustRejoin { giveBack(now: now) }
            return
        }
        let (before, after) = (Set(owned), Set(assignment.partitions))
        let new = assignment.partitions.filter { !before.contains($0) }
        if before.isSubset(of: after) {
            owned = assignment.partitions
            pending.append(.extended(assignment, new: new))
            if mustRejoin { giveBack(now: now) }
        } else {
            gain = (assignment, new)
            revoke(keeping: owned.filter { after.contains($0) })
        }
    }

    /// Before joining again: gives back all, or with a cooperative assignor what is not wanted any more.
    private mutating func giveBack(now: Int64) {
        mustRejoin = false
        let wanted = assignor.isCooperative ? Set(topics.map { Name($0) }) : []
        let stay = owned.filter { wanted.contains($0.topicName) }
        if owned.count == stay.count {
            state = .unjoined(retryAt: now)
        } else {
            revoke(keeping: stay)
        }
    }

    private mutating func revoke(keeping stay: [TopicPartition]) {
        state = .revoking
        kept = stay
        pending.append(.revoked(owned.filter { !stay.contains($0) }))
    }

    /// The coordinator answered with an error.
    private mutating func refused(_ code: KafkaErrorCode, _ what: String, now: Int64, random: UInt64) {
        switch code {
        case .unknownMemberId, .illegalGeneration:
            if code == .unknownMemberId { memberID = "" }
            generation = -1
            lose()
            state = .unjoined(retryAt: now)
        case .rebalanceInProgress:
            state = .unjoined(retryAt: now)
        case .inconsistentGroupProtocol where configuration.waitsForOthers:
            lose()
            state = .unjoined(retryAt: now.saturatingAdd(configuration.heartbeatInterval))
        case .fencedInstanceId:
            var error = KafkaError.broker(code, "\(what) group \(configuration.groupID)")
            error.message +=
                ": another member has come as instance \(configuration.instanceID ?? "") (group.instance.id); give each an id of its own"
            fail(error)
        default:
            troubled(.broker(code, "\(what) group \(configuration.groupID)"), now: now, random: random)
        }
    }

    /// Joins again later if that can help.
    private mutating func troubled(_ error: KafkaError, now: Int64, random: UInt64) {
        guard error.isRetriable else { return fail(error) }
        attempts += 1
        state = .unjoined(retryAt: now + configuration.retryPolicy.delay(afterAttempt: attempts, random: random))
    }

    private mutating func lose() {
        tenure += 1
        let lost = owned
        disown()
        if !lost.isEmpty { pending.append(.lost(lost)) }
    }

    private mutating func disown() {
        owned = []
        kept = []
        gain = nil
        givenBack = []
        hasAgreed = false
    }

    private mutating func fail(_ error: KafkaError) {
        lose()
        state = .failed
        var fatal = error
        fatal.isFatal = true
        pending.append(.failed(fatal))
    }
}
