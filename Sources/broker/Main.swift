import MillraceCommandLine

/// The `broker` program: topics, records and groups of a broker, from the command line.
@main struct Main {
    static func main() async {
        await Program(
            Command(
                "broker", "Works with the topics, records and consumer groups of a Kafka broker.",
                subcommands: [topicsCommand, produceCommand, consumeCommand, groupsCommand])
        ).main()
    }
}
