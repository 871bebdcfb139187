import KafkaProtocol
import MillraceTestSupport
import Testing

@testable import KafkaBroker

/// What the producer learns of batches that are refused, and what topics say about times.
@Suite struct ProduceRequestTests {
    @Test func `the answer names the records that are at fault and says why`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            try await client.createTopic("compacted", ["cleanup.policy": "compact"])
            let answer = try await client.produce(
                ForgedBatch([("a", "1"), (nil, "2"), ("c", "3"), (nil, "4")]).bytes, to: "compacted")
            #expect(KafkaErrorCode(rawValue: answer.errorCode) == .invalidRecord && answer.baseOffset == -1)
            #expect(answer.recordErrors.map(\.batchIndex) == [1, 3])
            #expect(answer.recordErrors.allSatisfy { $0.batchIndexErrorMessage?.contains("no key") == true })
            #expect(answer.errorMessage?.contains("compacted-0: 2 records") == true)
            var damaged = ForgedBatch([("a", "1"), ("b", "2")])
            damaged.records[1].offsetDelta = 1 << 62
            let refused = try await client.produce(damaged.bytes, to: "compacted")
            #expect(KafkaErrorCode(rawValue: refused.errorCode) == .invalidRecord)
            #expect(refused.recordErrors.map(\.batchIndex) == [1])
            #expect(try await client.fetch("compacted").highWatermark == 0)
        }
    }

    @Test(
        arguments: [
            (["message.timestamp.before.max.ms": "100"], [-99, -100, 0, 5000], [-101, -999_999]),
            (["message.timestamp.after.max.ms": "100"], [-5000, 0, 100], [101, 1 << 40]),
            (["message.timestamp.difference.max.ms": "100"], [-100, 0, 100], [-101, 101]),
            (
                ["message.timestamp.difference.max.ms": "100", "message.timestamp.after.max.ms": "7"], [-100, 7],
                [-101, 8]
            ),
            (["message.timestamp.type": "LogAppendTime", "message.timestamp.before.max.ms": "0"], [-5000, 5000], []),
        ] as [([String: String], [Int64], [Int64])])
    func `topics take the times that their settings say`(
        settings: [String: String], taken: [Int64], refused: [Int64]
    ) async throws {
        let directory = try TemporaryDirectory()
        let clock = ManualClock()
        try await withBroker(in: directory, clock: clock.clock) { _, client async throws in
            try await client.createTopic("t", settings)
            for shift in taken {
                let answer = try await client.produce(recordBatch(["v"], timestamp: clock.now + shift), to: "t")
                #expect(answer.errorCode == 0, "\(shift): \(answer.errorMessage ?? "")")
            }
            for shift in refused {
                let answer = try await client.produce(recordBatch(["v"], timestamp: clock.now + shift), to: "t")
                #expect(KafkaErrorCode(rawValue: answer.errorCode) == .invalidTimestamp, "\(shift)")
                #expect(answer.recordErrors.map(\.batchIndex) == [0])
                #expect(answer.errorMessage?.contains("\(clock.now + shift)") == true)
            }
            #expect(try await client.fetch("t").highWatermark == Int64(taken.count))
        }
    }

    @Test func `a topic's records get the broker's time if it says so, from the moment it does`() async throws {
        let directory = try TemporaryDirectory()
        let clock = ManualClock()
        try await withBroker(in: directory, clock: clock.clock) { _, client async throws in
            try await client.createTopic("t")
            #expect(try await client.produce(recordBatch(["v"], timestamp: 5), to: "t").logAppendTimeMs == -1)
            let changed = try await client.send(
                IncrementalAlterConfigsRequest(resources: [
                    .init(
                        resourceType: 2, resourceName: "t",
                        configs: [.init(name: "message.timestamp.type", configOperation: 0, value: "LogAppendTime")])
                ]))
            #expect(changed.responses.map(\.errorCode) == [0])
            #expect(try await client.produce(recordBatch(["w"], timestamp: 5), to: "t").logAppendTimeMs == clock.now)
            var batches = RecordBatchSequence(try await client.fetch("t").records ?? Bytes())
            let first = try #require(try batches.next()?.header)
            let second = try #require(try batches.next()?.header)
            #expect(!first.isLogAppendTime && first.maxTimestamp == 5)
            #expect(second.isLogAppendTime && second.maxTimestamp == clock.now)
        }
    }

    @Test func `zstd is for clients that know it`() async throws {
        guard (try? Compression.zstd.check()) != nil else { return }
        try await withServer { broker, server in
            try await broker.transport(clientID: "test").createTopic("t")
            let client = try await WireClient(server.address)
            var batch = ForgedBatch([("a", "1")])
            batch.compression = .zstd
            let request = ProduceRequest(
                acks: -1, topicData: [.init(name: "t", partitionData: [.init(index: 0, records: try batch.bytes)])])
            func code(_ version: Int16) async throws -> KafkaErrorCode? {
                let response = try await client.send(request, version: version)
                return response.responses.first?.partitionResponses.first.map { KafkaErrorCode(rawValue: $0.errorCode) }
            }
            #expect(try await code(6) == .unsupportedCompressionType)
            #expect(try await code(7) == KafkaErrorCode.none)
        }
    }

    @Test func `without the library of a codec its batches are refused and not looked into, for good, and the log says why`() async throws {
        guard (try? Compression.gzip.check()) != nil else { return }
        let directory = try TemporaryDirectory()
        let told = ToldLines()
        try await withBroker(in: directory, report: told.add) { _, client async throws in
            try await client.createTopic("t")
            var batch = ForgedBatch([("a", "1"), ("b", "2")])
            batch.compression = .gzip
            let bytes = try batch.bytes
            #expect(try await client.produce(bytes, to: "t").errorCode == 0)
            try await Compression.$missing.withValue([.gzip]) {
                for _ in 0..<3 {
                    let refused = try await client.produce(bytes, to: "t")
                    #expect(KafkaErrorCode(rawValue: refused.errorCode) == .unsupportedCompressionType)
                    #expect(refused.errorMessage?.contains("gzip") == true)
                    let found = try await client.send(
                        ListOffsetsRequest(topics: [.init(name: "t", partitions: [.init(timestamp: 1001)])]))
                    let code = KafkaErrorCode(rawValue: try #require(found.topics.first?.partitions.first?.errorCode))
                    #expect(code == .unsupportedCompressionType && !code.isRetriable)
                }
                // Whoever reads the batch may have the library.
                #expect(try await client.fetch("t").records?.isEmpty == false)
            }
            let found = try await client.send(
                ListOffsetsRequest(topics: [.init(name: "t", partitions: [.init(timestamp: 1001)])]))
            #expect(found.topics.first?.partitions.first?.offset == 1)
        }
        #expect(told.all.count == 1 && told.contains("t-0", "gzip"), "\(told.all)")
    }

    @Test func `the record with the largest time is looked for among those that a reader may see`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            try await client.createTopic("t")
            func latest(_ isolation: Int8) async throws -> [Int64?] {
                let response = try await client.send(
                    ListOffsetsRequest(
                        isolationLevel: isolation, topics: [.init(name: "t", partitions: [.init(timestamp: -3)])]))
                let partition = response.topics.first?.partitions.first
                return [partition?.offset, partition?.timestamp]
            }
            #expect(try await latest(0) == [-1, -1])
            _ = try await client.produce(recordBatch(["a", "b"], timestamp: 100), to: "t")
            #expect(try await latest(0) == [1, 101])
            let producer = try await client.send(InitProducerIdRequest(transactionalId: "x", transactionTimeoutMs: 1000))
            _ = try await client.send(
                AddPartitionsToTxnRequest(
                    v3AndBelowTransactionalId: "x", v3AndBelowProducerId: producer.producerId,
                    v3AndBelowProducerEpoch: producer.producerEpoch,
                    v3AndBelowTopics: [.init(name: "t", partitions: [0])]))
            let open = try recordBatch(
                ["open"], timestamp: 900, producerID: producer.producerId, epoch: producer.producerEpoch, sequence: 0,
                transactional: true)
            #expect(try await client.produce(open, to: "t", transactionalID: "x").errorCode == 0)
            #expect(try await latest(0) == [2, 900])
            #expect(try await latest(1) == [-1, -1])
        }
    }
}
