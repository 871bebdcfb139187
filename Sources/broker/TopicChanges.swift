import KafkaClient
import KafkaProtocol
import MillraceCommandLine

let alterTopics = Command(
    "alter", "Changes configs of topics; others stay as they are.", options: CommandOption.configChanges,
    positionals: [CommandPositional("TOPIC", "The topic's name.", isRepeatable: true)]
) { invocation in
    let changes = try invocation.arguments.configChanges()
    try await withAdmin(invocation) { admin in
        try await eachByItself(invocation.arguments.positionals, invocation.console) { name in
            try await admin.alterConfigs(.topic(name), changes)
            return "changed \(name)"
        }
    }
}

let addPartitions = Command(
    "add-partitions", "Gives topics more partitions. Keys may go to other partitions from then on.",
    options: [
        CommandOption(
            "partitions", "N", "How many partitions each shall have.", kind: .integer(1...100_000), isRequired: true)
    ],
    positionals: [CommandPositional("TOPIC", "The topic's name.", isRepeatable: true)]
) { invocation in
    let count = Int32(invocation.arguments.integer("partitions") ?? 1)
    try await withAdmin(invocation) { admin in
        try await eachByItself(invocation.arguments.positionals, invocation.console) { name in
            try await admin.createPartitions([name: count])
            return "\(name) has \(countText(count))"
        }
    }
}

let deleteRecords = Command(
    "delete-records", "Deletes the first records of partitions.",
    options: [
        CommandOption("before", "N", "Those before this offset.", kind: .integer(0...Int.max)),
        CommandOption(
            "before-datetime", "TIME",
            "Those before the first record of this time or a later one: 2026-11-28T09:30:00Z, or milliseconds since 1970.",
            kind: .checked { _ = try Datetime(parsing: $0) }),
        .flag("all", "All records."),
        CommandOption(
            "from-file", "FILE", "What the lines topic,partition,offset of a file say; - is standard input."),
        .execute, .json,
    ],
    positionals: [
        CommandPositional(
            "TOPIC[:P,...]", "A topic, or some of its partitions. Default: all that the file names.", isRepeatable: true,
            isOptional: true)
    ]
) { invocation in
    let arguments = invocation.arguments
    let target = try await deletionTarget(arguments)
    try await withAdmin(invocation) { admin in
        var named = arguments.positionals
        if case .each(let offsets) = target, named.isEmpty {
            named = offsets.keys.sorted().map { "\($0.topic):\($0.partition)" }
        }
        guard !named.isEmpty else { throw UsageError("TOPIC is missing") }
        let partitions = try await admin.partitions(named: named)
        // As for a group that has read nothing: behind what is deleted.
        let plan = try await OffsetPlan(target, for: partitions, of: "", admin)
        let starts = try await admin.listOffsets(Dictionary(uniqueKeysWithValues: partitions.map { ($0, .earliest) }))
        var listing = Listing("topic", "partition", "start", "newStart", "records")
        for (partition, move) in plan.moves.sorted(by: { $0.key < $1.key }) {
            let start = starts[partition]?.offset ?? 0
            listing.add(
                .text(partition.topic), .init(partition.partition), .init(start), .init(move.new),
                .init(max(0, move.new.saturatingSubtract(start))))
        }
        try listing.print(asJSON: arguments.flag("json"))
        plan.tell(invocation.console)
        guard invocation.executes() else { return }
        _ = try await admin.deleteRecords(before: plan.moves.mapValues(\.new))
    }
}

private func deletionTarget(_ arguments: ParsedArguments) async throws -> OffsetTarget {
    var targets: [OffsetTarget] = []
    if arguments.flag("all") { targets.append(.latest) }
    if let offset = arguments.integer("before") { targets.append(.offset(Int64(offset))) }
    if let text = arguments.text("before-datetime") { targets.append(.time(try Datetime(parsing: text).milliseconds)) }
    if let file = try await OffsetTarget.file(arguments) { targets.append(file) }
    guard let target = targets.first, targets.count == 1 else {
        throw UsageError("say which, in one way: --before, --before-datetime, --all or --from-file")
    }
    return target
}
