import KafkaClient
import KafkaProtocol

extension StreamsApplication {
    /// Finds the topics, creates what may be created, and checks partition counts. What is there when this returns is known
    /// to all brokers that can be reached. Topics that match patterns are those that are there, and those of the partitions that
    /// have just been `assigned`.
    func prepareTopics(assigned: [TopicPartition] = []) async throws -> TopicPlan {
        let admin = AdminClient(client: client)
        try await matchTopics(assigned, admin)
        let blueprint = blueprint
        let topology = blueprint.topology
        let users = topology.sourceTopics.union(topology.sinkTopics).filter { !$0.isInternal }.map(\.name)
        let deadLetters = policies.deadLetterTopics
        var existing = try await userTopics(Set(users + deadLetters), admin)
        if let topic = deadLetters.first(where: { existing[$0] == nil }) {
            throw StreamsError(.missingTopic, "the dead-letter topic \(topic) does not exist: create it")
        }
        // What is there under the application's name, also of earlier topologies.
        let own = try await admin.listTopics(includeInternal: true).filter { $0.hasPrefix("\(configuration.applicationID)-") }
        existing.merge(try await partitionCounts(own, admin)) { $1 }
        let plan = try TopicPlan(blueprint, existing: existing)
        let absent = plan.internalTopics.filter { existing[$0.name] == nil }
        warnOfOrphans(own, absent: absent, plan)
        try await checkChangelogs(plan, existing: existing, admin)
        try await create(
            absent.map {
                NewTopic(
                    $0.name, partitions: $0.partitions, replicationFactor: configuration.replicationFactor,
                    configs: $0.configs)
            }, admin)
        let used = Set(plan.internalTopics.map(\.name) + users + deadLetters)
        try await admin.waitUntilKnown(plan.partitionCounts.filter { used.contains($0.key) })
        return plan
    }

    /// Finds the topics that match the topology's patterns.
    private func matchTopics(_ assigned: [TopicPartition], _ admin: AdminClient) async throws {
        guard blueprint.hasPatterns else { return }
        let names = Set(try await admin.listTopics() + assigned.map(\.topic))
        let known = blueprint
        let found = try known.matching(names, excluding: Set(policies.deadLetterTopics))
        setBlueprint(found)
        for group in found.taskGroups where known.sourceTopics(of: group) != found.sourceTopics(of: group) {
            let (topics, patterns) = found.subscription(of: group)
            if topics.isEmpty, found.sourceTopics(of: group).isEmpty {
                warn("no topic matches \(patterns.map(\.text).joined(separator: ", ")) yet: it is waited for one")
            }
        }
        let loops = found.writtenTopics.intersection(found.topicsByPattern).subtracting(known.topicsByPattern)
        for topic in loops.sorted() { warn("the topic \(topic), which the topology writes, matches one of its patterns: it reads it as well") }
    }

    /// Stores whose generated names have moved begin anew, under new topics, and leave the old ones behind.
    private func warnOfOrphans(_ own: [String], absent: [TopicPlan.Internal], _ plan: TopicPlan) {
        let used = Set(plan.internalTopics.map(\.name))
        let orphans = own.filter { !used.contains($0) && $0.hasSuffix("-changelog") }
        let new = absent.map(\.name).filter { $0.hasSuffix("-changelog") }
        guard !orphans.isEmpty, !new.isEmpty else { return }
        warn(
            "\(new.joined(separator: ", ")) will be new and empty, while no store of this topology has the changelog "
                + "\(orphans.joined(separator: ", ")): if a store was given another name, or its generated name has moved, "
                + "its state is left behind there (processor describe --compare shows what moved)")
    }

    /// The partition counts of the user's topics. Those that are missing are created if they may be; else they are looked
    /// for a little longer, as a broker may not know yet of what another has made.
    private func userTopics(_ names: Set<String>, _ admin: AdminClient) async throws -> [String: Int32] {
        let names = names.sorted()
        let existing = try await partitionCounts(names, admin)
        let missing = names.filter { existing[$0] == nil }
        guard !missing.isEmpty else { return existing }
        switch configuration.missingTopics {
        case .create(let partitions, let configs):
            try await create(
                missing.map { NewTopic($0, partitions: partitions, configs: configs) }, telling: configs, admin)
            try await admin.waitUntilKnown(Dictionary(uniqueKeysWithValues: missing.map { ($0, 1) }))
        case .fail:
            let known = Dictionary(uniqueKeysWithValues: missing.map { ($0, Int32(1)) })
            // Whoever waits in vain is told what is missing by the plan.
            try? await admin.waitUntilKnown(known, timeout: client.retryPolicy.unknownTopicTimeout)
        }
        return try await partitionCounts(names, admin)
    }

    private func create(
        _ topics: [NewTopic], telling configs: [String: String] = [:], _ admin: AdminClient
    ) async throws {
        guard !topics.isEmpty else { return }
        // Another instance may be faster.
        try await admin.createTopics(topics, ifMissing: true)
        configuration.observer(.createdTopics(topics.map(\.name), configs: configs))
    }

    private func partitionCounts(_ names: [String], _ admin: AdminClient) async throws -> [String: Int32] {
        try await admin.describeTopics(names).mapValues { Int32($0.partitions.count) }
    }
}
