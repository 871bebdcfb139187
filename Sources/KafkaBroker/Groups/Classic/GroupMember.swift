internal import KafkaProtocol

/// Names a join or a sync that waits for its answer.
typealias ReplyTicket = UInt64

/// A member of a consumer group.
struct GroupMember: Equatable, Sendable {
    /// An assignment protocol the member knows, with what it has to say in it.
    struct GroupProtocol: Equatable, Sendable {
        var name: Name
        var metadata: Bytes
    }

    var id: Name
    var instanceID: Name?
    var clientID: String
    var clientHost: String
    /// Whether the member lives in the broker's own process, so that it cannot outlive it.
    var isInProcess: Bool
    /// Milliseconds without a sign of life after which the member is out.
    var sessionTimeout: Int64
    /// Milliseconds the member has to join again when the group rebalances.
    var rebalanceTimeout: Int64
    /// What the member supports, dearest first.
    var protocols: [GroupProtocol]
    /// What the leader gave the member in this generation.
    var assignment = Bytes()

    /// Members are ordered by when they came.
    var ordinal: UInt64 = 0
    var sessionDeadline: Int64 = 0
    /// The join that is answered when the rebalance completes.
    var awaitingJoin: ReplyTicket?
    /// The sync that is answered when the leader has assigned.
    var awaitingSync: ReplyTicket?
    /// Whether the member asked for its assignment in this generation.
    var hasSynced = false

    /// A member that waits for the group is alive by definition.
    var isWaiting: Bool { awaitingJoin != nil || awaitingSync != nil }

    func metadata(of protocolName: Name?) -> Bytes {
        protocols.first { $0.name == protocolName }?.metadata ?? Bytes()
    }
}

/// A wish to join a group.
struct JoinEvent: Sendable {
    /// Empty for a member that is new.
    var memberID: Name = ""
    var instanceID: Name?
    var clientID = ""
    var clientHost = ""
    var isInProcess = false
    var sessionTimeout: Int64 = 10_000
    var rebalanceTimeout: Int64 = 60_000
    var protocolType: Name = "consumer"
    var protocols: [GroupMember.GroupProtocol] = []
    /// Version 4 and later: a new member first gets an id and joins again with it (KIP-394).
    var requiresKnownMemberID = false
    /// Version 9 and later: the leader can be told that no assignment is wanted (KIP-814).
    var canSkipAssignment = false
    /// The id a new member gets.
    var freshMemberID: Name = ""
}

/// What a join is answered with.
struct JoinResult: Equatable, Sendable {
    struct Member: Equatable, Sendable {
        var id: Name
        var instanceID: Name?
        var metadata: Bytes
    }

    var error: KafkaErrorCode = .none
    var generation: Int32 = -1
    var protocolType: Name?
    var protocolName: Name?
    var leader: Name = ""
    var memberID: Name = ""
    var skipAssignment = false
    /// All members with their metadata; only the leader is told.
    var members: [Member] = []
}

/// What a sync is answered with.
struct SyncResult: Equatable, Sendable {
    var error: KafkaErrorCode = .none
    var protocolType: Name?
    var protocolName: Name?
    var assignment = Bytes()
}

/// What the shell has to do after an event.
enum GroupAction: Equatable, Sendable {
    case answerJoin(ReplyTicket, JoinResult)
    case answerSync(ReplyTicket, SyncResult)
    /// Generation, members or assignments changed: write them down before anything is answered.
    case persist
}
