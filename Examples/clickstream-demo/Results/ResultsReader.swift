import KafkaClient
import KafkaProtocol
import Synchronization

/// Reads the output topics into the status, as any client of the broker could.
final class ResultsReader: Sendable {
    private let consumer: Consumer
    private let status: DemoStatus
    private let topics: [TopicPartition: OutputTopic]
    private let ends = Mutex<[TopicPartition: Int64]?>(nil)
    private let news: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init(_ client: KafkaClient, _ status: DemoStatus) async throws {
        var topics: [TopicPartition: OutputTopic] = [:]
        for topic in OutputTopic.allCases {
            for partition in try await client.partitions(of: topic.rawValue) {
                topics[TopicPartition(topic.rawValue, partition.partition)] = topic
            }
        }
        self.topics = topics
        self.status = status
        consumer = Consumer(client: client, configuration: ConsumerConfiguration(isolation: .readCommitted))
        (news, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        try consumer.assign(topics.mapValues { _ in .earliest })
    }

    /// Makes `run()` return as soon as all that is in the topics now has been read.
    func finish() async throws {
        let latest = try await AdminClient(client: consumer.client)
            .listOffsets(topics.mapValues { _ in .latest }, isolation: .readCommitted)
        ends.withLock { $0 = latest.mapValues(\.offset) }
        signal.yield()
    }

    /// Reads until `finish()`.
    @concurrent func run() async throws {
        consumer.setListener(for: Array(topics.keys)) { [signal] in signal.yield() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [consumer] in try await consumer.run() }
            group.addTask { [self] in
                try await read()
                await consumer.close()
            }
            defer { group.cancelAll() }
            try await group.waitForAll()
        }
    }

    private func read() async throws {
        var iterator = news.makeAsyncIterator()
        while true {
            for (partition, topic) in topics {
                if let error = consumer.error(of: partition) { throw error }
                while let fetched = consumer.takeBatches(from: partition) {
                    try status.apply(fetched, of: topic)
                }
            }
            if let ends = ends.withLock({ $0 }), ends.allSatisfy({ consumer.position($0.key) ?? 0 >= $0.value }) {
                return
            }
            guard await iterator.next() != nil else { throw CancellationError() }
        }
    }
}
