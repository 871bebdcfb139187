import Foundation
import KafkaBroker
import KafkaClient
import KafkaProtocol
import Millrace
import MillraceCommandLine
import WordCountTopology

/// Counts the words of a text with the word-count topology, broker and all in this process.
@main struct Main {
    static func main() async {
        await Program(
            Command(
                "word-count", "Counts the words of a text and prints them, most frequent first.",
                options: [CommandOption("file", "F", "The text; - is standard input, .gz is unpacked.", default: "-")]
            ) { invocation in
                let lines = try InputReader(path: invocation.arguments.required("file"), stop: invocation.stop)
                try await count(lines)
            }
        ).main()
    }

    static func count(_ lines: InputReader) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("word-count-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }

        // A broker in this process, and a client of it.
        let broker = try Broker.open(directory: directory.path)
        async let running: Void = broker.run()
        let client = KafkaClient(transport: broker.transport(clientID: "word-count"), clientID: "word-count")

        try await send(lines, to: "lines", client)
        let application = try StreamsApplication(
            WordCount.topology(),
            configuration: StreamsConfiguration(
                applicationID: "word-count", missingTopics: .create(partitions: 2), exitsWhenIdle: true),
            client: client)
        try await application.run()
        try await print(counts(in: "word-counts", client))

        await broker.close()
        try await running
    }

    /// Sends each line as a record.
    static func send(_ input: InputReader, to topic: String, _ client: KafkaClient) async throws {
        try await AdminClient(client: client).createTopics([NewTopic(topic, partitions: 2)])
        let producer = Producer(client: client)
        async let sending: Void = producer.run()
        var splitter = LineSplitter()
        var lines: [Bytes] = []
        while let chunk = try await input.next() {
            try splitter.split(chunk) { lines.append(Bytes(copying: $0)) }
            for line in lines { try await producer.enqueue(ProducerRecord(topic: topic, value: line)) }
            lines = []
        }
        try splitter.finish { lines.append(Bytes(copying: $0)) }
        for line in lines { try await producer.enqueue(ProducerRecord(topic: topic, value: line)) }
        try await producer.flush()
        await producer.close()
        await sending
    }

    /// Reads a table from its topic: the last value of a key counts.
    static func counts(in topic: String, _ client: KafkaClient) async throws -> [String: Int64] {
        let partitions = try await client.partitions(of: topic).map { TopicPartition(topic, $0.partition) }
        let ends = try await AdminClient(client: client)
            .listOffsets(Dictionary(uniqueKeysWithValues: partitions.map { ($0, .latest) }))
            .compactMapValues(\.offset).filter { $0.value > 0 }
        guard !ends.isEmpty else { return [:] }
        let consumer = Consumer(client: client)
        try consumer.assign(ends.mapValues { _ in .earliest })
        async let reading: Void = consumer.run()
        var counts: [String: Int64] = [:]
        for try await batches in consumer.batches(upTo: ends) {
            try batches.forEachRecord { record in
                guard let key = record.key, let value = record.value else { return }
                counts[key.string] = try Serde.int64.decode(value)
            }
        }
        await consumer.close()
        try await reading
        return counts
    }

    static func print(_ counts: [String: Int64]) throws {
        let output = OutputWriter()
        for (word, count) in counts.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            output.writeLine("\(count)\t\(word)")
            try output.flushIfFull()
        }
        try output.flush()
    }
}
