internal import KafkaClient
internal import KafkaProtocol
internal import Millrace

/// All that has an application begin anew, worked out before anything is done.
struct ApplicationReset {
    let id: String
    let inputs: OffsetPlan
    let intermediates: OffsetPlan
    /// Partitions of topics that go, whose offsets would be taken for those of new topics.
    let forgotten: [TopicPartition]
    let topics: [String]
    let members: [GroupDescription.Member]
    let forces: Bool
    let state: (report: LocalStateReport, places: [String])?

    /// Throws `CommandFailure` for topics that are not there.
    init(
        _ id: String, _ topics: ApplicationTopics, _ target: OffsetTarget, forces: Bool, stateDirectory: String?,
        _ admin: AdminClient
    ) async throws {
        self.id = id
        self.forces = forces
        self.topics = topics.own
        members = try await admin.describeGroups([id])[Name(id)]?.members ?? []
        var partitions = try await admin.partitions(of: topics.inputs)
        if case .each(let offsets) = target { partitions.removeAll { offsets[$0] == nil } }
        inputs = try await OffsetPlan(target, for: partitions, of: id, admin)
        intermediates = try await OffsetPlan(
            .latest, for: admin.partitions(of: topics.intermediates), of: id, admin)
        let deleted = Set(topics.own.map { Name($0) })
        forgotten = try await admin.committedOffsets(of: id).keys.filter { deleted.contains($0.topicName) }.sorted()
        state = try stateDirectory.map {
            let report = LocalStateReport($0)
            return (report, try report.places(of: id))
        }
    }

    /// Throws `CommandFailure` while instances run and may not be put out.
    func checkMembers() throws {
        guard !members.isEmpty, !forces else { return }
        let names = members.map { $0.instanceID ?? $0.id }.sorted().joined(separator: ", ")
        throw CommandFailure(
            "application \(id) is running (\(names)): stop it, and wait until its sessions have timed out if it was killed, "
                + "or add --force"
        )
    }

    /// What is done, a row for each step.
    var listing: Listing {
        var listing = Listing("action", "name", "partition", "current", "new")
        for member in members where forces { listing.add("remove member", .text(member.instanceID ?? member.id)) }
        for plan in [inputs, intermediates] {
            for (partition, move) in plan.moves.sorted(by: { $0.key < $1.key }) {
                listing.add(
                    "move offset", .text(partition.topic), .init(partition.partition), .init(move.current), .init(move.new))
            }
        }
        for partition in forgotten { listing.add("delete offset", .text(partition.topic), .init(partition.partition)) }
        for topic in topics { listing.add("delete topic", .text(topic)) }
        for place in state?.places ?? [] { listing.add("delete local state", .text(place)) }
        return listing
    }

    /// Does it, in an order in which an attempt that is cut off can be made again. Throws `KafkaError`, `CommandFailure` if local
    /// state is in use.
    func execute(_ admin: AdminClient) async throws {
        if forces { try await admin.removeMembers(members, of: id) }
        // First, as it refuses while a process uses it.
        for place in state?.places ?? [] { _ = try state?.report.remove(place) }
        try await inputs.execute(for: id, admin)
        try await intermediates.execute(for: id, admin)
        if !forgotten.isEmpty { try await admin.deleteOffsets(of: id, forgotten) }
        try await admin.deleteTopics(topics)
    }
}
