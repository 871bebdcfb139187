internal import KafkaClient
internal import KafkaProtocol
internal import Millrace

extension ProcessorCommand {
    /// `reset`: has an application begin anew.
    var reset: Command {
        Command(
            "reset", "Has an application begin anew: moves its offsets, and deletes its changelogs and repartition topics.",
            discussion: """
                The next run reads its input topics from where they are moved to, by default the first records, and builds all \
                state anew. Topics that it reads and writes itself are moved to their ends. What it has written to its sink topics \
                stays and is written once more. Without --execute it is only shown. No instance may run meanwhile. Kafka's \
                counterpart is kafka-streams-application-reset.
                """,
            options: [
                .broker, .clientConfig, Self.applicationID, Self.settings,
                CommandOption(
                    "input-topic", "TOPIC",
                    "A topic that it reads. Default: those of the topology, or those that its group has offsets of.",
                    isRepeatable: true),
                CommandOption(
                    "intermediate-topic", "TOPIC",
                    "A topic that it writes and reads. Default: those of the topology.", isRepeatable: true),
                CommandOption(
                    "internal-topic", "TOPIC", "A topic of its own that is deleted. Default: all of them.",
                    isRepeatable: true),
            ] + OffsetTarget.options + [
                .flag("delete-local-state", "Deletes its local state on this machine, too."), .stateDirectory,
                .flag("force", "Puts the group's members out first, such as those of instances that were killed."),
                .execute, .json,
            ],
            positionals: [Self.optionalTopology]
        ) { invocation in
            let arguments = invocation.arguments
            let target = try await OffsetTarget.parse(arguments) ?? .earliest
            let address = try arguments.brokerAddress()
            let state = arguments.flag("delete-local-state") ? arguments.statePlace(of: address).directory(of: address) : nil
            try await withApplication(invocation) { application, admin in
                var topics = try await application.topics(admin)
                try topics.choose(arguments)
                let reset = try await ApplicationReset(
                    application.id, topics, target, forces: arguments.flag("force"), stateDirectory: state, admin)
                try reset.listing.print(asJSON: arguments.flag("json"))
                reset.inputs.tell(invocation.console)
                try reset.checkMembers()
                guard invocation.executes() else { return }
                try await reset.execute(admin)
            }
        }
    }
}

extension ApplicationTopics {
    /// Takes what the command line says. Throws `UsageError` for an internal topic that is not the application's.
    fileprivate mutating func choose(_ arguments: ParsedArguments) throws {
        func texts(_ name: String) -> [String] {
            arguments.texts(name).flatMap { $0.split(separator: ",").map(String.init) }
        }
        if !texts("intermediate-topic").isEmpty { intermediates = texts("intermediate-topic") }
        if !texts("input-topic").isEmpty { inputs = texts("input-topic") }
        let between = Set(intermediates.map { Name($0) })
        inputs.removeAll { between.contains(Name($0)) }
        // A topic that is called like one of the application's own is none if it is said to be another.
        let others = between.union(inputs.map { Name($0) })
        own.removeAll { others.contains(Name($0)) }
        let internals = texts("internal-topic")
        guard !internals.isEmpty else { return }
        let known = Set(own.map { Name($0) })
        for topic in internals where !known.contains(Name(topic)) {
            throw UsageError("--internal-topic: \(topic) is not a topic of the application's own (\(own.joined(separator: ", ")))")
        }
        own = internals
    }
}
