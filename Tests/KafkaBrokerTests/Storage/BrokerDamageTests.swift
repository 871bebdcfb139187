import Foundation
import KafkaProtocol
import Testing

@testable import KafkaBroker

/// A broker whose directory was damaged while it was not running: it starts, keeps what is left and tells what is not.
@Suite struct BrokerDamageTests {
    private func logs(_ directory: TemporaryDirectory, _ partition: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(directory.path)/\(partition)")
            .filter { $0.hasSuffix(".log") }.sorted().map { "\(directory.path)/\(partition)/\($0)" }
    }

    /// The batches of a log file.
    private func batches(_ path: String) throws -> [BatchScanner.Item] {
        let file = try LogFile(path: path)
        var scanner = BatchScanner(file: file, end: try file.size())
        var items: [BatchScanner.Item] = []
        while let item = try scanner.next() { items.append(item) }
        return items
    }

    private func flip(_ path: String, _ place: Int, _ bit: UInt8) throws {
        var bytes = try contents(path)
        bytes[place] ^= 1 << bit
        try overwrite(path, bytes)
    }

    private func committed(_ client: any KafkaTransport) async throws -> [Int64] {
        var found: [Int64] = []
        for group in ["g0", "g1", "g2", "g3"] { found.append(try await client.committed(group, "t").committedOffset) }
        return found
    }

    @Test(arguments: [BrokerEnding.closing, .abandoning]) func `a damaged batch of committed offsets costs those in it alone`(
        ending: BrokerEnding
    ) async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory, endsBy: ending) { _, client async throws in
            try await client.createTopic("t")
            for number: Int64 in 0..<4 { #expect(try await client.commit("g\(number)", "t", 1234 + number) == KafkaErrorCode.none) }
        }
        let path = try #require(logs(directory, "__consumer_offsets-0").first)
        let all = try batches(path)
        #expect(all.count == 4)
        // The last byte but one of a committed offset.
        try flip(path, all[1].end - 20, 3)
        let told = ToldLines()
        try await withBroker(in: directory, report: told.add) { _, client async throws in
            #expect(try await committed(client) == [1234, -1, 1236, 1237])
            #expect(try await client.commit("g1", "t", 99) == KafkaErrorCode.none)
        }
        #expect(told.contains(path, "byte \(all[1].position)", "damaged", "1 records, offsets 1 to 1"), "\(told.all)")
        let later = ToldLines()
        try await withBroker(in: directory, report: later.add) { _, client async throws in
            #expect(try await committed(client) == [1234, 99, 1236, 1237])
        }
        #expect(later.all == [])
    }

    @Test func `whatever bit of the broker's own logs is wrong, it starts`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            try await client.createTopic("t")
            _ = try await client.commit("g0", "t", 5)
            _ = try await client.send(InitProducerIdRequest(transactionalId: "x", transactionTimeoutMs: 1000))
        }
        for partition in ["__consumer_offsets-0", "__transaction_state-0"] {
            let path = try #require(logs(directory, partition).first)
            let size = try contents(path).count
            for place in stride(from: 0, to: size, by: 7) {
                await Task.yield()
                let copy = try TemporaryDirectory()
                try FileManager.default.removeItem(atPath: copy.path)
                try FileManager.default.copyItem(atPath: directory.path, toPath: copy.path)
                try flip("\(copy.path)/\(partition)/\(URL(filePath: path).lastPathComponent)", place, UInt8(place % 8))
                let told = ToldLines()
                let broker = try Broker.open(directory: copy.path, log: { told.add($0.description) })
                #expect(told.contains(partition, "damaged") || told.contains("cut at offset"), "byte \(place): \(told.all)")
                broker.abandon()
            }
        }
    }

    @Test func `a record of its own that makes no sense is passed over`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { broker, client async throws in
            try await client.createTopic("t")
            _ = try await client.commit("g0", "t", 5)
            let key = try GroupRecord.offset(group: Name("bad"), TopicPartition("t", 0), nil).encoded().key
            try broker.groups.log.append([(key, [0, 3, 1]), (Bytes(), nil), ([0], [1]), ([0, 77, 1], [1])])
            try broker.transactions.log.append([([0, 0, 0, 1, 65], [0, 100, 1]), ([0, 0, 0, 9, 65], [])])
            _ = try await client.commit("g1", "t", 6)
        }
        let told = ToldLines()
        try await withBroker(in: directory, report: told.add) { _, client async throws in
            #expect(try await committed(client) == [5, 6, -1, -1])
        }
        #expect(told.contains("__consumer_offsets-0: the record at offset 1 is passed over"))
        #expect(told.contains("__transaction_state-0: the record at offset 0 is passed over"))
        #expect(told.all.count == 5, "\(told.all)")
    }

    @Test func `a transaction that no transactional id knows of any more is aborted, so that readers go on`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory, endsBy: .abandoning) { _, client async throws in
            try await client.createTopic("t")
            let producer = try await client.send(InitProducerIdRequest(transactionalId: "x", transactionTimeoutMs: 1000))
            _ = try await client.send(
                AddPartitionsToTxnRequest(
                    v3AndBelowTransactionalId: "x", v3AndBelowProducerId: producer.producerId,
                    v3AndBelowProducerEpoch: producer.producerEpoch,
                    v3AndBelowTopics: [.init(name: "t", partitions: [0])]))
            let open = try recordBatch(
                ["open"], producerID: producer.producerId, epoch: producer.producerEpoch, sequence: 0, transactional: true)
            #expect(try await client.produce(open, to: "t", transactionalID: "x").errorCode == 0)
        }
        try FileManager.default.removeItem(atPath: "\(directory.path)/__transaction_state-0")
        let told = ToldLines()
        try await withBroker(in: directory, report: told.add) { _, client async throws in
            _ = try await client.produce(recordBatch(["after"]), to: "t")
            #expect(try await client.values("t", committed: true) == ["after"])
        }
        #expect(told.contains("__transaction_state-0", "is missing"))
        #expect(told.contains("t-0: aborted the transaction of producer 0 from offset 0 on"))
    }

    @Test func `producer ids are not given out twice, even if the file that says which were is gone`() async throws {
        let directory = try TemporaryDirectory()
        let first = try await withBroker(in: directory) { _, client async throws in
            try await client.createTopic("t")
            var id: Int64 = -1
            for _ in 0..<3 { id = try await client.send(InitProducerIdRequest(transactionalId: nil)).producerId }
            _ = try await client.produce(recordBatch(["a"], producerID: id, epoch: 0, sequence: 0), to: "t")
            return id
        }
        try FileManager.default.removeItem(atPath: "\(directory.path)/producer-ids")
        let told = ToldLines()
        try await withBroker(in: directory, report: told.add) { _, client async throws in
            let next = try await client.send(InitProducerIdRequest(transactionalId: nil)).producerId
            #expect(next > first)
            _ = try await client.produce(recordBatch(["b"], producerID: next, epoch: 0, sequence: 0), to: "t")
            #expect(try await client.values("t") == ["a", "b"])
        }
        #expect(told.contains("producer-ids is missing"))
    }

    @Test func `topics are found by their partitions if the list of topics is gone`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            try await client.createTopic("t-1", partitions: 3, ["retention.ms": "1"])
            try await client.createTopic("u")
            _ = try await client.produce(recordBatch(["a"]), to: "t-1", partition: 2)
            _ = try await client.commit("g0", "u", 5)
        }
        try FileManager.default.removeItem(atPath: "\(directory.path)/topics")
        try FileManager.default.createDirectory(atPath: "\(directory.path)/notes-7", withIntermediateDirectories: false)
        let told = ToldLines()
        try await withBroker(in: directory, report: told.add) { broker, client async throws in
            #expect(broker.topics.topic(Name("t-1"))?.partitionCount == 3)
            #expect(try await client.values("t-1", partition: 2) == ["a"])
            #expect(try await client.committed("g0", "u").committedOffset == 5)
            for log in broker.topics.logs { try log.maintain(now: .max) }
            #expect(try await client.values("t-1", partition: 2) == ["a"])
        }
        #expect(told.contains("topics is missing", "t-1 (3)", "u (1)"))
        let later = ToldLines()
        try await withBroker(in: directory, report: later.add) { _, _ in }
        #expect(later.all == [])
    }

    @Test func `a missing directory of a partition, and one that no topic has, are told`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            try await client.createTopic("t", partitions: 2)
            _ = try await client.produce(recordBatch(["a"]), to: "t", partition: 1)
        }
        try FileManager.default.moveItem(atPath: "\(directory.path)/t-1", toPath: "\(directory.path)/old-0")
        try FileManager.default.removeItem(atPath: "\(directory.path)/meta.properties")
        let told = ToldLines()
        try await withBroker(in: directory, report: told.add) { _, _ in }
        #expect(told.contains("t-1: the directory \(directory.path)/t-1 is missing"))
        #expect(told.contains("\(directory.path)/old-0 is of no topic"))
        #expect(told.contains("meta.properties is missing"))
        #expect(told.all.count == 3, "\(told.all)")
    }

    @Test func `compaction leaves a damaged batch as it is`() throws {
        try withDirectory { root in
            let configuration = settings {
                $0.segmentBytes = 150
                $0.cleanupPolicy = .compact
            }
            let log = try openLog(root, configuration)
            for number in 0..<6 { try log.append(batch([("k", "v\(number)"), ("l", "v")]), now: 0) }
            try log.flush()
            var bytes = try contents(file(root, .log, 2))
            bytes[70] ^= 1
            try overwrite(file(root, .log, 2), bytes)
            try log.compact(now: 0, force: true)
            #expect(try log.read(from: 0, maxBytes: 10_000).records.array.contains(bytes))
        }
    }
}
