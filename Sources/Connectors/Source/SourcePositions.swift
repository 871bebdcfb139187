import KafkaClient
import KafkaProtocol

/// The positions of sources, by the names of their connectors, in a compacted topic of one partition.
struct SourcePositions: Sendable {
    let topic: String
    let client: KafkaClient

    private var partition: TopicPartition { TopicPartition(topic: topic, partition: 0) }

    /// Makes the topic unless it is there.
    func makeTopic() async throws {
        let admin = AdminClient(client: client)
        guard try await admin.describeTopics([topic]).isEmpty else { return }
        do {
            try await admin.createTopics([NewTopic(topic, partitions: 1, configs: ["cleanup.policy": "compact"])])
        } catch let error as KafkaError where error.errorCode == .topicAlreadyExists {}
        try await admin.waitUntilKnown([topic: 1])
    }

    /// The record that says where a connector has got.
    func record(of name: String, _ position: Bytes) -> ProducerRecord {
        ProducerRecord(topic: topic, partition: 0, key: Bytes(utf8: name), value: position)
    }

    /// The last position of a connector; nil if it has none.
    func last(of name: String) async throws -> Bytes? {
        let admin = AdminClient(client: client)
        let end = try await admin.listOffsets([partition: .latest], isolation: .readCommitted)[partition]?.offset ?? 0
        guard end > 0 else { return nil }
        let consumer = Consumer(client: client, configuration: ConsumerConfiguration(isolation: .readCommitted))
        try consumer.assign([partition: .earliest])
        async let reading: Void = consumer.run()
        let found: Result<Bytes?, any Error>
        do {
            var last: Bytes?
            let key = Bytes(utf8: name)
            for try await batches in consumer.batches(upTo: [partition: end]) {
                try batches.forEachRecord { if $0.key == key { last = $0.value?.detached() } }
            }
            found = .success(last)
        } catch {
            found = .failure(error)
        }
        await consumer.close()
        try await reading
        return try found.get()
    }
}
