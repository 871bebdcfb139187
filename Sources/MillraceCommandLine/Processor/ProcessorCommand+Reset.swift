internal import KafkaClient
internal import KafkaProtocol
internal import Millrace

extension ProcessorCommand {
    /// `reset`: has an application begin anew.
    var reset: Command {
        Command(
            "reset", "Has an application begin anew: deletes its offsets, changelogs, repartition topics and local state.",
            discussion: """
                The next run reads its source topics from the beginning and builds all state anew. What it has written to \
                its sink topics stays and is written once more. No instance may run meanwhile. Kafka's counterpart is \
                kafka-streams-application-reset.
                """,
            options: [
                .broker, .clientConfig, Self.applicationID, Self.settings, .stateDirectory,
                .flag("dry-run", "Tells what would be deleted, and deletes nothing."),
            ],
            positionals: [Self.topology]
        ) { [catalog] invocation in
            let arguments = invocation.arguments
            let definition = try catalog.definition(named: arguments.positionals.first ?? "")
            let id = arguments.text("application-id") ?? definition.name
            let topology = try definition.topology(settings: arguments.pairs("set"))
            let address = try arguments.brokerAddress()
            let state = arguments.statePlace(of: address).directory(of: address)
            let connector = BrokerConnector(
                console: invocation.console, clientProperties: try arguments.clientProperties())
            try await connector.withClient(of: arguments.brokerAddress(), clientID: id, allowsTopicCreation: false) {
                client in
                try await ApplicationReset(
                    id: id, topology: topology, admin: AdminClient(client: client),
                    stateDirectory: state
                ).run(deletes: !arguments.flag("dry-run"))
            }
        }
    }
}

/// What an application leaves on a cluster, and its end.
private struct ApplicationReset {
    let id: String
    let topology: Topology
    let admin: AdminClient
    let stateDirectory: String?

    /// Throws `CommandFailure` while instances run.
    func run(deletes: Bool) async throws {
        let output = OutputWriter()
        let group = try await admin.describeGroups([id])[Name(id)]
        let members = group?.members ?? []
        guard members.isEmpty else {
            let names = members.map(\.id).sorted().joined(separator: ", ")
            throw CommandFailure(
                "application \(id) is running (\(names)): stop it, and wait until its sessions have timed out if it was killed")
        }
        let offsets = try await admin.committedOffsets(of: id, nil)
        let topics = try await ownTopics()
        let verb = deletes ? "deleted" : "would delete"
        let local = stateDirectory.map { LocalStateReport($0) }
        let places = try local?.places(of: id) ?? []
        if deletes {
            // First, as it refuses while a process uses it.
            for place in places { _ = try local?.remove(place) }
            if group != nil, !offsets.isEmpty { try await admin.deleteGroups([id]) }
            try await admin.deleteTopics(topics)
        }
        output.writeLine("\(verb) the offsets of \(offsets.count) partition\(offsets.count == 1 ? "" : "s") of group \(id)")
        for topic in topics { output.writeLine("\(verb) the topic \(topic)") }
        if let local, !places.isEmpty { output.writeLine("\(verb) the local state in \(local.root)") }
        try output.flush()
    }

    /// The application's internal topics that there are.
    private func ownTopics() async throws -> [String] {
        let own = Set(TaskBlueprint(topology, applicationID: id).ownTopics.map { Name($0) })
        return try await admin.listTopics(includeInternal: true).filter { own.contains(Name($0)) }
    }
}
