import Foundation
import KafkaBroker
import KafkaClient
import KafkaNetwork
import KafkaProtocol

/// Sends a few greetings to a topic, all or none of them, and listens to them: on an embedded broker in a temporary
/// directory, or on the Kafka cluster whose address is given, as in `hello-kafka localhost:9092`.
@main struct HelloKafka {
    static func main() async throws {
        let address = CommandLine.arguments.dropFirst().first ?? "embedded"
        if address == "embedded" { return try await withEmbeddedBroker { try await greet($0) } }
        let parts = address.split(separator: ":")
        guard parts.count == 2, let port = Int(parts[1]) else {
            print("usage: hello-kafka [embedded|HOST:PORT]")
            exit(64)
        }
        try await withKafkaClient(bootstrap: [NetworkAddress(host: String(parts[0]), port: port)], clientID: "hello") {
            try await greet($0)
        }
    }

    static func withEmbeddedBroker(_ body: (KafkaClient) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "hello-kafka-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let broker = try Broker.open(directory: directory.path)
        async let running: Void = broker.run()
        try await body(KafkaClient(transport: broker.transport(clientID: "hello"), clientID: "hello"))
        await broker.close()
        try await running
    }

    static func greet(_ client: KafkaClient) async throws {
        // Each run has a topic of its own, so that it hears its own greetings only.
        let topic = "greetings-\(UUID().uuidString)"
        let admin = AdminClient(client: client)
        try await admin.createTopics([NewTopic(topic, partitions: 2)])
        try await send(["Ada", "Grace", "Barbara"], to: topic, client)
        try await listen(to: topic, count: 3, client)
        try await admin.deleteTopics([topic])
    }

    static func send(_ names: [String], to topic: String, _ client: KafkaClient) async throws {
        let producer = Producer(client: client, configuration: ProducerConfiguration(transactionalID: topic))
        async let sending: Void = producer.run()
        try await producer.withTransaction { producer in
            for name in names {
                let place = try await producer.send(ProducerRecord(topic: topic, key: name, value: "Hello, \(name)!"))
                print("sent to partition \(place.topicPartition.partition) at offset \(place.offset)")
            }
        }
        await producer.close()
        await sending
    }

    static func listen(to topic: String, count: Int, _ client: KafkaClient) async throws {
        let consumer = Consumer(
            client: client, configuration: ConsumerConfiguration(groupID: "listeners", isolation: .readCommitted))
        try consumer.subscribe([topic])
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
