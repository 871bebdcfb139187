import KafkaClient
import KafkaProtocol
import MillraceCommandLine

let transactionsCommand = Command(
    "transactions", "Lists, describes and aborts transactions.", options: [.broker, .clientConfig],
    subcommands: [listTransactions, describeTransactions, abortTransactions])

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

private let abortTransactions = Command(
    "abort", "Aborts what producers of transactional ids have open, and shuts those producers out.",
    discussion: "A producer that is alive fails then and must be started anew; its next transaction goes on as usual.",
    options: [.execute], positionals: [ids]
) { invocation in
    try await withAdmin(invocation) { admin in
        for id in invocation.arguments.positionals {
            let found = try await admin.describeTransaction(id)
            invocation.console.info("\(id): \(found.state), producer \(found.producerID), epoch \(found.producerEpoch)")
        }
        guard invocation.executes() else { return }
        try await eachByItself(invocation.arguments.positionals, invocation.console) { id in
            try await admin.fenceProducers(of: id)
            return "aborted \(id)"
        }
    }
}
