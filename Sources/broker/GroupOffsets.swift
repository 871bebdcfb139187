import KafkaClient
import KafkaProtocol
import MillraceCommandLine

private let group = CommandPositional("GROUP", "The group's id.")

private let topics = CommandOption(
    "topic", "TOPIC[:P,...]", "A topic, or some of its partitions. Default: all that the group has offsets of.",
    isRepeatable: true)

let resetOffsets = Command(
    "reset-offsets", "Moves the offsets of a group without members.",
    discussion: "Offsets before the first or behind the last record become those. Without --execute it is only shown.",
    options: OffsetTarget.options + [
        OffsetTarget.currentOption, topics, .execute, .json,
        .flag("export", "Prints the new offsets as lines that --from-file reads."),
    ],
    positionals: [group]
) { invocation in
    let arguments = invocation.arguments
    let id = arguments.positionals.first ?? ""
    guard let target = try await OffsetTarget.parse(arguments) else {
        let names = (OffsetTarget.options + [OffsetTarget.currentOption]).map { "--\($0.name)" }
        throw UsageError("say where to: \(names.joined(separator: ", "))")
    }
    try await withAdmin(invocation) { admin in
        let partitions = try await chosenPartitions(arguments.texts("topic"), target, of: id, admin)
        guard !partitions.isEmpty else { throw CommandFailure("group \(id) has no offsets: name topics with --topic") }
        let plan = try await OffsetPlan(target, for: partitions, of: id, admin)
        if arguments.flag("export") {
            let output = OutputWriter()
            output.write(plan.export)
            try output.flush()
        } else {
            try plan.listing.print(asJSON: arguments.flag("json"))
        }
        plan.tell(invocation.console)
        try await refuseMembers(of: id, admin)
        guard invocation.executes() else { return }
        try await plan.execute(for: id, admin)
        guard plan.unmoved.isEmpty else { throw CommandFailure("\(plan.unmoved.count) partitions could not be moved") }
    }
}

let deleteOffsets = Command(
    "delete-offsets", "Deletes offsets of topics that no member of the group reads.",
    options: [topics, .execute, .json], positionals: [group]
) { invocation in
    let arguments = invocation.arguments
    let id = arguments.positionals.first ?? ""
    try await withAdmin(invocation) { admin in
        let committed = try await admin.committedOffsets(of: id)
        let topics = arguments.texts("topic")
        let wanted = topics.isEmpty ? Array(committed.keys) : try await admin.partitions(named: topics)
        let partitions = wanted.filter { committed[$0] != nil }.sorted()
        var listing = Listing("topic", "partition", "current")
        for partition in partitions {
            listing.add(.text(partition.topic), .init(partition.partition), .init(committed[partition]?.offset))
        }
        try listing.print(asJSON: arguments.flag("json"))
        guard !partitions.isEmpty else { throw CommandFailure("group \(id) has no such offsets") }
        guard invocation.executes() else { return }
        try await admin.deleteOffsets(of: id, partitions)
    }
}

let deleteGroups = Command(
    "delete", "Deletes groups that have no members, with their offsets.", options: [.execute],
    positionals: [CommandPositional("GROUP", "The group's id.", isRepeatable: true)]
) { invocation in
    try await withAdmin(invocation) { admin in
        let groups = try await admin.describeGroups(invocation.arguments.positionals)
        for id in invocation.arguments.positionals {
            guard let group = groups[Name(id)], group.state != "Dead" else { throw CommandFailure("no such group: \(id)") }
            guard group.members.isEmpty else {
                throw CommandFailure("group \(id) has \(group.members.count) members: stop them first")
            }
        }
        guard invocation.executes() else { return }
        try await eachByItself(invocation.arguments.positionals, invocation.console) { id in
            try await admin.deleteGroups([id])
            return "deleted \(id)"
        }
    }
}

private func chosenPartitions(
    _ named: [String], _ target: OffsetTarget, of group: String, _ admin: AdminClient
) async throws -> [TopicPartition] {
    if !named.isEmpty { return try await admin.partitions(named: named) }
    if case .each(let offsets) = target {
        let partitions = offsets.keys.sorted()
        let existing = Set(try await admin.existing(partitions))
        let missing = partitions.filter { !existing.contains($0) }
        guard missing.isEmpty else {
            throw CommandFailure("no such partition: \(missing.map(\.description).joined(separator: ", "))")
        }
        return partitions
    }
    return try await admin.existing(Array(admin.committedOffsets(of: group).keys))
}

/// Throws `CommandFailure` if the group has members, whose offsets are their own.
private func refuseMembers(of id: String, _ admin: AdminClient) async throws {
    let members = try await admin.describeGroups([id])[Name(id)]?.members ?? []
    guard members.isEmpty else {
        throw CommandFailure("group \(id) has \(members.count) member\(members.count == 1 ? "" : "s"): stop them first")
    }
}
