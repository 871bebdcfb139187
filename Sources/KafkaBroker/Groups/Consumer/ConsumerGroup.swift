internal import KafkaProtocol

/// The membership of a group as a state machine of the consumer protocol (KIP-848): the group assigns, its members say in
/// heartbeats what they have and learn what they are to have.
///
/// Three epochs count: the group's grows when what has to be assigned changes, that of the target when it was assigned, and
/// a member's when the member has gone over to it. It holds no clock, no lock and no file; what has to be written is in
/// `changes`.
struct ConsumerGroup: Sendable {
    enum State: String, Sendable {
        /// No members; offsets may be there.
        case empty = "Empty"
        /// What there is to assign has changed; it is assigned with the next heartbeat.
        case assigning = "Assigning"
        /// Members go over to what they were assigned.
        case reconciling = "Reconciling"
        /// Everyone has what it should.
        case stable = "Stable"
    }

    struct Settings: Sendable {
        /// Milliseconds without a heartbeat after which a member is out.
        var sessionTimeout: Int64 = 45_000
        var maximumSize = Int.max
    }

    /// When a member is out unless it says something.
    struct Deadlines: Sendable {
        var session: Int64
        /// Until when it must have given partitions up, or, of the classic protocol, have joined or synced.
        var rebalance: Int64?
    }

    let settings: Settings
    private(set) var epoch: Int32 = 0
    private(set) var assignmentEpoch: Int32 = 0
    private(set) var members: [Name: ConsumerMember] = [:]
    /// Which member a static instance is (KIP-345).
    private(set) var staticMembers: [Name: Name] = [:]
    /// What each member is to have.
    private(set) var target: [Name: Set<TopicIDPartition>] = [:]
    /// Who has a partition or has yet to give it up.
    private(set) var owners: [TopicIDPartition: Name] = [:]
    var deadlines: [Name: Deadlines] = [:]
    /// The topics that match each pattern of the members.
    var matches: [Name: Set<Name>] = [:]
    /// The version of the topics that was looked at last.
    var lookedAt: UInt64?
    private(set) var changes = Changes()

    init(settings: Settings) { self.settings = settings }

    var state: State {
        if members.isEmpty { return .empty }
        if epoch > assignmentEpoch { return .assigning }
        return members.values.allSatisfy(isReconciled) ? .stable : .reconciling
    }

    func isReconciled(_ member: ConsumerMember) -> Bool {
        member.current.state == .stable && member.current.epoch == assignmentEpoch
    }

    /// The earliest moment at which `expire` has something to do.
    var nextDeadline: Int64? {
        deadlines.values.lazy.map { min($0.session, $0.rebalance ?? .max) }.min()
    }

    // MARK: Changes

    /// Takes a new or changed member.
    mutating func put(_ member: ConsumerMember) {
        let old = members[member.id]
        guard old != member else { return }
        if old?.subscription != member.subscription {
            if let instance = old?.subscription.instanceID, staticMembers[instance] == member.id {
                staticMembers[instance] = nil
            }
            if let instance = member.subscription.instanceID { staticMembers[instance] = member.id }
            changes.subscriptions.insert(member.id)
        }
        if old?.current != member.current {
            disown(old)
            for partition in member.current.assigned.union(member.current.revoking) { owners[partition] = member.id }
            changes.assignments.insert(member.id)
        }
        members[member.id] = member
    }

    mutating func remove(_ id: Name) {
        guard let member = members.removeValue(forKey: id) else { return }
        disown(member)
        if let instance = member.subscription.instanceID, staticMembers[instance] == id { staticMembers[instance] = nil }
        deadlines[id] = nil
        setTarget(of: id, to: nil)
        changes.subscriptions.insert(id)
        changes.assignments.insert(id)
    }

    private mutating func disown(_ member: ConsumerMember?) {
        guard let member else { return }
        for partition in member.current.assigned.union(member.current.revoking) where owners[partition] == member.id {
            owners[partition] = nil
        }
    }

    mutating func setTarget(of id: Name, to partitions: Set<TopicIDPartition>?) {
        guard target[id] != partitions else { return }
        target[id] = partitions
        changes.targets.insert(id)
    }

    mutating func setEpoch(_ epoch: Int32) {
        self.epoch = epoch
        changes.epoch = true
    }

    mutating func setAssignmentEpoch(_ epoch: Int32) {
        assignmentEpoch = epoch
        changes.assignmentEpoch = true
    }

    /// What has changed since the last call.
    mutating func takeChanges() -> Changes {
        defer { changes = Changes() }
        return changes
    }

    /// What has changed since it was written down.
    struct Changes: Equatable, Sendable {
        var epoch = false
        var assignmentEpoch = false
        /// Members.
        var subscriptions: Set<Name> = []
        var assignments: Set<Name> = []
        var targets: Set<Name> = []
    }
}
