internal import KafkaBroker
internal import KafkaClient
internal import KafkaProtocol
internal import Millrace

/// One `processor run`: what the command line asks for.
struct ProcessorRun: Sendable {
    let invocation: Invocation
    let topology: Topology
    let options: ProcessorRuntime.Options
    let partitions: Int
    let createsTopics: Bool
    let address: BrokerAddress

    /// Checks the command line and builds the topology. Throws `UsageError`, or what the topology's builder throws.
    init(_ invocation: Invocation, catalog: TopologyCatalog) throws {
        let arguments = invocation.arguments
        let definition = try catalog.definition(named: arguments.positionals.first ?? "")
        self.invocation = invocation
        address = try arguments.brokerAddress()
        topology = try definition.topology(settings: arguments.pairs("set"))
        partitions = arguments.integer("partitions") ?? 4
        createsTopics = !arguments.flag("no-create-topics")
        options = ProcessorRuntime.Options(
            applicationID: arguments.text("application-id") ?? definition.name,
            exitsWhenIdle: arguments.flag("exit-when-idle"),
            isExactlyOnce: arguments.text("guarantee") == "exactly-once")
    }

    /// Runs until the topology is idle or stopped. Returns after all is committed and closed.
    func run() async throws {
        var configuration = BrokerConfiguration()
        // A topic that nobody asked for would only hide a mistake.
        configuration.autoCreateTopics = false
        let connector = BrokerConnector(configuration: configuration, console: invocation.console)
        try await connector.withClient(of: address, clientID: options.applicationID, allowsTopicCreation: false) { client in
            try await prepareTopics(client)
            try await ProcessorRuntime.run(topology, options, client: client, invocation: invocation)
        }
    }

    /// Creates the source and sink topics that are missing, or throws `CommandFailure` if it may not.
    private func prepareTopics(_ client: KafkaClient) async throws {
        let wanted = Set(topology.userSourceTopics + topology.userSinkTopics)
        let admin = AdminClient(client: client)
        let known = Set(try await admin.listTopics())
        let missing = wanted.subtracting(known).sorted()
        guard !missing.isEmpty else { return }
        guard createsTopics else {
            throw CommandFailure(
                "these topics are missing: \(missing.joined(separator: ", ")); create them, or leave out --no-create-topics")
        }
        // Another instance may create them at the same moment.
        try await admin.createTopics(missing.map { NewTopic($0, partitions: Int32(partitions)) }, ifMissing: true)
        invocation.console.info("created \(missing.joined(separator: ", ")) with \(partitions) partitions each")
    }
}
