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
        /// In the consumer protocol: joins, stays and leaves.
        case consumerHeartbeat(ConsumerGroupHeartbeatRequest)
        /// In the consumer protocol: find out what these topics are called, then call `named`.
        case nameTopics([KafkaUUID])
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
            case (.consumerHeartbeat(let a), .consumerHeartbeat(let b)): a == b
            case (.nameTopics(let a), .nameTopics(let b)): a == b
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
        /// Whether topics are found by a pattern, of which the leader may know more: what it gives is wanted.
        var findsTopics = false
        var retryPolicy: RetryPolicy
    }

    var configuration: Configuration
    /// How the group shares out partitions: as configured, or as its members of an earlier version do.
    var assignor: any PartitionAssignor
    /// Whether the group has agreed on the configured assignor while this member was in it. From then on nothing else is offered: who
    /// keeps partitions during rebalances must not find itself among members that take them at once.
    var hasAgreed = false
    var state = State.outside
    var topics: [String] = []
    var memberID = ""
    var generation: Int32 = -1
    var owned: [TopicPartition] = []
    /// What stays when the revocation under way is acknowledged.
    var kept: [TopicPartition] = []
    /// What this member has given back for the rebalance under way: an assignor that leaves partitions where they are must know.
    var givenBack: [TopicPartition] = []
    /// What comes besides then.
    var gain: (MemberAssignment, new: [TopicPartition])?
    /// Who this member was when it last owned an assignment. What belongs to that one is fenced by it (KIP-447), also after
    /// the group has gone on.
    var lastIdentity: (memberID: String, generation: Int32)?
    /// Counts how often the group has gone on without this member: what it was given before is not its own any more, also if
    /// it has joined again since.
    var tenure = 0
    var isLeader = false
    var pending: [Action] = []
    var nextHeartbeat: Int64 = 0
    /// What others give back in a cooperative rebalance is shared out in a second one, for which nobody should have to wait.
    var expectsRebalanceUntil = Int64.min
    var isHeartbeatInFlight = false
    var attempts = 0
    /// Join again once what is under way is done: the topics have changed, or the leader saw other partitions.
    var mustRejoin = false

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

    /// These are the topics that are wanted and there, as a pattern says. What is new makes the group rebalance; what is gone only if
    /// it is owned.
    mutating func found(_ topics: [String], now: Int64) {
        let names = topics.distinctNames()
        let wanted = Set(names)
        if state == .outside || !wanted.isSubset(of: self.topics.map { Name($0) }) || owned.contains(where: { !wanted.contains($0.topicName) }) {
            subscribe(topics, now: now)
        } else {
            self.topics = names.map(\.string)
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
}
