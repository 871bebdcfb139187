import KafkaClient
import KafkaProtocol
import MillraceCommandLine

let groupsCommand = Command(
    "groups", "Lists and describes consumer groups.", options: [.broker, .clientConfig], subcommands: [listGroups, describeGroups])

private let listGroups = Command("list", "Lists the groups with their states and the protocol of their members.") { invocation in
    try await withAdmin(invocation) { admin in
        var table = TextTable(["group", "state", "type"])
        for group in try await admin.listGroups() { table.add([group.groupID, group.state, group.type]) }
        let output = OutputWriter()
        if !table.isEmpty { output.write(table.text()) }
        try output.flush()
    }
}

private let describeGroups = Command(
    "describe", "Shows the committed offset, the end and the lag of each partition, and who reads it.",
    positionals: [
        CommandPositional("GROUP", "The group's id. Default: all groups.", isRepeatable: true, isOptional: true)
    ]
) { invocation in
    let wanted = invocation.arguments.positionals
    try await withAdmin(invocation) { admin in
        let all = try await admin.listGroups().map(\.groupID)
        let known = Set(all.map { Name($0) })
        let shown = wanted.isEmpty ? all : wanted.filter { known.contains(Name($0)) }
        let groups = try await admin.describeGroups(shown)
        let output = OutputWriter()
        for id in shown {
            guard let group = groups[Name(id)] else { continue }
            try await describe(group, admin, to: output)
        }
        try output.flush()
        let missing = wanted.filter { !known.contains(Name($0)) }
        guard missing.isEmpty else { throw CommandFailure("no such group: \(missing.joined(separator: ", "))") }
    }
}

private func describe(_ group: GroupDescription, _ admin: AdminClient, to output: OutputWriter) async throws {
    let committed = try await admin.committedOffsets(of: group.groupID)
    var readers: [TopicPartition: String] = [:]
    for member in group.members {
        for partition in member.assignment { readers[partition] = member.instanceID ?? member.id }
    }
    let partitions = Set(committed.keys).union(readers.keys).sorted()
    // A topic may be gone while the group's offsets for it are still there.
    let topics = try await admin.describeTopics(partitions.map(\.topic).distinctNames().map(\.string))
    let existing = partitions.filter { partition in
        topics[partition.topic]?.partitions.contains { $0.partition == partition.partition } == true
    }
    let ends = try await admin.listOffsets(Dictionary(uniqueKeysWithValues: existing.map { ($0, .latest) }))
    let members = group.members.count
    output.writeLine("\(group.groupID): \(group.state), \(members) member\(members == 1 ? "" : "s")")
    var table = TextTable(["topic", "partition", "current", "end", "lag", "member"])
    for partition in partitions {
        let current = committed[partition]?.offset
        let end = ends[partition]?.offset
        let lag = current.flatMap { current in end.map { max($0 - current, 0) } }
        table.add([
            partition.topic, "\(partition.partition)", current.map(String.init) ?? "-", end.map(String.init) ?? "-",
            lag.map(String.init) ?? "-", readers[partition] ?? "-",
        ])
    }
    if !table.isEmpty { output.write(table.text(indent: "  ")) }
}
