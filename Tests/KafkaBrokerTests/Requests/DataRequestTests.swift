import KafkaProtocol
import Synchronization
import Testing

@testable import KafkaBroker

@Suite struct DataRequestTests {
    @Test func `what was produced is fetched, by name and by id`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { broker, client async throws in
            try await client.createTopic("t")
            for acks: Int16 in [0, 1, -1] {
                #expect(try await client.produce(recordBatch(["v\(acks)"]), to: "t", acks: acks).errorCode == 0)
            }
            #expect(
                try await client.produce(recordBatch(["x"]), to: "t", acks: 2).errorCode
                    == KafkaErrorCode.invalidRequiredAcks.rawValue)
            #expect(try await client.values("t") == ["v0", "v1", "v-1"])
            #expect(try await client.values("t", from: 2) == ["v-1"])
            let id = try #require(broker.topics.topic("t")?.id)
            let byID = try await client.send(
                FetchRequest(
                    topics: [.init(topicId: id, partitions: [.init(fetchOffset: 0, partitionMaxBytes: 1000)])]))
            #expect(byID.responses.first?.topicId == id)
            #expect(byID.responses.first?.partitions.first?.highWatermark == 3)
            let unknown = try await client.send(
                FetchRequest(topics: [.init(topicId: KafkaUUID(high: 1, low: 1), partitions: [.init()])]))
            #expect(unknown.responses.first?.partitions.first?.errorCode == KafkaErrorCode.unknownTopicId.rawValue)
        }
    }

    @Test func `errors concern their partition alone`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            try await client.createTopic("t")
            let good = try recordBatch(["a"])
            var damaged = good.array
            damaged[damaged.count - 1] ^= 1
            let response = try await client.send(
                ProduceRequest(
                    acks: -1,
                    topicData: [
                        .init(
                            name: "t",
                            partitionData: [.init(index: 0, records: Bytes(damaged)), .init(index: 5, records: good)]),
                        .init(name: "none", partitionData: [.init(index: 0, records: good)]),
                        .init(name: "__consumer_offsets", partitionData: [.init(index: 0, records: good)]),
                    ]))
            let codes = response.responses.flatMap(\.partitionResponses).map { KafkaErrorCode(rawValue: $0.errorCode) }
            #expect(
                codes == [.corruptMessage, .unknownTopicOrPartition, .unknownTopicOrPartition, .invalidTopicException])
            #expect(try await client.produce(good, to: "t").baseOffset == 0)
            #expect(try await client.fetch("t", from: 2).errorCode == KafkaErrorCode.offsetOutOfRange.rawValue)
            #expect(try await client.fetch("t", from: -1).errorCode == KafkaErrorCode.offsetOutOfRange.rawValue)
        }
    }

    @Test func `a fetch waits until there is something`() async throws {
        let directory = try TemporaryDirectory()
        let clock = ManualClock()
        try await withBroker(in: directory, clock: clock.clock) { _, client async throws in
            try await client.createTopic("t")
            // Time stands still: only the record can wake it.
            async let waiting = client.fetch("t", maxWait: 1_000_000)
            #expect(try await client.produce(recordBatch(["a"]), to: "t").errorCode == 0)
            #expect(try await waiting.highWatermark == 1)
        }
    }

    @Test func `a fetch of nothing ends after its time`() async throws {
        let directory = try TemporaryDirectory()
        let clock = ManualClock()
        try await withBroker(in: directory, clock: clock.clock) { broker, client async throws in
            try await client.createTopic("t")
            async let waiting = client.fetch("t", maxWait: 500)
            while clock.now < 1_000_600 {
                await Task.yield()
                clock.advance(by: 10)
            }
            #expect(try await waiting.highWatermark == 0)
            #expect(broker.timers.count == 2, "only maintenance is still set")
        }
    }

    @Test func `a fetch that is cancelled leaves nobody waiting`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { broker, client async throws in
            try await client.createTopic("t")
            await withTaskGroup(of: Bool.self) { group in
                group.addTask {
                    do {
                        _ = try await client.fetch("t", maxWait: .max)
                        return false
                    } catch { return error is CancellationError }
                }
                group.cancelAll()
                #expect(await group.next() == true)
            }
            #expect(broker.timers.count <= 2)
        }
    }

    @Test func `limits hold, but the first partition with data always gets a batch`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            try await client.createTopic("t", partitions: 4)
            for partition: Int32 in 0..<4 {
                _ = try await client.produce(
                    recordBatch([String(repeating: "x", count: 1000)]), to: "t", partition: partition)
            }
            var seen: Set<Int32> = []
            for _ in 0..<4 {
                let response = try await client.send(
                    FetchRequest(
                        maxBytes: 100,
                        topics: [
                            .init(
                                topic: "t",
                                partitions: (0..<4).map { .init(partition: $0, fetchOffset: 0, partitionMaxBytes: 100) }
                            )
                        ]))
                let filled = try #require(response.responses.first).partitions.filter { $0.records?.isEmpty == false }
                #expect(filled.count == 1)
                for partition in filled { seen.insert(partition.partitionIndex) }
            }
            #expect(seen == [0, 1, 2, 3], "each partition has its turn")
        }
    }

    @Test func `offsets are found by time and at both ends`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            try await client.createTopic("t")
            _ = try await client.produce(recordBatch(["a", "b", "c"], timestamp: 100), to: "t")
            func offset(_ timestamp: Int64) async throws -> [Int64] {
                let response = try await client.send(
                    ListOffsetsRequest(topics: [.init(name: "t", partitions: [.init(timestamp: timestamp)])]))
                let partition = try #require(response.topics.first?.partitions.first)
                #expect(partition.errorCode == 0)
                return [partition.offset, partition.timestamp]
            }
            #expect(try await offset(-2) == [0, -1])
            #expect(try await offset(-1) == [3, -1])
            #expect(try await offset(-3) == [2, 102])
            #expect(try await offset(101) == [1, 101])
            #expect(try await offset(0) == [0, 100])
            #expect(try await offset(103) == [-1, -1])
            let deleted = try await client.send(
                DeleteRecordsRequest(topics: [.init(name: "t", partitions: [.init(partitionIndex: 0, offset: 2)])]))
            #expect(deleted.topics.first?.partitions.first?.lowWatermark == 2)
            #expect(try await offset(-2) == [2, -1])
            #expect(try await client.fetch("t", from: 1).errorCode == KafkaErrorCode.offsetOutOfRange.rawValue)
        }
    }

    @Test func `a batch sent again after a crash of the broker is not there twice`() async throws {
        let directory = try TemporaryDirectory()
        let (records, first) = try await withBroker(in: directory, endsBy: .abandoning) { _, client async throws in
            try await client.createTopic("t")
            let producer = try await client.send(InitProducerIdRequest(transactionalId: nil))
            let records = try recordBatch(
                ["a", "b"], producerID: producer.producerId, epoch: producer.producerEpoch, sequence: 0)
            return (records, try await client.produce(records, to: "t"))
        }
        try await withBroker(in: directory) { _, client async throws in
            let again = try await client.produce(records, to: "t")
            #expect(again.errorCode == 0)
            #expect(again.baseOffset == first.baseOffset)
            #expect(try await client.values("t") == ["a", "b"])
        }
    }

    @Test func `records are on the disk after flush.ms, and then nothing is scheduled`() async throws {
        let directory = try TemporaryDirectory()
        let clock = ManualClock()
        try await withBroker(in: directory, clock: clock.clock) { broker, client in
            try await client.createTopic("t", ["flush.ms": "1000"])
            let log = try #require(broker.topics.log(TopicPartition("t", 0)))
            _ = try await client.produce(recordBatch(["a"]), to: "t")
            #expect(log.state.withLock { $0.unsyncedSince } != nil)
            clock.advance(by: 1000)
            while log.state.withLock({ $0.unsyncedSince }) != nil { await Task.yield() }
            #expect(broker.timers.count == 2, "only maintenance is still set")
        }
    }

    @Test func `closing a transport ends its waits`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { broker, client in
            try await client.createTopic("t")
            let other = broker.transport(clientID: "other")
            async let waiting = other.fetch("t", maxWait: .max)
            while broker.timers.count < 2 { await Task.yield() }
            await other.close()
            do {
                _ = try await waiting
                Issue.record("the fetch was answered")
            } catch let error as BrokerError {
                #expect(error.code == .closed)
            }
            #expect(try await client.fetch("t").errorCode == 0)
        }
    }
}
