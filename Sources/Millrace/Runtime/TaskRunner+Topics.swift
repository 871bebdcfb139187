import KafkaClient
import KafkaProtocol

extension TaskRunner {
    /// Finds out about the topics that records have chosen for the first time, so that what waits for them can be
    /// written. Called after all that writes and before all that sends.
    func resolveTopics(of work: TaskWork) async throws {
        while let (topic, step) = work.collector.unresolved.first {
            let count = try await application.partitionCount(of: topic, chosenBy: step)
            try work.collector.resolve(topic, partitions: count)
        }
    }
}

extension StreamsApplication {
    /// The number of partitions of a topic that a step has chosen for a record. A missing topic is created if it may be.
    fileprivate func partitionCount(of topic: String, chosenBy step: String) async throws -> Int32 {
        do {
            if case .create(let partitions) = configuration.missingTopics {
                try await AdminClient(client: client).createTopics(
                    [NewTopic(topic, partitions: partitions)], ifMissing: true)
            }
            return Int32(try await client.partitions(of: topic).count)
        } catch let error as KafkaError where error.code == .unknownTopic || error.errorCode == .invalidTopicException {
            throw StreamsError(
                .missingTopic,
                "step \(step) chose the topic \(topic) for a record, which the broker does not have: create it, or let "
                    + "the application do so", underlying: error)
        }
    }
}
