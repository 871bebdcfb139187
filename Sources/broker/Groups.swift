import KafkaClient
import KafkaProtocol
import MillraceCommandLine

let groupsCommand = Command(
    "groups", "Lists and describes consumer groups, moves their offsets and deletes them.", options: [.broker, .clientConfig],
    subcommands: [listGroups, describeGroups, resetOffsets, deleteOffsets, deleteGroups])

private let listGroups = Command(
    "list", "Lists the groups with their states and the protocol of their members.", options: [.json]
) { invocation in
    try await withAdmin(invocation) { admin in
        var listing = Listing("group", "state", "type")
        for group in try await admin.listGroups() {
            listing.add(.text(group.groupID), .text(group.state), .text(group.type))
        }
        try listing.print(asJSON: invocation.arguments.flag("json"))
    }
}

private let describeGroups = Command(
    "describe", "Shows the committed offset, the end and the lag of each partition, and who reads it.",
    options: [.json],
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
            try await describe(group, admin, to: output, asJSON: invocation.arguments.flag("json"))
        }
        try output.flush()
        let missing = wanted.filter { !known.contains(Name($0)) }
        guard missing.isEmpty else { throw CommandFailure("no such group: \(missing.joined(separator: ", "))") }
    }
}

private func describe(
    _ group: GroupDescription, _ admin: AdminClient, to output: OutputWriter, asJSON: Bool
) async throws {
    let columns = ["topic", "partition", "current", "end", "lag", "member"]
    var listing = Listing(asJSON ? ["group", "state"] + columns : columns)
    for row in try await admin.lags(of: group) {
        let cells: [Listing.Cell] = [
            .text(row.partition.topic), .init(row.partition.partition), .init(row.current), .init(row.end),
            .init(row.lag), .init(row.member.map { $0.instanceID ?? $0.id }),
        ]
        listing.add(row: asJSON ? [.text(group.groupID), .text(group.state)] + cells : cells)
    }
    let members = group.members.count
    listing.write(
        to: output, asJSON: asJSON, title: "\(group.groupID): \(group.state), \(members) member\(members == 1 ? "" : "s")")
}
