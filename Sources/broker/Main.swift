import MillraceCommandLine

/// The `broker` program: topics, records and groups of a broker, from the command line.
@main struct Main {
    static func main() async { await Program(brokerCommand).main() }
}

let brokerCommand = Command(
    "broker", "Serves a Kafka broker, and works with topics, records, consumer groups and users of any.",
    subcommands: [
        serveCommand, topicsCommand, produceCommand, consumeCommand, groupsCommand, configsCommand,
        transactionsCommand, clusterCommand, usersCommand, aclsCommand, logsCommand, benchCommand,
    ])
