import KafkaClient
import KafkaProtocol
import MillraceCommandLine

/// One `broker topics create`.
struct TopicCreation: Sendable {
    /// Nil if the command line does not say.
    let partitions: Int32?
    let replicationFactor: Int16
    let configs: [String: String]
    let ifMissing: Bool
    let console: Console

    /// How long brokers may take to know of new topics.
    private static let patience = Duration.seconds(30)

    /// Creates each topic, whatever became of the others, and waits until all brokers know those that were made, as the next
    /// program may ask any of them.
    func run(_ names: [String], _ admin: AdminClient) async throws {
        let made = Made()
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(
                try await eachByItself(names, console) { name in
                    if let text = try await existing(name, admin) { return text }
                    let partitions = partitions ?? 1
                    try await admin.createTopics([
                        NewTopic(name, partitions: partitions, replicationFactor: replicationFactor, configs: configs)
                    ])
                    made.partitions[name] = partitions
                    return "created \(name) with \(countText(partitions))"
                })
        } catch {
            outcome = .failure(error)
        }
        try await waitUntilKnown(made.partitions, admin)
        try outcome.get()
    }

    private final class Made { var partitions: [String: Int32] = [:] }

    /// What is to be said of a topic that is left as it is; nil for one that is to be created.
    private func existing(_ name: String, _ admin: AdminClient) async throws -> String? {
        guard ifMissing, let found = try await admin.describeTopics([name])[name] else { return nil }
        let count = found.partitions.count
        let difference = partitions.map { Int($0) == count ? "" : ", not \($0)" } ?? ""
        return "\(name) exists with \(countText(count))\(difference); it is left as it is"
    }

    private func waitUntilKnown(_ made: [String: Int32], _ admin: AdminClient) async throws {
        guard !made.isEmpty else { return }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await Task.sleep(for: .seconds(2))
                console.info("waiting until all brokers know \(made.keys.sorted().joined(separator: ", "))")
            }
            defer { group.cancelAll() }
            do {
                try await admin.waitUntilKnown(made, timeout: Self.patience)
            } catch let error as KafkaError {
                throw CommandFailure("the topics are created, but not known everywhere after \(Figures.duration(Self.patience)): \(error)")
            }
        }
    }
}
