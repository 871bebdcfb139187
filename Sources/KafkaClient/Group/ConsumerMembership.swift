import KafkaProtocol

/// A member of a consumer group in the consumer protocol (KIP-848), without I/O: it says in heartbeats what it wants and owns, and
/// the broker, which shares out the partitions, says in its answers what the member is to own.
///
/// What is not the member's any more it gives back first (`.revoked`, until `revocationAcknowledged`), and says so; what others
/// have to give back comes with a later answer. What stays goes on undisturbed. Where the group has gone on without it (a fenced epoch),
/// what it owned is `.lost`, and it joins again.
struct ConsumerMembership {
    typealias Action = Membership.Action

    enum State: Equatable {
        /// No topics are wanted, or the group has been left.
        case outside
        /// In the group, or on the way to it (epoch 0).
        case member
        /// Heartbeats go on until what is to go has been given back.
        case revoking
        case leaving
        case failed
    }

    struct Configuration {
        var groupID: String
        var instanceID: String?
        /// Which of the broker's assignors is asked for; nil leaves it to the broker.
        var serverAssignor: String?
        var rebalanceTimeout: Int64
        /// Whether a static member that leaves says so for good, in place of keeping its partitions until its session times out.
        var staticMemberLeaves = false
        var retryPolicy: RetryPolicy
    }

    /// In place of an epoch: the member leaves, or is away and comes back under its static name.
    private static let leavingEpoch: Int32 = -1
    private static let awayEpoch: Int32 = -2

    let configuration: Configuration
    private(set) var memberID: String
    private(set) var epoch: Int32 = 0
    private(set) var state = State.outside
    private(set) var topics: [String] = []
    private(set) var owned: [TopicPartition] = []
    /// What stays when the revocation under way is acknowledged.
    private(set) var kept: [TopicPartition] = []
    /// Who this member was when it was in the group last; what it owned is fenced by that.
    private(set) var lastIdentity: (memberID: String, generation: Int32)?
    /// Counts how often the group has gone on without this member.
    private(set) var tenure = 0
    /// What the broker wants it to own; nil until it has said so.
    private var target: [KafkaUUID: Set<Int32>]?
    private var names: [KafkaUUID: Name] = [:]
    /// The ids of the topics that are owned: one that was deleted and made again is another.
    private var ids: [Name: KafkaUUID] = [:]
    private var isNaming = false
    private var nameAgainAt = Int64.min
    /// What the broker has been told and has taken; nil where it is to be told again.
    private var toldTopics: [Name]?
    private var toldOwned: [TopicPartition]?
    /// What is in the heartbeat that is under way.
    private var telling: (epoch: Int32, topics: [Name]?, owned: [TopicPartition]?)?
    private var hasAssigned = false
    private var interval: Int64 = 5000
    private var nextHeartbeat: Int64 = 0
    private var attempts = 0
    private var pending: [Action] = []

    /// A member that has not joined. `memberID` is its own choice, unlike any other's (KIP-1082).
    init(_ configuration: Configuration, memberID: String) {
        self.configuration = configuration
        self.memberID = memberID
    }

    /// Whether the member is in the group and has nothing to give back.
    var isStable: Bool { state == .member && epoch > 0 }

    // MARK: What the owner wants

    /// Wants `topics` from now on.
    mutating func subscribe(_ topics: [String], now: Int64) {
        self.topics = topics.distinctNames().map(\.string)
        if state == .outside { state = .member }
        nextHeartbeat = now
    }

    /// What was revoked has been committed and let go.
    mutating func revocationAcknowledged(now: Int64) {
        guard state == .revoking else { return }
        state = .member
        own(kept)
        // Told also if it comes to the same: a topic that was made again has the names of the former one.
        toldOwned = nil
        kept = []
        nextHeartbeat = now
        reconcile(now: now)
    }

    /// Leaves the group for good. A static member stays known until its session times out, so that it can return, unless it
    /// is to leave (`staticMemberLeaves`).
    mutating func leave() {
        switch state {
        case .outside, .failed, .leaving: return
        case .member, .revoking:
            pending.removeAll()
            let wasIn = epoch > 0 || telling != nil
            disown()
            guard wasIn else {
                state = .outside
                return
            }
            state = .leaving
            let isAway = configuration.instanceID != nil && !configuration.staticMemberLeaves
            pending.append(
                .consumerHeartbeat(
                    ConsumerGroupHeartbeatRequest(
                        groupId: configuration.groupID, memberId: memberID,
                        memberEpoch: isAway ? Self.awayEpoch : Self.leavingEpoch, instanceId: configuration.instanceID)))
        }
    }

    // MARK: What is to be done

    /// The actions to carry out now, and when to ask again.
    mutating func poll(now: Int64) -> LoopStep<Action> {
        var step = LoopStep<Action>()
        if state == .member || state == .revoking {
            if telling == nil {
                if nextHeartbeat <= now { beat() } else { step.wake(at: nextHeartbeat) }
            }
            if !isNaming, !unnamed.isEmpty {
                if nameAgainAt <= now {
                    isNaming = true
                    pending.append(.nameTopics(unnamed))
                } else {
                    step.wake(at: nameAgainAt)
                }
            }
        }
        step.actions = pending
        pending = []
        return step
    }

    private mutating func beat() {
        let names = topics.map { Name($0) }
        let isJoining = epoch == 0
        let topics = toldTopics == names ? nil : names
        let owned = toldOwned == self.owned ? nil : self.owned
        telling = (epoch, topics, owned)
        pending.append(
            .consumerHeartbeat(
                ConsumerGroupHeartbeatRequest(
                    groupId: configuration.groupID, memberId: memberID, memberEpoch: epoch,
                    instanceId: configuration.instanceID,
                    rebalanceTimeoutMs: isJoining || toldTopics == nil ? Int32(clamping: configuration.rebalanceTimeout) : -1,
                    subscribedTopicNames: topics?.map(\.string),
                    serverAssignor: isJoining || toldTopics == nil ? configuration.serverAssignor : nil,
                    topicPartitions: owned.map { owned in
                        owned.byTopic().compactMap { topic, partitions in
                            ids[Name(topic)].map { .init(topicId: $0, partitions: partitions.sorted()) }
                        }
                    })))
    }

    // MARK: What has happened

    mutating func answered(_ result: Result<ConsumerGroupHeartbeatResponse, KafkaError>, now: Int64, random: UInt64) {
        guard state == .member || state == .revoking, let telling else { return }
        self.telling = nil
        switch result {
        case .failure(let error): troubled(error, now: now, random: random)
        case .success(let response) where response.errorCode != 0:
            refused(KafkaErrorCode(rawValue: response.errorCode), response.errorMessage, now: now, random: random)
        case .success(let response):
            attempts = 0
            if let id = response.memberId, !id.isEmpty { memberID = id }
            epoch = response.memberEpoch
            lastIdentity = (memberID, epoch)
            toldTopics = telling.topics ?? toldTopics
            toldOwned = telling.owned ?? toldOwned
            interval = max(10, Int64(response.heartbeatIntervalMs))
            // What has changed meanwhile is told at once.
            let isTold = toldTopics == topics.map { Name($0) } && toldOwned == owned
            nextHeartbeat = isTold ? now.saturatingAdd(interval) : now
            if let assignment = response.assignment {
                target = assignment.topicPartitions.reduce(into: [:]) { $0[$1.topicId, default: []].formUnion($1.partitions) }
            }
            reconcile(now: now)
        }
    }

    /// The names of topics have been looked up; those that are not known yet are looked up again.
    mutating func named(_ found: [KafkaUUID: Name], now: Int64, random: UInt64) {
        isNaming = false
        for (id, name) in found { names[id] = name }
        nameAgainAt = now.saturatingAdd(configuration.retryPolicy.delay(afterAttempt: unnamed.isEmpty ? 1 : 3, random: random))
        reconcile(now: now)
    }

    mutating func left() {
        guard state == .leaving else { return }
        state = .outside
        epoch = 0
    }

    // MARK: Transitions

    /// The topics of the target whose names are not known.
    private var unnamed: [KafkaUUID] {
        (target ?? [:]).keys.filter { names[$0] == nil }.sorted { ($0.high, $0.low) < ($1.high, $1.low) }
    }

    /// Goes from what is owned to what is to be owned, as far as names are known.
    private mutating func reconcile(now: Int64) {
        guard state == .member, let target else { return }
        var wanted: Set<TopicPartition> = []
        for (id, partitions) in target {
            guard let name = names[id], ids[name] ?? id == id else { continue }
            for partition in partitions where partition >= 0 { wanted.insert(TopicPartition(name, partition)) }
        }
        let stay = owned.filter { wanted.contains($0) }
        guard stay.count == owned.count else {
            state = .revoking
            kept = stay
            pending.append(.revoked(owned.filter { !wanted.contains($0) }))
            return
        }
        let new = wanted.subtracting(owned).sorted()
        // Whoever gets nothing is told so once, when all that it could get is known.
        guard !new.isEmpty || (!hasAssigned && unnamed.isEmpty) else { return }
        hasAssigned = true
        for id in target.keys { if let name = names[id], ids[name] == nil { ids[name] = id } }
        own(wanted.sorted())
        nextHeartbeat = now
        pending.append(.extended(MemberAssignment(partitions: owned), new: new))
    }

    private mutating func own(_ partitions: [TopicPartition]) {
        owned = partitions
        let topics = Set(partitions.map(\.topicName))
        ids = ids.filter { topics.contains($0.key) }
    }

    private mutating func refused(_ code: KafkaErrorCode, _ message: String?, now: Int64, random: UInt64) {
        let what = "stay in group \(configuration.groupID)"
        switch code {
        case .unknownMemberId, .fencedMemberEpoch:
            lose()
            state = .member
            nextHeartbeat = now
        case .unreleasedInstanceId:
            var error = KafkaError.broker(code, what)
            error.isRetriable = true
            troubled(error, now: now, random: random)
        default:
            var error = KafkaError.broker(code, what)
            if let message, !message.isEmpty { error.message += ": \(message)" }
            troubled(error, now: now, random: random)
        }
    }

    /// Tries again later if that can help, and tells everything anew then: who knows what has arrived.
    private mutating func troubled(_ error: KafkaError, now: Int64, random: UInt64) {
        guard error.isRetriable else { return fail(error) }
        attempts += 1
        toldTopics = nil
        toldOwned = nil
        nextHeartbeat = now.saturatingAdd(configuration.retryPolicy.delay(afterAttempt: attempts, random: random))
    }

    private mutating func lose() {
        tenure += 1
        let lost = owned
        disown()
        epoch = 0
        if !lost.isEmpty { pending.append(.lost(lost)) }
    }

    private mutating func disown() {
        own([])
        kept = []
        target = nil
        toldTopics = nil
        toldOwned = nil
        telling = nil
        hasAssigned = false
    }

    private mutating func fail(_ error: KafkaError) {
        lose()
        state = .failed
        var fatal = error
        fatal.isFatal = true
        pending.append(.failed(fatal))
    }
}
