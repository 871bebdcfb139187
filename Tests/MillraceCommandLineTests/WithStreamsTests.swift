import Foundation
import KafkaClient
import KafkaProtocol
import Millrace
import Testing

import MillraceCommandLine

@Suite struct WithStreamsTests {
    @Test func `an application runs with a broker of its own, and has committed when both have ended`() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "streams-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let builder = StreamsBuilder()
        let words = builder.stream("in", key: .string, value: .string)
        let (calls, call) = AsyncStream.makeStream(of: String.self)
        words.mapValuesAsync(maxInFlight: 4) { word in
            call.yield(word ?? "")
            return word?.uppercased()
        }.to("out")
        let topology = try builder.build()
        let input = TopicPartition("in", 0)
        var configuration = StreamsConfiguration(applicationID: "app", commitInterval: .seconds(3600))
        configuration.missingTopics = .create(partitions: 1)
        let seen = try await withStreams(topology, configuration: configuration, broker: .embedded(directory: directory)) { application in
            let producer = Producer(client: application.client)
            async let running: Void = producer.run()
            for word in ["a", "b"] {
                try await producer.enqueue(ProducerRecord(topic: "in", timestamp: 1, key: nil, value: Bytes(utf8: word)))
            }
            try await producer.flush()
            await producer.close()
            await running
            var called = calls.makeAsyncIterator()
            return [await called.next(), await called.next()]
        }
        #expect(seen == ["a", "b"])
        let committed = try await withStreams(topology, configuration: configuration, broker: .embedded(directory: directory)) {
            try await AdminClient(client: $0.client).committedOffsets(of: "app", [input])[input]?.offset
        }
        #expect(committed == 2)
    }
}
