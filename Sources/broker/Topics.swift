import KafkaClient
import KafkaProtocol
import MillraceCommandLine

let topicsCommand = Command(
    "topics", "Creates, lists, describes, changes and deletes topics.", options: [.broker, .clientConfig],
    subcommands: [createTopics, listTopics, describeTopics, alterTopics, addPartitions, deleteRecords, deleteTopics])

private let names = CommandPositional("TOPIC", "The topic's name.", isRepeatable: true)

/// Runs `body` with an admin of the broker that the command line names. With `mustExist` a directory that no broker has used
/// is an error.
func withAdmin(
    _ invocation: Invocation, mustExist: Bool = true, _ body: @escaping @Sendable (AdminClient) async throws -> Void
) async throws {
    try await BrokerConnector(console: invocation.console, clientProperties: invocation.arguments.clientProperties())
        .withClient(
            of: invocation.arguments.brokerAddress(), clientID: "broker-admin", allowsTopicCreation: false,
            mustExist: mustExist
        ) { client in
            try await invocation.stop.cancelling { try await body(AdminClient(client: client)) }
        }
}

private let createTopics = Command(
    "create", "Creates topics. Ends when all brokers know them.",
    options: [
        CommandOption(
            "partitions", "N", "How many partitions each has. Default: 1.", kind: .integer(1...100_000)),
        CommandOption(
            "replication-factor", "N", "How many brokers hold each partition. Default: the cluster's.",
            kind: .integer(1...Int(Int16.max))),
        CommandOption(
            "topic-config", "KEY=VALUE", "A config of the topics, such as cleanup.policy=compact.", kind: .pair,
            isRepeatable: true),
        .flag("if-missing", "Leaves topics that exist as they are, without an error."),
        .clientConfigOrPairs,
    ],
    positionals: [names]
) { invocation in
    let arguments = invocation.arguments
    var configs = try arguments.pairs("topic-config")
    let older = try arguments.pairs("config")
    if !older.isEmpty { invocation.console.warning("configs of topics are given with --topic-config KEY=VALUE") }
    configs.merge(older) { first, _ in first }
    let creation = TopicCreation(
        partitions: arguments.integer("partitions").map { Int32($0) },
        replicationFactor: Int16(arguments.integer("replication-factor") ?? -1), configs: configs,
        ifMissing: arguments.flag("if-missing"), console: invocation.console)
    try await withAdmin(invocation, mustExist: false) { try await creation.run(arguments.positionals, $0) }
}

private let listTopics = Command(
    "list", "Lists the names of the topics.", options: [.flag("internal", "Lists the broker's own topics too."), .json]
) { invocation in
    try await withAdmin(invocation) { admin in
        let names = try await admin.listTopics(includeInternal: invocation.arguments.flag("internal"))
        guard !invocation.arguments.flag("json") else {
            var listing = Listing("topic")
            for name in names { listing.add(.text(name)) }
            return try listing.print(asJSON: true)
        }
        let output = OutputWriter()
        for name in names { output.writeLine(name) }
        try output.flush()
    }
}

private let describeTopics = Command(
    "describe", "Shows the partitions, offsets and configs of topics.",
    options: [.flag("all-configs", "Shows all configs, not only those that somebody has set."), .json],
    positionals: [
        CommandPositional("TOPIC", "The topic's name. Default: all topics.", isRepeatable: true, isOptional: true)
    ]
) { invocation in
    let arguments = invocation.arguments
    try await withAdmin(invocation) { admin in
        let wanted = arguments.positionals.isEmpty ? try await admin.listTopics() : arguments.positionals
        let topics = try await admin.describeTopics(wanted)
        let missing = wanted.filter { topics[$0] == nil }
        let output = OutputWriter()
        for name in wanted {
            guard let topic = topics[name] else { continue }
            try await describe(
                topic, admin, allConfigs: arguments.flag("all-configs"), asJSON: arguments.flag("json"), to: output)
        }
        try output.flush()
        guard missing.isEmpty else { throw CommandFailure("no such topic: \(missing.joined(separator: ", "))") }
    }
}

private func describe(
    _ topic: TopicMetadata, _ admin: AdminClient, allConfigs: Bool, asJSON: Bool, to output: OutputWriter
) async throws {
    let partitions = topic.partitions.map { TopicPartition(topic: topic.name, partition: $0.partition) }
    let starts = try await admin.listOffsets(Dictionary(uniqueKeysWithValues: partitions.map { ($0, .earliest) }))
    let ends = try await admin.listOffsets(Dictionary(uniqueKeysWithValues: partitions.map { ($0, .latest) }))
    let resource = ConfigResource.topic(topic.name)
    let configs = try await admin.describeConfigs([resource])[resource] ?? []
    let shown = configs.filter { allConfigs || !$0.isDefault }.sorted { $0.name < $1.name }
        .map { "\($0.name)=\($0.value ?? "")" }
    let columns = ["partition", "leader", "replicas", "start", "end", "records"]
    var listing = Listing(asJSON ? ["topic"] + columns + ["configs"] : columns)
    for partition in topic.partitions.sorted(by: { $0.partition < $1.partition }) {
        let key = TopicPartition(topic: topic.name, partition: partition.partition)
        let start = starts[key]?.offset ?? 0
        let end = ends[key]?.offset ?? 0
        let cells: [Listing.Cell] = [
            .init(partition.partition), .init(partition.leader), .texts(partition.replicas.map(String.init)), .init(start),
            .init(end), .init(end.saturatingSubtract(start)),
        ]
        listing.add(row: asJSON ? [.text(topic.name)] + cells + [.texts(shown)] : cells)
    }
    let list = shown.joined(separator: " ")
    listing.write(
        to: output, asJSON: asJSON, title: "\(topic.name): \(countText(partitions.count))\(list.isEmpty ? "" : ", \(list)")")
}

/// `1 partition`, `4 partitions`.
func countText(_ partitions: some BinaryInteger) -> String { "\(partitions) partition\(partitions == 1 ? "" : "s")" }

private let deleteTopics = Command("delete", "Deletes topics with all their records.", positionals: [names]) {
    invocation in
    try await withAdmin(invocation) { admin in
        try await eachByItself(invocation.arguments.positionals, invocation.console) { name in
            try await admin.deleteTopics([name])
            return "deleted \(name)"
        }
    }
}

/// Does something to each of the names, whatever became of the others, and tells what was done. Throws `CommandFailure` with all that
/// failed.
func eachByItself(
    _ names: [String], _ console: Console, _ body: (_ name: String) async throws -> String
) async throws {
    var failures: [String] = []
    for name in names {
        do {
            let text = try await body(name)
            console.info(text)
        } catch let error as KafkaError {
            failures.append("\(error)")
        }
    }
    guard failures.isEmpty else { throw CommandFailure(failures.joined(separator: "\n")) }
}
