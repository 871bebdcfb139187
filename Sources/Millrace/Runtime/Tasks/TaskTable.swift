import KafkaProtocol

/// Which tasks an instance has, and what has to be done so that they are those that it is to have. Without I/O: what the group
/// says and which tasks have ended goes in, steps come out.
///
/// A task that is to go on in the same way is not touched, whatever the group does meanwhile (KIP-429). One that changes is
/// ended first, and started anew in its new way when it has ended; so no task ever runs twice in one instance.
struct TaskTable {
    /// What an instance does with a task.
    enum Role: Hashable {
        /// It processes these partitions.
        case active([TopicPartition])
        /// It keeps the task's stores as they are in the changelogs.
        case standby

        /// What it processes; nil of a standby.
        var partitions: [TopicPartition]? { if case .active(let partitions) = self { partitions } else { nil } }
    }

    enum Step: Equatable {
        case start(TaskID, Role)
        case stop(TaskID, TaskRunner.Stop)
        /// The standby ends, and leaves its stores to the task that begins when it has.
        case promote(TaskID)
        /// What the group wanted back is given back.
        case acknowledgeRevocation
        /// The group is to say what becomes of a task that has ended of its own accord.
        case rejoin
    }

    /// What a task does that was told to end, until it has.
    enum Change: Error, Equatable {
        /// It commits a last time.
        case ends
        /// Its partitions are lost.
        case isDropped
        /// It is a standby, and its task begins here.
        case leavesStores
        /// It is a standby, and the instance is to follow it no more.
        case standbyEnds
    }

    private struct Entry {
        /// What it is to do.
        var wanted: Role?
        /// What it does, until its end is told.
        var present: Role?
        /// How it was told to end.
        var ending: TaskRunner.Stop?
        /// Whether it has ended of its own accord: the group decides whether it begins anew.
        var waitsForGroup = false
    }

    /// The topics that tasks read, by the number of their sub-topology.
    private var topics: [(subTopology: Int, topics: Set<Name>)] = []
    private var entries: [TaskID: Entry] = [:]
    private var owned: Set<TopicPartition> = []
    private var standbys: Set<TaskID> = []
    private var isRevoking = false
    private var isClosing = false

    /// A table without tasks. `topics` has the source topics of each sub-topology that has tasks.
    init(topics: [Int: [String]]) { setTopics(topics) }

    /// The source topics are these by now, as some are found by patterns.
    mutating func setTopics(_ topics: [Int: [String]]) {
        self.topics = topics.map { ($0.key, Set($0.value.map { Name($0) })) }
    }

    /// The tasks that are to process, in order.
    var active: [TaskID] {
        entries.filter { if case .active = $0.value.wanted { true } else { false } }.keys.sorted()
    }

    /// The tasks that are to be followed, in order.
    var followed: [TaskID] { entries.filter { $0.value.wanted == .standby }.keys.sorted() }

    /// The tasks that were told to end, and have not yet.
    var changes: [TaskID: Change] {
        entries.compactMapValues { entry in
            guard let ending = entry.ending else { return nil }
            if entry.present == .standby { return entry.wanted == nil ? .standbyEnds : .leavesStores }
            return ending == .lost ? .isDropped : .ends
        }
    }

    /// Whether nothing runs any more.
    var isEmpty: Bool { entries.isEmpty }

    // MARK: - What happens

    /// The group has given partitions besides those that the instance has, and the standbys that it is to have.
    mutating func assigned(_ partitions: [TopicPartition], standbys: Set<TaskID> = []) -> [Step] {
        guard !isClosing else { return [] }
        owned.formUnion(partitions)
        // They come from another instance, which may be wrong.
        self.standbys = standbys.filter { task in
            task.partition >= 0 && topics.contains { $0.subTopology == task.subTopology }
        }
        for id in entries.keys { entries[id]?.waitsForGroup = false }
        return settle()
    }

    /// The group wants partitions back. Of tasks that read partitions of topics which are `gone`, nothing can be committed.
    mutating func revoked(_ partitions: [TopicPartition], gone: Set<Name> = []) -> [Step] {
        owned.subtract(partitions)
        isRevoking = true
        return settle { $0.contains { gone.contains($0.topicName) } }
    }

    /// The group has gone on without the instance. Standbys are nobody else's, so they go on.
    mutating func lost() -> [Step] {
        owned = []
        isRevoking = false
        return settle { _ in true }
    }

    /// The instance ends: all tasks do, after a commit.
    mutating func close() -> [Step] {
        isClosing = true
        owned = []
        standbys = []
        return settle()
    }

    /// A task has ended, as it was told or of its own accord.
    mutating func ended(_ task: TaskID) -> [Step] {
        guard var entry = entries[task] else { return [] }
        let isOwnAccord = entry.ending == nil
        entry.waitsForGroup = isOwnAccord
        entry.present = nil
        entry.ending = nil
        entries[task] = entry
        return settle() + (isOwnAccord ? [.rejoin] : [])
    }

    // MARK: - What follows

    /// `isLost` says of which partitions nothing can be committed any more.
    private mutating func settle(isLost: ([TopicPartition]) -> Bool = { _ in false }) -> [Step] {
        let wanted = wantedRoles
        for id in wanted.keys where entries[id] == nil { entries[id] = Entry() }
        var stops: [Step] = []
        var starts: [Step] = []
        for id in entries.keys.sorted() {
            guard var entry = entries[id] else { continue }
            entry.wanted = wanted[id]
            if let present = entry.present {
                let mustEnd = present != entry.wanted && entry.ending == nil
                // What was to commit does not any more if its partitions are lost.
                let mustDrop = entry.ending != .lost && present.partitions.map(isLost) ?? false
                if mustEnd || mustDrop {
                    entry.ending = mustDrop ? .lost : .committing
                    let isPromotion = present == .standby && entry.wanted != nil
                    stops.append(isPromotion ? .promote(id) : .stop(id, mustDrop ? .lost : .committing))
                }
            } else if let role = entry.wanted {
                if !entry.waitsForGroup {
                    entry.present = role
                    starts.append(.start(id, role))
                }
            } else {
                entries[id] = nil
                continue
            }
            entries[id] = entry
        }
        if isRevoking, !isGivingBack {
            isRevoking = false
            starts.append(.acknowledgeRevocation)
        }
        return stops + starts
    }

    /// Whether a task that has partitions which are wanted back has yet to end.
    private var isGivingBack: Bool {
        entries.values.contains { entry in
            if case .active(let partitions) = entry.present { !owned.isSuperset(of: partitions) } else { false }
        }
    }

    /// What tasks are to do. Of a task that the instance has, its standby is nothing.
    private var wantedRoles: [TaskID: Role] {
        var roles = Dictionary(standbys.map { ($0, Role.standby) }, uniquingKeysWith: { first, _ in first })
        for (subTopology, topics) in topics {
            let own = owned.filter { topics.contains($0.topicName) }
            for (partition, members) in Dictionary(grouping: own, by: \.partition) {
                roles[TaskID(subTopology: subTopology, partition: partition)] = .active(members.sorted())
            }
        }
        return roles
    }
}
