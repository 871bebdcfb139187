import KafkaClient
import KafkaProtocol

extension StreamsApplication {
    /// The number of partitions of a topic that a step has chosen for a record. A missing topic is created if it may be.
    func partitionCount(of topic: String, chosenBy step: String) async throws -> Int32 {
        do {
            if case .create(let partitions, let configs) = configuration.missingTopics {
                try await AdminClient(client: client).createTopics(
                    [NewTopic(topic, partitions: partitions, configs: configs)], ifMissing: true)
            }
            return Int32(try await client.partitions(of: topic).count)
        } catch let error as KafkaError where error.code == .unknownTopic || error.errorCode == .invalidTopicException {
            let text =
                "step \(step) chose the topic \(topic) for a record, which the broker does not have: create it, or let "
                + "the application do so"
            guard !policies.policy(for: .production, step: step).isFail else {
                throw StreamsError(.missingTopic, text, underlying: error)
            }
            // It fails in the step once the task has begun anew, and the policy says what then.
            var refusal = error
            refusal.refused = [
                RefusedRecord(
                    topicPartition: TopicPartition(topic, 0), timestamp: 0, key: nil, value: nil, scope: .topic, reason: text)
            ]
            throw refusal
        }
    }
}
