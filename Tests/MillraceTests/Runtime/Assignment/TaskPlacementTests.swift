import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct TaskPlacementTests {
    static func id(_ partition: Int32, _ subTopology: Int = 0) -> TaskID {
        TaskID(subTopology: subTopology, partition: partition)
    }

    static func tasks(_ count: Int32, _ subTopology: Int = 0, isStateful: Bool = true) -> [PlacedTask] {
        (0..<count).map {
            PlacedTask(
                id: id($0, subTopology), partitions: [TopicPartition("in\(subTopology)", $0)], isStateful: isStateful)
        }
    }

    /// An instance that holds tasks, and has changelogs up to offsets of these sums.
    static func member(
        _ name: String, holds: [TaskID] = [], progress: [TaskID: Int64] = [:], standbys: Int32 = 0,
        process: String? = nil,
        tags: [Name: Name] = [:]
    ) -> TaskPlacement.Member {
        var subscription = TaskSubscription(process: Name(process ?? name), topology: 1)
        subscription.progress = progress
        subscription.standbys = standbys
        subscription.rackTags = tags
        return TaskPlacement.Member(id: Name(name), subscription: subscription, holds: Set(holds))
    }

    static func shares(_ tasks: [PlacedTask], _ members: [TaskPlacement.Member], mostWarmUps: Int = 2) -> [TaskPlacement
        .Share]
    {
        TaskPlacement(tasks, members, mostWarmUps: mostWarmUps).shares()
    }

    // MARK: - Balance

    @Test func `a third instance takes its share from the two that have all`() {
        for count: Int32 in 1...12 {
            let tasks = Self.tasks(count)
            let two = Self.shares(tasks, [Self.member("a"), Self.member("b")]).map(\.active)
            let three = Self.shares(
                tasks, [Self.member("a", holds: two[0]), Self.member("b", holds: two[1]), Self.member("c")]
            ).map(\.active)
            let counts = three.map(\.count).sorted()
            #expect(counts.reduce(0, +) == count && counts[2] - counts[0] <= 1, "\(count): \(counts)")
            for member in 0..<2 { #expect(Set(three[member]).isSubset(of: two[member])) }
        }
    }

    @Test func `of each sub-topology a second instance gets its share, and of stateful tasks`() {
        let tasks = Self.tasks(4) + Self.tasks(4, 1, isStateful: false) + Self.tasks(3, 2)
        let shares = Self.shares(tasks, [Self.member("a", holds: tasks.map(\.id)), Self.member("b")])
        for share in shares {
            for group in 0..<2 { #expect(share.active.count { $0.subTopology == group } == 2) }
            #expect((1...2).contains(share.active.count { $0.subTopology == 2 }))
        }
    }

    /// What is the case when everything has been given back and taken over.
    func settle(_ tasks: [PlacedTask], _ members: [TaskPlacement.Member]) -> (
        rounds: Int, members: [TaskPlacement.Member]
    )? {
        var members = members
        for round in 1...10 {
            let shares = Self.shares(tasks, members)
            let held = Set(members.flatMap(\.holds))
            var next = members
            for (number, share) in shares.enumerated() {
                next[number].holds = Set(
                    share.active.filter { members[number].holds.contains($0) || !held.contains($0) })
                // Warm-ups catch up meanwhile.
                for task in share.standbys { next[number].subscription?.progress[task] = 1_000_000 }
                for task in next[number].holds { next[number].subscription?.progress[task] = 1_000_000 }
            }
            if next.map(\.holds) == members.map(\.holds), shares.allSatisfy(\.warmUps.isEmpty) { return (round, next) }
            members = next
        }
        return nil
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `from any state rebalances come to an end, with all tasks shared out evenly`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let groups = Int.random(in: 1...4, using: &random)
        let tasks = (0..<groups).flatMap { group in
            Self.tasks(Int32.random(in: 1...4, using: &random), group, isStateful: Bool.random(using: &random))
        }
        var members = (0..<Int.random(in: 1...5, using: &random)).map { Self.member("m\($0)") }
        for task in tasks {
            let holder = Int.random(in: 0...members.count, using: &random)
            if holder < members.count { members[holder].holds.insert(task.id) }
            for member in members.indices where Bool.random(using: &random) {
                members[member].subscription?.progress[task.id] = Int64.random(in: 0...1_000_000, using: &random)
            }
        }
        guard let (_, settled) = settle(tasks, members) else {
            Issue.record("seed \(seed): rebalances do not end")
            return
        }
        #expect(settled.flatMap(\.holds).count == tasks.count && Set(settled.flatMap(\.holds)).count == tasks.count)
        func isEven(_ isCounted: (TaskID) -> Bool) -> Bool {
            let counts = settled.map { $0.holds.count(where: isCounted) }
            return (counts.max() ?? 0) - (counts.min() ?? 0) <= 1
        }
        let stateful = Set(tasks.filter(\.isStateful).map(\.id))
        for group in 0..<groups { #expect(isEven { $0.subTopology == group }, "seed \(seed)") }
        #expect(isEven { stateful.contains($0) } && isEven { _ in true }, "seed \(seed)")
    }

    // MARK: - State

    @Test func `a task with much state goes over when the other instance has caught up with it`() {
        let tasks = Self.tasks(2)
        let progress: [TaskID: Int64] = [Self.id(0): 50_000, Self.id(1): 50_000]
        let holder = Self.member("a", holds: [Self.id(0), Self.id(1)], progress: progress)
        let cold = Self.shares(tasks, [holder, Self.member("b")])
        #expect(cold[0].active == [Self.id(0), Self.id(1)] && cold[1].active.isEmpty)
        #expect(cold[1].warmUps.count == 1 && cold[1].standbys == cold[1].warmUps)
        guard let task = cold[1].warmUps.first else { return }
        for (behind, moves) in [(10_001, false), (10_000, true)] as [(Int64, Bool)] {
            let warm = Self.shares(tasks, [holder, Self.member("b", progress: [task: 50_000 - behind])])
            #expect(warm[1].active == (moves ? [task] : []) && warm[1].warmUps.isEmpty == moves)
            // It goes on following until it is given the task.
            #expect(warm[1].standbys == [task])
        }
    }

    @Test func `a task with little state goes over at once`() {
        let progress: [TaskID: Int64] = [Self.id(0): 10_000, Self.id(1): 10_000]
        let holder = Self.member("a", holds: [Self.id(0), Self.id(1)], progress: progress)
        let shares = Self.shares(Self.tasks(2), [holder, Self.member("b")])
        #expect(shares.map(\.active.count) == [1, 1] && shares[1].warmUps.isEmpty)
    }

    @Test func `few tasks warm up at a time, those that are nearest first`() {
        let tasks = Self.tasks(8)
        let full = Dictionary(uniqueKeysWithValues: tasks.map { ($0.id, Int64(100_000)) })
        let holder = Self.member("a", holds: tasks.map(\.id), progress: full)
        let first = Self.shares(tasks, [holder, Self.member("b")])
        #expect(first[0].active.count == 8 && first[1].warmUps.count == 2)
        let under = Dictionary(uniqueKeysWithValues: first[1].warmUps.map { ($0, Int64(40_000)) })
        #expect(Self.shares(tasks, [holder, Self.member("b", progress: under)])[1].warmUps == first[1].warmUps)
    }

    @Test func `of an instance that is gone the tasks go to who is least behind`() {
        let tasks = Self.tasks(4)
        let standby = Dictionary(uniqueKeysWithValues: tasks.map { ($0.id, Int64(80_000)) })
        let shares = Self.shares(tasks, [Self.member("a"), Self.member("b", progress: standby)])
        #expect(shares[1].active.count == 4 && shares[0].warmUps.count == 2)
    }

    @Test func `an instance that comes back gets the tasks that it has on disk`() {
        let tasks = Self.tasks(4)
        let all = Dictionary(uniqueKeysWithValues: tasks.map { ($0.id, Int64(80_000)) })
        let back = Self.member("b", progress: [Self.id(1): 79_000, Self.id(2): 79_000])
        let shares = Self.shares(tasks, [Self.member("a", holds: tasks.map(\.id), progress: all), back])
        #expect(Set(shares[1].active) == [Self.id(1), Self.id(2)] && shares[1].warmUps.isEmpty)
    }

    @Test func `without any state anywhere tasks are shared out evenly`() {
        #expect(
            Self.shares(Self.tasks(5), [Self.member("a"), Self.member("b")]).map(\.active.count).sorted() == [2, 3])
    }

    // MARK: - Standbys

    @Test func `each stateful task has its standbys, on other instances, evenly`() {
        let tasks = Self.tasks(6) + Self.tasks(6, 1, isStateful: false)
        for standbys: Int32 in 0...4 {
            let members = ["a", "b", "c"].map { Self.member($0, standbys: standbys) }
            let shares = Self.shares(tasks, members)
            for share in shares { #expect(share.standbys.isDisjoint(with: share.active)) }
            let all = shares.flatMap(\.standbys)
            #expect(all.count == 6 * Int(min(standbys, 2)) && all.allSatisfy { $0.subTopology == 0 })
            #expect(Set(shares.map(\.standbys.count)).count == 1)
        }
    }

    @Test func `standbys avoid the task's process, and its rack first of all others`() {
        let members = [
            Self.member("a", standbys: 1, process: "p", tags: ["zone": "x"]),
            Self.member("b", standbys: 1, process: "p", tags: ["zone": "y"]),
            Self.member("c", standbys: 1, process: "q", tags: ["zone": "x"]),
            Self.member("d", standbys: 1, process: "r", tags: ["zone": "y"]),
        ]
        let shares = Self.shares(Self.tasks(4), members)
        for (number, share) in shares.enumerated() {
            for task in share.standbys {
                guard let owner = shares.firstIndex(where: { $0.active.contains(task) }) else { continue }
                let (own, other) = (members[number].subscription, members[owner].subscription)
                #expect(own?.process != other?.process && own?.rackTags != other?.rackTags)
            }
        }
        #expect(shares.flatMap(\.standbys).count == 4)
    }

    @Test func `standbys stay where they are`() {
        let tasks = Self.tasks(6)
        let members = ["a", "b", "c"].map { Self.member($0, standbys: 1) }
        let first = Self.shares(tasks, members)
        let again = zip(members, first).map { member, share in
            var member = member
            member.holds = Set(share.active)
            for task in share.active + Array(share.standbys) { member.subscription?.progress[task] = 90_000 }
            return member
        }
        #expect(Self.shares(tasks, again) == first)
    }
}
