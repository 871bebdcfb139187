import KafkaProtocol

/// A task that is to be given to an instance.
struct PlacedTask: Equatable {
    let id: TaskID
    let partitions: [TopicPartition]
    /// Whether it has state that an instance must read before it can go on with the task.
    let isStateful: Bool
}

/// Decides which instance has which task, which ones follow it, and what moves next (KIP-441). Without I/O, and the same
/// for the same input.
///
/// A stateful task that is to move goes only to an instance that is about as near to its changelogs' end as any: until then it
/// stays, or goes, where they are read furthest, and the other warms up.
struct TaskPlacement {
    struct Member {
        let id: Name
        var subscription: TaskSubscription?
        /// The tasks that it holds.
        var holds: Set<TaskID> = []
    }

    /// What a member gets.
    struct Share: Equatable {
        /// The tasks that are to be its own. One that another member holds goes over when that one has given it back.
        var active: [TaskID] = []
        /// The tasks that it is to follow, those that are to move here included.
        var standbys: Set<TaskID> = []
        /// The tasks that are to move here when it has caught up.
        var warmUps: Set<TaskID> = []
    }

    /// How many records an instance may be behind and still count as being at the end: Kafka's `acceptable.recovery.lag`.
    static let acceptableLag: Int64 = 10_000

    let tasks: [PlacedTask]
    let members: [Member]
    /// How many tasks may warm up besides standbys: Kafka's `max.warmup.replicas`. With zero tasks move at once.
    let mostWarmUps: Int

    private let holders: [Int?]
    private let ends: [TaskID: Int64]

    init(_ tasks: [PlacedTask], _ members: [Member], mostWarmUps: Int) {
        self.tasks = tasks
        self.members = members
        self.mostWarmUps = mostWarmUps
        holders = tasks.map { task in members.firstIndex { $0.holds.contains(task.id) } }
        ends = members.reduce(into: [:]) { ends, member in
            ends.merge(member.subscription?.progress ?? [:], uniquingKeysWith: max)
        }
    }

    /// By how much a member is behind whoever is furthest.
    private func lag(_ task: TaskID, _ member: Int) -> Int64 {
        (ends[task] ?? 0).saturatingSubtract(members[member].subscription?.progress[task] ?? 0)
    }

    private func isReady(_ task: TaskID, _ member: Int) -> Bool { lag(task, member) <= Self.acceptableLag }

    /// What each member gets.
    func shares() -> [Share] {
        var shares = members.map { _ in Share() }
        guard !members.isEmpty else { return shares }
        let balance = TaskBalance(tasks, homes: holders, memberCount: members.count) { task, member in
            tasks[task].isStateful ? lag(tasks[task].id, member) : 0
        }
        var seats: [Int] = []
        var moves: [(task: TaskID, to: Int)] = []
        for (number, task) in tasks.enumerated() {
            let goal = balance.places[number]
            var seat = goal
            if task.isStateful, mostWarmUps > 0, !isReady(task.id, goal) {
                let best = members.indices.min { lag(task.id, $0) < lag(task.id, $1) } ?? goal
                seat = holders[number].flatMap { isReady(task.id, $0) ? $0 : nil } ?? best
                moves.append((task.id, goal))
            }
            seats.append(seat)
            shares[seat].active.append(task.id)
            // Until its holder has given it back, who has followed it goes on doing so.
            let isHeldByOther = holders[number].map { $0 != seat } ?? false
            if isHeldByOther, task.isStateful, members[seat].subscription?.progress[task.id] != nil {
                shares[seat].standbys.insert(task.id)
            }
        }
        giveStandbys(
            &shares, seats, Dictionary(moves.map { ($0.task, $0.to) }, uniquingKeysWith: { first, _ in first }))
        // Those that are nearest first, so that they stay the same until they are done.
        var left = mostWarmUps
        for (task, member) in moves.sorted(by: { (lag($0.task, $0.to), $0.task) < (lag($1.task, $1.to), $1.task) }) {
            if !shares[member].standbys.contains(task) {
                guard left > 0 else { continue }
                left -= 1
                shares[member].standbys.insert(task)
            }
            shares[member].warmUps.insert(task)
        }
        return shares
    }

    // MARK: - Standbys

    private func giveStandbys(_ shares: inout [Share], _ seats: [Int], _ moves: [TaskID: Int]) {
        let wanted = Int(members.map { $0.subscription?.standbys ?? 0 }.max() ?? 0)
        let count = max(0, min(wanted, members.count - 1))
        guard count > 0 else { return }
        let stateful = tasks.indices.filter { tasks[$0].isStateful }
        // As many as a member should have.
        let room = (stateful.count * count + members.count - 1) / members.count
        for number in stateful {
            let task = tasks[number].id
            var chosen = [seats[number]]
            while chosen.count <= count {
                let best = members.indices.filter { !chosen.contains($0) }.min { left, right in
                    let (a, b) = (
                        cost(left, task, chosen, shares[left], room, moves),
                        cost(right, task, chosen, shares[right], room, moves)
                    )
                    return a.lexicographicallyPrecedes(b)
                }
                guard let best else { break }
                chosen.append(best)
                shares[best].standbys.insert(task)
            }
        }
    }

    /// What speaks against a member as the next one that has a task, the weightiest first.
    private func cost(
        _ member: Int, _ task: TaskID, _ chosen: [Int], _ share: Share, _ room: Int, _ moves: [TaskID: Int]
    ) -> [Int] {
        let own = members[member].subscription
        let others = chosen.compactMap { members[$0].subscription }
        let tagsInCommon = others.reduce(0) { count, other in
            count + (own?.rackTags.count { other.rackTags[$0.key] == $0.value } ?? 0)
        }
        return [
            others.count { $0.process == own?.process }, tagsInCommon, moves[task] == member ? 0 : 1,
            share.standbys.count >= room ? 1 : 0, isReady(task, member) ? 0 : 1, share.standbys.count,
            share.active.count,
        ]
    }
}
