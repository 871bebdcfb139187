import KafkaProtocol
import Synchronization
import Testing

@testable import KafkaBroker

/// A producer as a test drives it, request by request.
private struct TestProducer {
    let id: String
    let transport: any KafkaTransport
    var producerID: Int64 = -1
    var epoch: Int16 = -1
    var sequences: [TopicPartition: Int32] = [:]

    init(_ id: String, _ transport: any KafkaTransport, timeout: Int32 = 60_000) async throws {
        self.id = id
        self.transport = transport
        let answer = try await transport.send(InitProducerIdRequest(transactionalId: id, transactionTimeoutMs: timeout))
        #expect(answer.errorCode == 0)
        producerID = answer.producerId
        epoch = answer.producerEpoch
    }

    func add(_ topic: String, _ partitions: [Int32] = [0]) async throws -> KafkaErrorCode {
        let answer = try await transport.send(
            AddPartitionsToTxnRequest(
                v3AndBelowTransactionalId: id, v3AndBelowProducerId: producerID, v3AndBelowProducerEpoch: epoch,
                v3AndBelowTopics: [.init(name: topic, partitions: partitions)]))
        let code = try #require(answer.resultsByTopicV3AndBelow.first?.resultsByPartition.first?.partitionErrorCode)
        return KafkaErrorCode(rawValue: code)
    }

    mutating func write(_ values: [String], to topic: String, partition: Int32 = 0) async throws -> KafkaErrorCode {
        let target = TopicPartition(topic, partition)
        let sequence = sequences[target, default: 0]
        let records = try recordBatch(
            values, producerID: producerID, epoch: epoch, sequence: sequence, transactional: true)
        let answer = try await transport.produce(records, to: topic, partition: partition, transactionalID: id)
        if answer.errorCode == 0 { sequences[target] = sequence + Int32(values.count) }
        return KafkaErrorCode(rawValue: answer.errorCode)
    }

    func addOffsets(_ group: String) async throws -> KafkaErrorCode {
        let answer = try await transport.send(
            AddOffsetsToTxnRequest(transactionalId: id, producerId: producerID, producerEpoch: epoch, groupId: group))
        return KafkaErrorCode(rawValue: answer.errorCode)
    }

    func commitOffset(
        _ offset: Int64, _ group: String, _ topic: String, generation: Int32 = -1, member: String = ""
    ) async throws -> KafkaErrorCode {
        let answer = try await transport.send(
            TxnOffsetCommitRequest(
                transactionalId: id, groupId: group, producerId: producerID, producerEpoch: epoch,
                generationId: generation, memberId: member,
                topics: [.init(name: topic, partitions: [.init(partitionIndex: 0, committedOffset: offset)])]))
        return KafkaErrorCode(rawValue: try #require(answer.topics.first?.partitions.first?.errorCode))
    }

    func end(commit: Bool) async throws -> KafkaErrorCode {
        let answer = try await transport.send(
            EndTxnRequest(transactionalId: id, producerId: producerID, producerEpoch: epoch, committed: commit))
        return KafkaErrorCode(rawValue: answer.errorCode)
    }
}

@Suite struct BrokerTransactionTests {
    @Test func `committed records are seen, aborted ones are not, open ones not yet`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            try await client.createTopic("t", partitions: 2)
            var producer = try await TestProducer("x", client)
            #expect(try await producer.add("t", [0, 1]) == .none)
            #expect(try await producer.write(["a", "b"], to: "t") == .none)
            #expect(try await producer.write(["c"], to: "t", partition: 1) == .none)
            #expect(try await client.values("t", committed: true) == [])
            #expect(try await client.values("t") == ["a", "b"])
            #expect(try await producer.end(commit: true) == .none)
            #expect(try await client.values("t", committed: true) == ["a", "b"])
            #expect(try await client.values("t", partition: 1, committed: true) == ["c"])

            #expect(try await producer.add("t") == .none)
            #expect(try await producer.write(["d"], to: "t") == .none)
            #expect(try await producer.end(commit: false) == .none)
            #expect(try await client.values("t", committed: true) == ["a", "b"])
            #expect(try await client.values("t") == ["a", "b", "d"])

            #expect(try await producer.add("t") == .none)
            #expect(try await producer.write(["e"], to: "t") == .none)
            #expect(try await producer.end(commit: true) == .none)
            #expect(try await client.values("t", committed: true) == ["a", "b", "e"])
        }
    }

    @Test func `a write to a partition that is not part of the transaction is refused`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            try await client.createTopic("t")
            var producer = try await TestProducer("x", client)
            #expect(try await producer.write(["a"], to: "t") == .transactionAbortable)
            #expect(try await producer.add("nowhere") == .unknownTopicOrPartition)
        }
    }

    @Test func `a new producer fences the old one and aborts what it has left`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            try await client.createTopic("t")
            var old = try await TestProducer("x", client)
            #expect(try await old.add("t") == .none)
            #expect(try await old.write(["lost"], to: "t") == .none)
            var new = try await TestProducer("x", client)
            #expect(new.producerID == old.producerID)
            #expect(new.epoch > old.epoch)
            #expect(try await old.write(["late"], to: "t") == .invalidProducerEpoch)
            #expect(try await old.end(commit: true) == .producerFenced)
            #expect(try await new.add("t") == .none)
            #expect(try await new.write(["kept"], to: "t") == .none)
            #expect(try await new.end(commit: true) == .none)
            #expect(try await client.values("t", committed: true) == ["kept"])
        }
    }

    @Test func `offsets in a transaction count when it commits`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            try await client.createTopic("t")
            let producer = try await TestProducer("x", client)
            #expect(try await producer.commitOffset(3, "g", "t") == .transactionAbortable)
            #expect(try await producer.addOffsets("g") == .none)
            #expect(try await producer.commitOffset(3, "g", "t") == .none)
            #expect(try await client.committed("g", "t").committedOffset == -1)
            #expect(
                try await client.committed("g", "t", stable: true).errorCode
                    == KafkaErrorCode.unstableOffsetCommit.rawValue)
            #expect(try await producer.end(commit: true) == .none)
            #expect(try await client.committed("g", "t", stable: true).committedOffset == 3)

            #expect(try await producer.addOffsets("g") == .none)
            #expect(try await producer.commitOffset(9, "g", "t") == .none)
            #expect(try await producer.end(commit: false) == .none)
            #expect(try await client.committed("g", "t", stable: true).committedOffset == 3)
            #expect(try await producer.addOffsets("g") == .none)
            #expect(try await producer.commitOffset(9, "g", "t", generation: 4, member: "m") == .unknownMemberId)
        }
    }

    @Test func `a transaction that takes too long is aborted and its producer fenced`() async throws {
        let directory = try TemporaryDirectory()
        let clock = ManualClock()
        try await withBroker(in: directory, clock: clock.clock) { broker, client async throws in
            try await client.createTopic("t")
            var producer = try await TestProducer("x", client, timeout: 500)
            #expect(try await producer.add("t") == .none)
            #expect(try await producer.write(["a"], to: "t") == .none)
            async let waiting = client.fetch("t", from: 1, maxWait: 1_000_000, isolation: 1)
            clock.advance(by: 500)
            // The marker lets readers of committed data go on.
            #expect(try await waiting.lastStableOffset == 2)
            #expect(try await producer.write(["b"], to: "t") == .invalidProducerEpoch)
            #expect(try await producer.end(commit: true) == .producerFenced)
            #expect(try await client.values("t", committed: true) == [])
        }
    }

    @Test func `transactions of programs that died with the process are aborted, decided ones stay`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory, endsBy: .abandoning) { _, client async throws in
            try await client.createTopic("t", partitions: 2)
            var done = try await TestProducer("done", client)
            #expect(try await done.add("t") == .none)
            #expect(try await done.addOffsets("g") == .none)
            #expect(try await done.write(["a"], to: "t") == .none)
            #expect(try await done.commitOffset(1, "g", "t") == .none)
            #expect(try await done.end(commit: true) == .none)
            var open = try await TestProducer("open", client)
            #expect(try await open.add("t") == .none)
            #expect(try await open.addOffsets("g") == .none)
            #expect(try await open.write(["b"], to: "t") == .none)
            #expect(try await open.commitOffset(2, "g", "t") == .none)
        }
        try await withBroker(in: directory) { _, client async throws in
            #expect(try await client.values("t", committed: true) == ["a"])
            let data = try await client.fetch("t", isolation: 1)
            #expect(data.lastStableOffset == data.highWatermark)
            #expect(try await client.committed("g", "t", stable: true).committedOffset == 1)
        }
    }

    @Test func `a decision that was written down is carried out after a crash`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory, endsBy: .abandoning) { broker, client async throws in
            try await client.createTopic("t", partitions: 2)
            var producer = try await TestProducer("x", client)
            #expect(try await producer.add("t", [0, 1]) == .none)
            #expect(try await producer.addOffsets("g") == .none)
            #expect(try await producer.write(["a"], to: "t") == .none)
            #expect(try await producer.write(["b"], to: "t", partition: 1) == .none)
            #expect(try await producer.commitOffset(7, "g", "t") == .none)
            // What `EndTxn` writes first; the process dies before the markers.
            var prepared = try #require(broker.transactions.transaction("x"))
            let (id, epoch) = (producer.producerID, producer.epoch)
            let ending = try prepared.end(
                commit: true, producerID: id, epoch: epoch, bumpsEpoch: false, now: 1,
                freshProducerID: broker.transactions.producerIDs.next)
            #expect(ending == .prepared)
            try broker.transactions.state.withLock { try broker.transactions.write(prepared, to: &$0) }
        }
        try await withBroker(in: directory) { broker, client async throws in
            #expect(broker.transactions.transaction("x")?.state == .completeCommit)
            #expect(try await client.values("t", committed: true) == ["a"])
            #expect(try await client.values("t", partition: 1, committed: true) == ["b"])
            #expect(try await client.committed("g", "t", stable: true).committedOffset == 7)
        }
    }

    @Test func `a transaction of a program elsewhere outlives the broker`() async throws {
        let directory = try TemporaryDirectory()
        let producer = try await withBroker(in: directory, endsBy: .abandoning) { broker, client async throws in
            try await client.createTopic("t")
            var producer = try await TestProducer("x", client)
            // As it would be over TCP.
            var transaction = try #require(broker.transactions.transaction("x"))
            transaction.isInProcess = false
            try broker.transactions.state.withLock { try broker.transactions.write(transaction, to: &$0) }
            #expect(try await producer.add("t") == .none)
            #expect(try await producer.addOffsets("g") == .none)
            #expect(try await producer.write(["a"], to: "t") == .none)
            #expect(try await producer.commitOffset(7, "g", "t") == .none)
            return producer
        }
        try await withBroker(in: directory) { _, client async throws in
            #expect(try await client.values("t", committed: true) == [])
            let answer = try await client.send(
                EndTxnRequest(
                    transactionalId: "x", producerId: producer.producerID, producerEpoch: producer.epoch,
                    committed: true))
            #expect(answer.errorCode == 0)
            #expect(try await client.values("t", committed: true) == ["a"])
            #expect(try await client.committed("g", "t", stable: true).committedOffset == 7)
        }
    }

    @Test func `producer ids are never given out twice`() async throws {
        let directory = try TemporaryDirectory()
        var seen: Set<Int64> = []
        for _ in 0..<3 {
            try await withBroker(in: directory, endsBy: .abandoning) { _, client async throws in
                for _ in 0..<5 {
                    let answer = try await client.send(InitProducerIdRequest(transactionalId: nil))
                    #expect(answer.producerEpoch == 0)
                    #expect(seen.insert(answer.producerId).inserted)
                }
            }
        }
    }

    @Test func `with version 5 every transaction has its own epoch on the log, too`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { broker, client async throws in
            try await client.createTopic("t")
            var producer = try await TestProducer("x", client)
            for round in 0..<3 {
                #expect(try await producer.add("t") == .none)
                #expect(try await producer.write(["\(round)"], to: "t") == .none)
                let late = producer
                let answer = try await broker.answer(
                    EndTxnRequest(
                        transactionalId: "x", producerId: producer.producerID, producerEpoch: producer.epoch,
                        committed: true),
                    version: 5, from: RequestSource(clientID: "", host: "", isInProcess: true))
                #expect(answer.errorCode == 0)
                #expect(answer.producerEpoch == late.epoch + 1)
                producer.epoch = answer.producerEpoch
                producer.sequences = [:]
                var straggler = late
                #expect(try await straggler.write(["late"], to: "t") == .invalidProducerEpoch)
            }
            #expect(try await client.values("t", committed: true) == ["0", "1", "2"])
        }
    }

    @Test func `transactions can be listed and described`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            try await client.createTopic("t", partitions: 2)
            let producer = try await TestProducer("x", client)
            _ = try await TestProducer("y", client)
            #expect(try await producer.add("t", [1]) == .none)
            let open = try await client.send(ListTransactionsRequest(stateFilters: ["Ongoing", "Odd"]))
            #expect(open.transactionStates.map(\.transactionalId) == ["x"])
            #expect(open.unknownStateFilters == ["Odd"])
            let described = try await client.send(DescribeTransactionsRequest(transactionalIds: ["x", "z"]))
            #expect(described.transactionStates.map(\.transactionState) == ["Ongoing", ""])
            #expect(described.transactionStates[0].topics == [.init(topic: "t", partitions: [1])])
            #expect(described.transactionStates[1].errorCode == KafkaErrorCode.transactionalIdNotFound.rawValue)
        }
    }

    @Test func `an administrator ends a transaction that no coordinator knows of`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { broker, client async throws in
            try await client.createTopic("t")
            let log = try #require(broker.topics.log(TopicPartition("t", 0)))
            // Past the coordinator, as a record of an earlier epoch that arrives late does on other brokers.
            try log.append(
                try recordBatch(["lost"], producerID: 77, epoch: 2, sequence: 0, transactional: true),
                now: broker.clock.wall())
            try log.append(try recordBatch(["plain"]), now: broker.clock.wall())
            #expect(try await client.values("t", committed: true) == [])
            let found = try await client.send(
                DescribeProducersRequest(topics: [.init(name: "t", partitionIndexes: [0])]))
            #expect(found.topics.first?.partitions.first?.activeProducers.map(\.currentTxnStartOffset) == [0])

            func mark(_ producerID: Int64, _ epoch: Int16, _ partition: Int32 = 0, coordinator: Int32 = 0) async throws
                -> KafkaErrorCode
            {
                let answer = try await client.send(
                    WriteTxnMarkersRequest(markers: [
                        .init(
                            producerId: producerID, producerEpoch: epoch,
                            topics: [.init(name: "t", partitionIndexes: [partition])], coordinatorEpoch: coordinator)
                    ]))
                let marker = try #require(answer.markers.first)
                #expect(marker.producerId == producerID)
                return KafkaErrorCode(rawValue: try #require(marker.topics.first?.partitions.first?.errorCode))
            }
            for epoch in [Int16.min, -1] { #expect(try await mark(77, epoch) == .invalidRequest) }
            for producerID in [Int64.min, -1] { #expect(try await mark(producerID, 2) == .invalidRequest) }
            for epoch in [Int32.min, -2, 1, .max] { #expect(try await mark(77, 2, coordinator: epoch) == .invalidRequest) }
            #expect(try await mark(77, 1) == .invalidProducerEpoch)
            #expect(try await mark(77, 2, 1) == .unknownTopicOrPartition)
            #expect(try await client.values("t", committed: true) == [])

            #expect(try await mark(77, 2) == .none)
            #expect(try await client.values("t", committed: true) == ["plain"])
        }
    }
}
