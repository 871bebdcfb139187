import KafkaClient
import KafkaProtocol
import Synchronization

/// The topic `_schemas` as a registry's log: one partition, compacted, with Confluent's records.
final class RegistryTopic: RegistryLog {
    static let name = "_schemas"
    private static let partition = TopicPartition(Name(name), 0)
    /// How long the topic may take to be read up to its end, or to take a record.
    private static let patience = Duration.seconds(30)

    private let client: KafkaClient
    private let admin: AdminClient
    private let consumer: Consumer
    private let producer: Producer
    private let log: @Sendable (String) -> Void
    /// What has been taken from the consumer is applied: tells those who wait for a position.
    private let applied = Notifier()
    private let position = Mutex<Int64>(-1)

    init(client: KafkaClient, log: @escaping @Sendable (String) -> Void) {
        self.client = client
        self.log = log
        admin = AdminClient(client: client)
        consumer = Consumer(client: client, configuration: ConsumerConfiguration())
        producer = Producer(client: client, configuration: ProducerConfiguration(deliveryTimeout: Self.patience))
    }

    /// Makes the topic if it is missing. Throws `SchemaRegistryError` if it would lose records.
    func prepare() async throws {
        try await admin.createTopics(
            [NewTopic(Self.name, partitions: 1, configs: ["cleanup.policy": "compact"])], ifMissing: true)
        let topic = ConfigResource.topic(Self.name)
        let policy = try await admin.describeConfigs([topic], names: ["cleanup.policy"])[topic]?.first?.value ?? ""
        let partitions = try await admin.describeTopics([Self.name])[Self.name]?.partitions.count ?? 0
        guard policy == "compact", partitions == 1 else {
            throw SchemaRegistryError(
                .storage,
                "the topic \(Self.name) has \(partitions) partitions and cleanup.policy \(policy), with which schemas would be lost: "
                    + "it must have one partition and cleanup.policy=compact")
        }
    }

    /// Reads the topic and hands its records to `apply` until the task is cancelled. Throws `KafkaError`.
    func run(apply: @escaping @Sendable (RegistryRecord) -> Void) async throws {
        try consumer.assign([Self.partition: .earliest])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.consumer.run() }
            group.addTask { await self.producer.run() }
            group.addTask { try await self.read(apply) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func read(_ apply: (RegistryRecord) -> Void) async throws {
        for try await batches in consumer.batches {
            try batches.forEachRecord { record in
                do {
                    apply(try RegistryRecord(key: record.key, value: record.value))
                } catch {
                    log("a record of \(Self.name) at offset \(record.offset) cannot be read and is passed over: \(error)")
                }
            }
            position.withLock { $0 = batches.nextOffset }
            applied.notify()
        }
    }

    func catchUp() async throws {
        do {
            let end = try await admin.listOffsets([Self.partition: .latest])[Self.partition]?.offset ?? 0
            try await wait(for: end)
        } catch let error as KafkaError {
            throw RegistryRefusal.storage("\(error)")
        }
    }

    func append(_ records: [RegistryRecord]) async throws {
        do {
            var last: Int64 = -1
            for record in records {
                let (key, value) = try record.encoded()
                last = try await producer.send(
                    ProducerRecord(topic: Self.name, partition: 0, key: key, value: value)
                ).offset
            }
            try await wait(for: last.saturatingAdd(1))
        } catch let error as KafkaError {
            throw RegistryRefusal.storage("\(error)")
        }
    }

    /// Waits until all before `offset` is applied.
    private func wait(for offset: Int64) async throws {
        let deadline = client.environment.now().saturatingAdd(Self.patience.milliseconds)
        while true {
            let seen = applied.version
            // Nothing at all may lie before the offset, if records were deleted.
            if offset == 0 || position.withLock({ $0 }) >= offset { return }
            let left = deadline.saturatingSubtract(client.environment.now())
            try Task.checkCancellation()
            guard left > 0 else { throw RegistryRefusal.timeout("\(Self.name) was not read up to offset \(offset)") }
            await applied.wait(after: seen, atMost: left, client.environment)
        }
    }
}
