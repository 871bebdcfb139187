internal import KafkaClient
internal import KafkaProtocol
internal import Millrace

/// The topics of an application on a cluster, by what they are to it.
struct ApplicationTopics: Equatable {
    /// What it reads and others write.
    var inputs: [String] = []
    /// What it reads and writes, and a user has made.
    var intermediates: [String] = []
    /// What it has made for itself: changelogs, repartition topics and those of foreign-key joins.
    var own: [String] = []

    /// Of a topology that is known; what is not on the cluster is left out.
    init(_ topology: Topology, id: String, existing: [String]) {
        let blueprint = TaskBlueprint(topology, applicationID: id)
        let there = Set(existing.map { Name($0) })
        let written = Set(topology.userSinkTopics.map { Name($0) })
        // The brokers' own topics match no pattern; of a topic that matches two, it is not known whose it is.
        let matched = try? blueprint.matching(existing, excluding: Set(existing.filter { $0.hasPrefix("__") }))
        let named = topology.userSourceTopics.filter { there.contains(Name($0)) }
        let read = named + (matched?.topicsByPattern ?? []).sorted()
        inputs = read.filter { !written.contains(Name($0)) }
        intermediates = read.filter { written.contains(Name($0)) }
        let names = Set(blueprint.ownTopics.map { Name($0) })
        own = existing.filter { names.contains(Name($0)) }
    }

    /// Of an application whose topology is not known: it reads the topics that its group has offsets of. Topics whose names
    /// begin like those of another of the `groups` are that one's.
    init(id: String, committed: [String], existing: [String], groups: [String]) {
        own = existing.filter { Self.isOwn($0, of: id, amongst: groups) }
        let names = Set(own.map { Name($0) })
        let there = Set(existing.map { Name($0) })
        inputs = committed.distinctNames().filter { there.contains($0) && !names.contains($0) }.map(\.string)
    }

    /// Whether a topic looks like one that Kafka Streams has made for the application.
    static func isOwn(_ topic: String, of id: String, amongst groups: [String]) -> Bool {
        guard topic.hasPrefix("\(id)-"), endings.contains(where: topic.hasSuffix) || isOlderForeignKeyTopic(topic) else {
            return false
        }
        return !groups.contains { $0.hasPrefix("\(id)-") && topic.hasPrefix("\($0)-") }
    }

    private static let endings = [
        "-changelog", "-repartition", "-subscription-registration-topic", "-subscription-response-topic",
    ]

    /// Kafka Streams 2.4 called them by a number, as in `app-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-0000000012-topic`.
    private static func isOlderForeignKeyTopic(_ topic: String) -> Bool {
        guard topic.hasSuffix("-topic") else { return false }
        let name = topic.dropLast("-topic".count)
        let number = name.reversed().prefix { $0.isASCII && $0.isNumber }.count
        let front = name.dropLast(number)
        return number > 0
            && ["REGISTRATION-", "RESPONSE-"].contains { front.hasSuffix("-KTABLE-FK-JOIN-SUBSCRIPTION-\($0)") }
    }
}

/// Which application a command is about: a topology by its name, or an application id alone.
struct ApplicationChoice: Sendable {
    let id: String
    /// Nil if only the id is known.
    let topology: Topology?

    /// Throws `UsageError`.
    init(_ arguments: ParsedArguments, _ catalog: TopologyCatalog) throws {
        guard let name = arguments.positionals.first else {
            guard let id = arguments.text("application-id") else {
                throw UsageError("say which: a topology's NAME, or --application-id")
            }
            self.id = id
            topology = nil
            return
        }
        let definition = try catalog.definition(named: name)
        id = arguments.text("application-id") ?? definition.name
        topology = try definition.topology(settings: arguments.pairs("set"))
    }

    func topics(_ admin: AdminClient) async throws -> ApplicationTopics {
        let existing = try await admin.listTopics(includeInternal: true)
        if let topology { return ApplicationTopics(topology, id: id, existing: existing) }
        return ApplicationTopics(
            id: id, committed: try await admin.committedOffsets(of: id).keys.map(\.topic), existing: existing,
            groups: try await admin.listGroups().map(\.groupID))
    }

    /// The task that reads a partition; nil if that is not known.
    func task(reading partition: TopicPartition) -> TaskID? {
        topology.flatMap { TaskBlueprint($0, applicationID: id).task(reading: partition) }
    }
}

extension ProcessorCommand {
    /// The topology, where an application id may do as well.
    static let optionalTopology = CommandPositional(
        "NAME", "The topology; \"list\" shows them. Not needed with --application-id.", isOptional: true)

    /// Runs `body` with what a command is about and an admin of its cluster.
    func withApplication(
        _ invocation: Invocation, _ body: @escaping @Sendable (ApplicationChoice, AdminClient) async throws -> Void
    ) async throws {
        let arguments = invocation.arguments
        let choice = try ApplicationChoice(arguments, catalog)
        let connector = BrokerConnector(
            console: invocation.console, clientProperties: try arguments.clientProperties())
        try await connector.withClient(
            of: arguments.brokerAddress(), clientID: choice.id, allowsTopicCreation: false, mustExist: true
        ) { client in
            try await invocation.stop.cancelling { try await body(choice, AdminClient(client: client)) }
        }
    }
}
