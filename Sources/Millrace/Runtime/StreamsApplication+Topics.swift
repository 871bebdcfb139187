import KafkaClient
import KafkaProtocol

extension StreamsApplication {
    /// Finds the topics, creates what may be created, and checks partition counts.
    func prepareTopics() async throws -> TopicPlan {
        let admin = AdminClient(client: client)
        let topology = blueprint.topology
        let users = topology.sourceTopics.union(topology.sinkTopics).filter { !$0.isInternal }.map(\.name)
        let deadLetters: [String] = if case .deadLetter(let topic) = configuration.onBadRecord { [topic] } else { [] }
        let needed = Set(users + deadLetters)
        var existing = try await partitionCounts(admin)
        let missing = needed.filter { existing[$0] == nil }.sorted()
        if case .create(let partitions) = configuration.missingTopics, !missing.isEmpty {
            try await create(missing.map { NewTopic($0, partitions: partitions) }, admin)
            existing = try await partitionCounts(admin)
        }
        if let topic = deadLetters.first(where: { existing[$0] == nil }) {
            throw StreamsError(.missingTopic, "the dead-letter topic \(topic) does not exist: create it")
        }
        let plan = try TopicPlan(blueprint, existing: existing)
        let absent = plan.internalTopics.filter { existing[$0.name] == nil }
        try await create(
            absent.map {
                NewTopic(
                    $0.name, partitions: $0.partitions, replicationFactor: configuration.replicationFactor,
                    configs: $0.configs)
            }, admin)
        return plan
    }

    private func create(_ topics: [NewTopic], _ admin: AdminClient) async throws {
        guard !topics.isEmpty else { return }
        // Another instance may be faster.
        try await admin.createTopics(topics, ifMissing: true)
        configuration.observer(.createdTopics(topics.map(\.name)))
    }

    private func partitionCounts(_ admin: AdminClient) async throws -> [String: Int32] {
        let names = try await admin.listTopics(includeInternal: true)
        return try await admin.describeTopics(names).mapValues { Int32($0.partitions.count) }
    }
}
