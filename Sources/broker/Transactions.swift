import KafkaClient
import KafkaProtocol
import MillraceCommandLine

let transactionsCommand = Command(
    "transactions", "Lists, describes and aborts transactions.", options: [.broker, .clientConfig],
    subcommands: [listTransactions, describeTransactions, hangingTransactions, abortTransactions])

private let ids = CommandPositional("ID", "The transactional id.", isRepeatable: true)

private let listTransactions = Command(
    "list", "Lists the transactional ids with their states.",
    options: [
        CommandOption("state", "STATE", "Only those in this state, such as Ongoing.", isRepeatable: true), .json,
    ]
) { invocation in
    try await withAdmin(invocation) { admin in
        var listing = Listing("transactionalId", "producerId", "state")
        for transaction in try await admin.listTransactions(states: invocation.arguments.texts("state")) {
            listing.add(.text(transaction.id), .init(transaction.producerID), .text(transaction.state))
        }
        try listing.print(asJSON: invocation.arguments.flag("json"))
    }
}

private let describeTransactions = Command(
    "describe", "Shows what is known of transactional ids, and what their open transactions have written to.",
    options: [.json], positionals: [ids]
) { invocation in
    try await withAdmin(invocation) { admin in
        var listing = Listing(
            "transactionalId", "state", "producerId", "producerEpoch", "timeoutMs", "startTime", "openMs", "partitions")
        for id in invocation.arguments.positionals {
            let found = try await admin.describeTransaction(id)
            listing.add(
                .text(id), .text(found.state), .init(found.producerID), .init(found.producerEpoch),
                .init(found.timeoutMilliseconds), .init(found.startTime),
                .init(found.startTime.map { max(0, currentMilliseconds().saturatingSubtract($0)) }),
                .texts(found.partitions.map(\.description)))
        }
        try listing.print(asJSON: invocation.arguments.flag("json"))
    }
}

private let hangingTransactions = Command(
    "hanging", "Lists open transactions that no coordinator knows of; readers of committed records wait at their offsets.",
    discussion: "`abort --topic T:P --start-offset N` ends one.",
    options: [
        CommandOption("topic", "T", "In this topic (or T:PARTITION,...) only; otherwise in all.", isRepeatable: true),
        CommandOption(
            "older-than", "DURATION", "Only those whose last record is older: one that has just begun looks alike.",
            kind: .duration, default: "15m"),
        .json,
    ]
) { invocation in
    try await withAdmin(invocation) { admin in
        let topics = invocation.arguments.texts("topic")
        let partitions = try await admin.partitions(named: topics.isEmpty ? admin.listTopics(includeInternal: true) : topics)
        let age = invocation.arguments.duration("older-than")?.milliseconds ?? 0
        var listing = Listing(
            "topic", "partition", "startOffset", "producerId", "producerEpoch", "coordinatorEpoch", "lastTimestamp")
        for found in try await admin.hangingTransactions(in: partitions)
        where currentMilliseconds().saturatingSubtract(found.lastTimestamp) >= age {
            listing.add(
                .text(found.partition.topic), .init(found.partition.partition), .init(found.startOffset),
                .init(found.producerID), .init(found.producerEpoch), .init(found.coordinatorEpoch),
                .init(found.lastTimestamp))
        }
        try listing.print(asJSON: invocation.arguments.flag("json"))
    }
}

private let abortTransactions = Command(
    "abort", "Aborts what producers of transactional ids have open, and shuts those producers out.",
    discussion: """
        A producer that is alive fails then and must be started anew; its next transaction goes on as usual. A transaction \
        that no coordinator knows of (see `hanging`) is named by its place: --topic T:PARTITION --start-offset N.
        """,
    options: [
        CommandOption("topic", "T:PARTITION", "The partition of a hanging transaction."),
        CommandOption("start-offset", "N", "The hanging transaction's first offset.", kind: .integer(0...Int.max)),
        .execute,
    ],
    positionals: [
        CommandPositional("ID", "The transactional id.", isRepeatable: true, isOptional: true)
    ]
) { invocation in
    let ids = invocation.arguments.positionals
    let place = (invocation.arguments.text("topic"), invocation.arguments.integer("start-offset"))
    try await withAdmin(invocation) { admin in
        switch place {
        case (let topic?, let start?) where ids.isEmpty:
            try await abortOne(in: topic, from: Int64(start), invocation, admin)
        case (nil, nil) where !ids.isEmpty: try await abortAll(of: ids, invocation, admin)
        default:
            throw UsageError("say which in one way: transactional ids, or --topic T:PARTITION with --start-offset N")
        }
    }
}

private func abortAll(of ids: [String], _ invocation: Invocation, _ admin: AdminClient) async throws {
    for id in ids {
        let found = try await admin.describeTransaction(id)
        invocation.console.info("\(id): \(found.state), producer \(found.producerID), epoch \(found.producerEpoch)")
    }
    guard invocation.executes() else { return }
    try await eachByItself(ids, invocation.console) { id in
        try await admin.fenceProducers(of: id)
        return "aborted \(id)"
    }
}

private func abortOne(
    in topic: String, from start: Int64, _ invocation: Invocation, _ admin: AdminClient
) async throws {
    let partitions = try await admin.partitions(named: [topic])
    guard let partition = partitions.first, partitions.count == 1 else {
        throw UsageError("--topic \(topic) names \(partitions.count) partitions; name one, as in T:0")
    }
    let open = try await admin.openTransactions(in: [partition])
    guard let found = open.first(where: { $0.startOffset == start }) else {
        let others = open.isEmpty ? "none is open" : "open ones begin at \(open.map { "\($0.startOffset)" }.joined(separator: ", "))"
        throw CommandFailure("no transaction of \(partition) begins at offset \(start): \(others)")
    }
    if try await !admin.hangingTransactions(in: [partition]).contains(found) {
        invocation.console.warning(
            "a coordinator knows of it and will end it by itself; better name its transactional id (see `list`)")
    }
    invocation.console.info(
        "\(partition): from offset \(start) on, producer \(found.producerID), epoch \(found.producerEpoch)")
    guard invocation.executes() else { return }
    try await admin.abort(found)
    invocation.console.info("aborted")
}
