import KafkaClient
import KafkaProtocol

extension ChangelogCleanup {
    /// What is to be changed of a topic's configs so that the changelog neither grows for ever nor loses what it must keep; nil
    /// if nothing is.
    func changes(of present: [String: String]) -> [String: String]? {
        switch self {
        case .compaction: return nil
        case .trimming:
            let policies = present["cleanup.policy"]?.split(separator: ",").map { $0.filter { $0 != " " } } ?? []
            return policies.contains("delete") ? nil : configs
        case .compactionAfter:
            let lag = present["min.compaction.lag.ms"].flatMap { Int64($0) } ?? 0
            return lag > 0 ? nil : configs.filter { $0.key == "min.compaction.lag.ms" }
        }
    }
}

extension StreamsApplication {
    /// Looks at the configs of changelogs that were there already, made by an older program, by another or by hand, where these
    /// matter.
    ///
    /// Throws if a versioned store's is compacted at once: its history may be gone, or it is in the layout that an older
    /// Millrace had for such topics.
    func checkChangelogs(_ plan: TopicPlan, existing: [String: Int32], _ admin: AdminClient) async throws {
        for topic in plan.internalTopics where existing[topic.name] != nil {
            guard let cleanup = topic.cleanup, cleanup != .compaction else { continue }
            let resource = ConfigResource.topic(topic.name)
            do {
                let entries = try await admin.describeConfigs([resource], names: cleanup.configs.keys.sorted())[resource]
                let present = (entries ?? []).reduce(into: [:]) { $0[$1.name] = $1.value }
                guard let changes = cleanup.changes(of: present) else { continue }
                if case .compactionAfter(let lag) = cleanup, try await hasRecords(topic, admin) {
                    throw StreamsError(
                        .configuration,
                        "\(topic.name) is compacted at once (its min.compaction.lag.ms is 0), so that it is "
                            + "\(OlderLayouts.refusal("the changelog of a versioned store").message). If Kafka Streams has written it "
                            + "and only the setting is missing, set it to \(lag)")
                }
                try await admin.alterConfigs(resource, changes.mapValues { $0 })
                let text = changes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
                warn("\(topic.name) has the settings \(text) from now on: with those it had, it would have kept too much or too little")
            } catch let error as KafkaError {
                warn("the settings of \(topic.name) are not known, it may grow: \(error)")
            }
        }
    }

    private func hasRecords(_ topic: TopicPlan.Internal, _ admin: AdminClient) async throws -> Bool {
        let partitions = (0..<topic.partitions).map { TopicPartition(topic.name, $0) }
        let starts = try await admin.listOffsets(Dictionary(uniqueKeysWithValues: partitions.map { ($0, .earliest) }))
        let ends = try await admin.listOffsets(Dictionary(uniqueKeysWithValues: partitions.map { ($0, .latest) }))
        return partitions.contains { starts[$0]?.offset ?? 0 < ends[$0]?.offset ?? 0 }
    }
}
