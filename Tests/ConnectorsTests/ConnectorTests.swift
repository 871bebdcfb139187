import Foundation
import KafkaBroker
import KafkaClient
import KafkaProtocol
import Synchronization
import Testing

@testable import Connectors

/// Connectors on an embedded broker.
@Suite struct ConnectorTests {
    /// Calls `body` with a client of a broker, and a directory.
    func withBroker(_ body: @escaping @Sendable (KafkaClient, String) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("connectors-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let broker = try Broker.open(directory: directory + "/broker")
        async let running: Void = broker.run()
        let client = KafkaClient(transport: broker.transport(clientID: "test"), clientID: "test")
        try await AdminClient(client: client).createTopics([NewTopic("lines", partitions: 1), NewTopic("two", partitions: 2)])
        try await body(client, directory)
        await broker.close()
        try await running
    }

    /// The first values of `lines`, as many as that.
    func values(_ count: Int, of client: KafkaClient) async throws -> [String] {
        let consumer = Consumer(client: client, configuration: ConsumerConfiguration(isolation: .readCommitted))
        try consumer.assign([TopicPartition(topic: "lines", partition: 0): .earliest])
        async let reading: Void = consumer.run()
        var values: [String] = []
        for try await record in consumer.records {
            values.append(record.value?.string ?? "null")
            if values.count == count { break }
        }
        await consumer.close()
        try await reading
        return values
    }

    @Test func `what a source brings is in the topic once, though it is run again`() async throws {
        try await withBroker { client, directory in
            let path = directory + "/log"
            try Data("a\nb\n".utf8).write(to: URL(fileURLWithPath: path))
            let connector = SourceConnector("log", from: FileSource(path), to: "lines")
            try await connector.run(client)
            try await connector.run(client)
            let file = try #require(FileHandle(forWritingAtPath: path))
            try file.seekToEnd()
            try file.write(contentsOf: Data("c\n".utf8))
            try await connector.run(client)
            // Another connector has a position of its own.
            try await SourceConnector("other", from: FileSource(path), to: "lines").run(client)
            let values = try await self.values(6, of: client)
            #expect(values == ["a", "b", "c", "a", "b", "c"])
        }
    }

    @Test func `a source that fails in the middle of a transaction leaves nothing, and a later one goes on`() async throws {
        struct Failure: Error {}
        /// Numbers from the position on, up to a last one, after which it fails.
        struct Numbers: RecordSource {
            let last: Int64
            var number: Int64 = 0

            mutating func start(after position: Bytes?) async throws { number = position.flatMap { Int64($0.string) } ?? 0 }
            mutating func next() async throws -> SourceBatch? {
                guard number < last else { throw Failure() }
                number += 1
                return SourceBatch(records: [SourceRecord(value: Bytes(utf8: "\(number)"))], position: Bytes(utf8: "\(number)"))
            }
        }
        try await withBroker { client, _ in
            for last in [2, 2, 5] as [Int64] {
                await #expect(throws: Failure.self) {
                    try await SourceConnector("numbers", from: Numbers(last: last), to: "lines").run(client)
                }
            }
            let values = try await self.values(5, of: client)
            #expect(values == ["1", "2", "3", "4", "5"])
        }
    }

    /// A sink that remembers, and says that all is safe, or keeps offsets itself.
    struct Memory: RecordSink {
        final class Store: Sendable {
            let values = Mutex<[TopicPartition: [String]]>([:])
            let own = Mutex<[TopicPartition: Int64]>([:])
        }
        let store: Store
        let keepsOffsets: Bool

        mutating func open(_ partition: TopicPartition) async throws -> Int64? {
            keepsOffsets ? store.own.withLock { $0[partition] } : nil
        }
        mutating func write(_ records: [SinkRecord], of partition: TopicPartition) async throws -> Int64? {
            guard let last = records.last else { return nil }
            store.values.withLock { $0[partition, default: []] += records.map { $0.value?.string ?? "null" } }
            store.own.withLock { $0[partition] = last.offset + 1 }
            return keepsOffsets ? nil : last.offset + 1
        }
    }

    @Test(arguments: [false, true])
    func `a sink gets each record once, by the group's offsets or by its own`(_ keepsOffsets: Bool) async throws {
        try await withBroker { client, _ in
            let store = Memory.Store()
            for round in 0..<2 {
                let producer = Producer(client: client)
                async let sent: Void = producer.run()
                for number in 0..<100 {
                    try await producer.enqueue(
                        ProducerRecord(topic: "two", partition: Int32(number % 2), value: Bytes(utf8: "\(round * 100 + number)")))
                }
                try await producer.flush()
                await producer.close()
                await sent
                let running = Task {
                    try await SinkConnector("memory", from: ["two"], to: Memory(store: store, keepsOffsets: keepsOffsets)).run(client)
                }
                while store.values.withLock({ $0.values.reduce(0) { $0 + $1.count } }) < (round + 1) * 100 {
                    try await Task.sleep(for: .milliseconds(5))
                }
                running.cancel()
                await #expect(throws: CancellationError.self) { try await running.value }
            }
            for partition in 0..<2 {
                let values = store.values.withLock { $0[TopicPartition(topic: "two", partition: Int32(partition))] ?? [] }
                #expect(values == (0..<200).filter { $0 % 2 == partition }.map(String.init))
            }
        }
    }

    @Test func `files have each record once, though the sink ends before it commits`() async throws {
        try await withBroker { client, directory in
            let path = directory + "/log"
            try Data((0..<1000).map { "\($0)\n" }.joined().utf8).write(to: URL(fileURLWithPath: path))
            try await SourceConnector("log", from: FileSource(path), to: "lines").run(client)
            let archive = directory + "/archive"
            func text() -> String {
                let names = ((try? FileManager.default.contentsOfDirectory(atPath: archive)) ?? []).filter { $0.hasSuffix(".txt") }
                return names.sorted().map { (try? String(contentsOfFile: "\(archive)/\($0)", encoding: .utf8)) ?? "" }.joined()
            }
            // A file of the first ten, as a process leaves it that was killed before the commit.
            var before = FileSink(directory: archive, rollBytes: 1)
            let partition = TopicPartition(topic: "lines", partition: 0)
            _ = try await before.open(partition)
            let ten = (0..<10).map { SinkRecord(offset: $0, timestamp: 0, key: nil, value: Bytes(utf8: "\($0)")) }
            #expect(try await before.write(ten, of: partition) == 10)
            let running = Task {
                try await SinkConnector("archive", from: ["lines"], to: FileSink(directory: archive, rollBytes: 100)).run(client)
            }
            while !text().hasSuffix("\n999\n") {
                try await Task.sleep(for: .milliseconds(5))
            }
            running.cancel()
            await #expect(throws: CancellationError.self) { try await running.value }
            #expect(text() == (0..<1000).map { "\($0)\n" }.joined())
        }
    }
}
