import Foundation
import KafkaBroker
import KafkaClient
import KafkaProtocol

/// Sends a few greetings to a topic and listens to them, on an embedded broker in a temporary directory.
@main struct HelloKafka {
    static func main() async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "hello-kafka-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }

        let broker = try Broker.open(directory: directory.path)
        async let running: Void = broker.run()
        let client = KafkaClient(transport: broker.transport(clientID: "hello"), clientID: "hello")

        try await AdminClient(client: client).createTopics([NewTopic("greetings", partitions: 2)])
        try await send(["Ada", "Grace", "Barbara"], client)
        try await listen(to: 3, client)

        await broker.close()
        try await running
    }

    static func send(_ names: [String], _ client: KafkaClient) async throws {
        let producer = Producer(client: client)
        async let sending: Void = producer.run()
        for name in names {
            let place = try await producer.send(ProducerRecord(topic: "greetings", key: name, value: "Hello, \(name)!"))
            print("sent to partition \(place.topicPartition.partition) at offset \(place.offset)")
        }
        await producer.close()
        await sending
    }

    static func listen(to count: Int, _ client: KafkaClient) async throws {
        let consumer = Consumer(client: client, configuration: ConsumerConfiguration(groupID: "listeners"))
        try consumer.subscribe(["greetings"])
        async let reading: Void = consumer.run()
        var heard = 0
        for try await record in consumer.records {
            print("heard \"\(record.value?.string ?? "")\" from partition \(record.partition)")
            heard += 1
            if heard == count { break }
        }
        await consumer.close()
        try await reading
    }
}
