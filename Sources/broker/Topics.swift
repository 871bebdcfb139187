import KafkaClient
import KafkaProtocol
import MillraceCommandLine

let topicsCommand = Command(
    "topics", "Creates, lists, describes and deletes topics.", options: [.broker, .clientConfig],
    subcommands: [createTopics, listTopics, describeTopics, deleteTopics])

private let names = CommandPositional("TOPIC", "The topic's name.", isRepeatable: true)

/// Runs `body` with an admin of the broker that the command line names.
func withAdmin(_ invocation: Invocation, _ body: @escaping @Sendable (AdminClient) async throws -> Void) async throws {
    try await BrokerConnector(console: invocation.console, clientProperties: invocation.arguments.clientProperties())
        .withClient(of: invocation.arguments.brokerAddress(), clientID: "broker-admin", allowsTopicCreation: false) {
            client in
            try await invocation.stop.cancelling { try await body(AdminClient(client: client)) }
        }
}

private let createTopics = Command(
    "create", "Creates topics.",
    options: [
        CommandOption("partitions", "N", "How many partitions each has.", kind: .integer(1...100_000), default: "1"),
        CommandOption(
            "replication-factor", "N", "How many brokers hold each partition. Default: the cluster's.",
            kind: .integer(1...Int(Int16.max))),
        CommandOption(
            "config", "KEY=VALUE|FILE",
            "A config of the topics, such as cleanup.policy=compact; or a file with security and time-outs for a Kafka cluster.",
            kind: .checked { if !$0.contains("=") { _ = try ClientProperties(file: $0) } }, isRepeatable: true),
        .flag("if-missing", "Leaves topics that exist as they are, without an error."),
    ],
    positionals: [names]
) { invocation in
    let arguments = invocation.arguments
    let configs = try arguments.pairs("config")
    let partitions = Int32(arguments.integer("partitions") ?? 1)
    let replication = Int16(arguments.integer("replication-factor") ?? -1)
    try await withAdmin(invocation) { admin in
        try await admin.createTopics(
            arguments.positionals.map {
                NewTopic($0, partitions: partitions, replicationFactor: replication, configs: configs)
            }, ifMissing: arguments.flag("if-missing"))
        let list = arguments.positionals.joined(separator: ", ")
        invocation.console.info("created \(list) with \(partitions) partition\(partitions == 1 ? "" : "s")")
    }
}

private let listTopics = Command(
    "list", "Lists the names of the topics.", options: [.flag("internal", "Lists the broker's own topics too.")]
) { invocation in
    try await withAdmin(invocation) { admin in
        let output = OutputWriter()
        for name in try await admin.listTopics(includeInternal: invocation.arguments.flag("internal")) {
            output.writeLine(name)
        }
        try output.flush()
    }
}

private let describeTopics = Command(
    "describe", "Shows the partitions, offsets and configs of topics.",
    options: [.flag("all-configs", "Shows all configs, not only those that somebody has set.")],
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
            try await describe(topic, admin, allConfigs: arguments.flag("all-configs"), to: output)
        }
        try output.flush()
        guard missing.isEmpty else { throw CommandFailure("no such topic: \(missing.joined(separator: ", "))") }
    }
}

private func describe(_ topic: TopicMetadata, _ admin: AdminClient, allConfigs: Bool, to output: OutputWriter)
    async throws
{
    let partitions = topic.partitions.map { TopicPartition(topic: topic.name, partition: $0.partition) }
    let starts = try await admin.listOffsets(Dictionary(uniqueKeysWithValues: partitions.map { ($0, .earliest) }))
    let ends = try await admin.listOffsets(Dictionary(uniqueKeysWithValues: partitions.map { ($0, .latest) }))
    let resource = ConfigResource.topic(topic.name)
    let configs = try await admin.describeConfigs([resource])[resource] ?? []
    let shown = configs.filter { allConfigs || !$0.isDefault }.sorted { $0.name < $1.name }
    let list = shown.map { "\($0.name)=\($0.value ?? "")" }.joined(separator: " ")
    output.writeLine(
        "\(topic.name): \(partitions.count) partition\(partitions.count == 1 ? "" : "s")\(list.isEmpty ? "" : ", \(list)")"
    )
    var table = TextTable(["partition", "leader", "replicas", "start", "end", "records"])
    for partition in topic.partitions.sorted(by: { $0.partition < $1.partition }) {
        let key = TopicPartition(topic: topic.name, partition: partition.partition)
        let start = starts[key]?.offset ?? 0
        let end = ends[key]?.offset ?? 0
        table.add([
            "\(partition.partition)", "\(partition.leader)", partition.replicas.map(String.init).joined(separator: ","),
            "\(start)", "\(end)", "\(end - start)",
        ])
    }
    output.write(table.text(indent: "  "))
}

private let deleteTopics = Command("delete", "Deletes topics with all their records.", positionals: [names]) {
    invocation in
    try await withAdmin(invocation) { admin in
        try await admin.deleteTopics(invocation.arguments.positionals)
        invocation.console.info("deleted \(invocation.arguments.positionals.joined(separator: ", "))")
    }
}
