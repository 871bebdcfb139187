import KafkaClient
import KafkaProtocol

/// Shares out tasks among an application's instances: whole tasks, so that all partitions with the same number of a
/// sub-topology's topics go to the same instance. Where they go, `TaskPlacement` decides.
///
/// Instances keep their tasks during a rebalance. One that is to go to another instance is given back first, and goes over in the
/// rebalance that this begins (KIP-429). Instances of an earlier version, which give everything back, can be in the
/// group while it is upgraded one by one.
struct TaskAssignor: PartitionAssignor {
    /// A sub-topology that has tasks.
    struct Group: Sendable {
        let subTopology: Int
        let topics: [String]
        /// It reads what matches these as well, of what its instances have found.
        var patterns: [TopicPattern] = []
        let isStateful: Bool
    }

    let groups: [Group]
    let board: TaskBoard
    /// Whether it is the form that earlier versions know.
    var isEarlier = false

    var name: String { isEarlier ? "millrace" : "millrace-tasks" }
    var isCooperative: Bool { !isEarlier }

    var earlierForm: (any PartitionAssignor)? {
        guard !isEarlier else { return nil }
        var earlier = self
        earlier.isEarlier = true
        return earlier
    }

    func subscriptionUserData(topics: [String], generation: Int32) -> Bytes? { board.subscription.encoded() }

    func onAssignment(_ assignment: MemberAssignment, generation: Int32) {
        board.assigned(TaskAssignment(decoding: assignment.userData))
    }

    func assign(members: [GroupMember], partitionCounts: [String: Int32]) -> [String: MemberAssignment] {
        let tasks = tasks(partitionCounts)
        let (accepted, refused) = admitted(members)
        let owners = CooperativeStickyAssignor.owners(members, partitionCounts)
        let placement = TaskPlacement(
            tasks,
            // Members that have names keep their places over restarts.
            accepted.sorted { Self.order($0.member) < Self.order($1.member) }.map { member, subscription in
                let own = Set(owners.filter { $0.value == Name(member.id) }.keys)
                let held = tasks.filter { !own.isDisjoint(with: $0.partitions) }.map(\.id)
                return TaskPlacement.Member(id: Name(member.id), subscription: subscription, holds: Set(held))
            }, mostWarmUps: isEarlier ? 0 : board.mostWarmUps)
        let partitions = Dictionary(uniqueKeysWithValues: tasks.map { ($0.id, $0.partitions) })
        let shares = placement.shares()
        let given = zip(placement.members, shares).map { member, share in
            share.active.flatMap { partitions[$0] ?? [] }.filter { partition in
                isEarlier || owners[partition] == nil || owners[partition] == member.id
            }
        }
        let instances = placement.members.indices.compactMap { number in
            placement.members[number].subscription.map { subscription in
                let given = Set(given[number])
                return TaskAssignment.Instance(
                    number: subscription.number, process: subscription.process, server: subscription.server,
                    tasks: Set(shares[number].active.filter { given.isSuperset(of: partitions[$0] ?? []) }),
                    standbys: shares[number].standbys)
            }
        }
        // What has moved since begins anew.
        let stopped = placement.members.reduce(into: Set<TaskID>()) { stopped, member in
            stopped.formUnion(member.subscription?.stopped.intersection(member.holds) ?? [])
        }
        var result: [String: MemberAssignment] = [:]
        for (member, (share, given)) in zip(placement.members, zip(shares, given)) {
            var data = TaskAssignment()
            if !isEarlier {
                data = TaskAssignment(standbys: share.standbys, warmUps: share.warmUps)
                data.instances = instances
                data.stopped = stopped
            }
            result[member.id.string] = MemberAssignment(partitions: given, userData: data.encoded())
        }
        for (member, refusal) in refused {
            result[member.id] = MemberAssignment(partitions: [], userData: TaskAssignment(refusal: refusal).encoded())
        }
        return result
    }

    private static func order(_ member: GroupMember) -> Name { Name(member.instanceID ?? member.id) }

    /// Who can take part, with what they say of themselves: nothing, if they are of an earlier version.
    private func admitted(
        _ members: [GroupMember]
    ) -> (accepted: [(member: GroupMember, TaskSubscription?)], refused: [(member: GroupMember, TaskRefusal)]) {
        var accepted: [(GroupMember, TaskSubscription?)] = []
        var refused: [(GroupMember, TaskRefusal)] = []
        for member in members {
            do throws(TaskRefusal) {
                let subscription = try member.userData.map { data throws(TaskRefusal) in
                    try TaskSubscription(decoding: data)
                }
                if let subscription, subscription.topology != board.topology { throw .topology }
                accepted.append((member, subscription))
            } catch {
                refused.append((member, error))
            }
        }
        return (accepted, refused)
    }

    private func tasks(_ partitionCounts: [String: Int32]) -> [PlacedTask] {
        groups.flatMap { group -> [PlacedTask] in
            var topics = group.topics
            if !group.patterns.isEmpty {
                let named = Set(groups.flatMap(\.topics))
                topics += partitionCounts.keys.filter { topic in
                    !named.contains(topic) && group.patterns.contains { $0.matches(topic) }
                }.sorted { Name($0) < Name($1) }
            }
            let count = topics.compactMap { partitionCounts[$0] }.max() ?? 0
            return (0..<max(0, count)).map { number in
                PlacedTask(
                    id: TaskID(subTopology: group.subTopology, partition: number),
                    partitions: topics.filter { number < partitionCounts[$0] ?? 0 }.map {
                        TopicPartition($0, number)
                    },
                    isStateful: group.isStateful)
            }
        }
    }
}
