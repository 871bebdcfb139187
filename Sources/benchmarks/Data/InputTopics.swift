import KafkaClient
import KafkaProtocol

/// Writes data sets into their topics.
struct InputTopics {
    let client: KafkaClient

    /// Makes the topic of a data set unless it is there with all its records.
    func prepare(_ data: DataSet, at scale: Scale) async throws {
        let topic = data.topic(at: scale)
        let admin = AdminClient(client: client)
        if try await admin.listTopics().contains(topic) {
            if try await records(in: topic) == data.count(at: scale) { return }
            try await admin.deleteTopics([topic])
        }
        try await admin.createTopics([NewTopic(topic, partitions: data.partitions, configs: data.configs)])
        let producer = Producer(client: client, configuration: ProducerConfiguration(batchBytes: 65536))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await producer.run() }
            try await write(data, count: data.count(at: scale), to: topic, producer)
            await producer.close()
        }
    }

    /// Writes the records in ascending order, so that every partition has its own in that order.
    private func write(_ data: DataSet, count: Int, to topic: String, _ producer: Producer) async throws {
        let batches = BatchAccumulator(batchBytes: 65536)
        let slots = (0..<data.partitions).map { batches.slot(topic: topic, partition: $0) }
        var scratch = ByteWriter(capacity: 256)
        for i in 0..<count {
            scratch.removeAll()
            let shape = data.write(UInt64(i), &scratch)
            scratch.withUnsafeBytes { bytes in
                let key = shape.keyCount.map { UnsafeRawBufferPointer(rebasing: bytes[..<$0]) }
                let value = UnsafeRawBufferPointer(rebasing: bytes[(shape.keyCount ?? 0)...])
                batches.append(
                    slots[Int(data.partition(of: UInt64(i), key: key))], timestamp: shape.timestamp, key: key,
                    value: value)
            }
            if batches.hasFullBatches { try await producer.enqueue(batches.takeFull()) }
        }
        try await producer.enqueue(batches.takeAll())
        try await producer.flush()
    }

    /// The number of records that a topic has had.
    func records(in topic: String) async throws -> Int {
        let partitions = try await client.partitions(of: topic).map {
            TopicPartition(topic: topic, partition: $0.partition)
        }
        let ends = try await AdminClient(client: client).listOffsets(
            Dictionary(uniqueKeysWithValues: partitions.map { ($0, .latest) }))
        return ends.values.reduce(0) { $0 + Int($1.offset) }
    }
}
