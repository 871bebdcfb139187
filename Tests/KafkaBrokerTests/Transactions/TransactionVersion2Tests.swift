import KafkaNetwork
import KafkaProtocol
import Synchronization
import Testing

@testable import KafkaBroker

/// A producer that keeps the rules of `transaction.version` 2 (KIP-890): partitions and groups join the transaction by
/// being written to, and each transaction has an epoch of its own.
struct Version2Producer: Sendable {
    let id: String
    let broker: Broker
    var source = RequestSource(clientID: "", host: "", isInProcess: false)
    var producerID: Int64
    var epoch: Int16
    var sequences: [TopicPartition: Int32] = [:]

    init(_ id: String, _ broker: Broker, timeout: Int32 = 60_000) async throws {
        self.id = id
        self.broker = broker
        let answer = try await broker.answer(
            InitProducerIdRequest(transactionalId: id, transactionTimeoutMs: timeout), version: 5, from: source)
        #expect(answer.errorCode == 0)
        (producerID, epoch) = (answer.producerId, answer.producerEpoch)
    }

    mutating func write(_ values: [String], to topic: String, partition: Int32 = 0) async throws -> KafkaErrorCode {
        let target = TopicPartition(topic, partition)
        let sequence = sequences[target, default: 0]
        let records = try recordBatch(
            values, producerID: producerID, epoch: epoch, sequence: sequence, transactional: true)
        let answer = try await broker.answer(
            ProduceRequest(
                transactionalId: id, acks: -1, timeoutMs: 1000,
                topicData: [.init(name: topic, partitionData: [.init(index: partition, records: records)])]),
            version: 12, from: source)
        let error = try #require(answer.responses.first?.partitionResponses.first?.errorCode)
        if error == 0 { sequences[target] = sequence + Int32(values.count) }
        return KafkaErrorCode(rawValue: error)
    }

    func commitOffset(
        _ offset: Int64, _ group: String, _ topic: String, generation: Int32 = -1, member: String = "",
        instance: String? = nil
    ) async throws -> KafkaErrorCode {
        let answer = try await broker.answer(
            TxnOffsetCommitRequest(
                transactionalId: id, groupId: group, producerId: producerID, producerEpoch: epoch,
                generationId: generation, memberId: member, groupInstanceId: instance,
                topics: [.init(name: topic, partitions: [.init(partitionIndex: 0, committedOffset: offset)])]),
            version: 5, from: source)
        return KafkaErrorCode(rawValue: try #require(answer.topics.first?.partitions.first?.errorCode))
    }

    /// Ends the transaction and takes the epoch for the next.
    mutating func end(commit: Bool) async throws -> KafkaErrorCode {
        let answer = try await broker.answer(
            EndTxnRequest(transactionalId: id, producerId: producerID, producerEpoch: epoch, committed: commit),
            version: 5, from: source)
        if answer.errorCode == 0 {
            (producerID, epoch) = (answer.producerId, answer.producerEpoch)
            sequences = [:]
        }
        return KafkaErrorCode(rawValue: answer.errorCode)
    }
}

@Suite struct TransactionVersion2Tests {
    @Test func `partitions and groups join a transaction by being written to`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { broker, client async throws in
            try await client.createTopic("t", partitions: 2)
            var producer = try await Version2Producer("x", broker)
            #expect(try await producer.write(["a"], to: "t") == .none)
            #expect(try await producer.write(["b"], to: "t") == .none)
            #expect(try await producer.write(["c"], to: "t", partition: 1) == .none)
            #expect(try await producer.commitOffset(3, "g", "t") == .none)
            #expect(broker.transactions.transaction("x")?.partitions == [TopicPartition("t", 0), TopicPartition("t", 1)])
            #expect(broker.transactions.transaction("x")?.groups == ["g"])
            #expect(try await client.values("t", committed: true) == [])
            #expect(try await producer.end(commit: true) == .none)
            #expect(try await client.values("t", committed: true) == ["a", "b"])
            #expect(try await client.values("t", partition: 1, committed: true) == ["c"])
            #expect(try await client.committed("g", "t", stable: true).committedOffset == 3)

            #expect(try await producer.commitOffset(9, "g", "t") == .none)
            #expect(try await producer.write(["lost"], to: "t") == .none)
            #expect(try await producer.end(commit: false) == .none)
            #expect(try await client.values("t", committed: true) == ["a", "b"])
            #expect(try await client.committed("g", "t", stable: true).committedOffset == 3)
        }
    }

    @Test func `the partitions of a request join together, those of another producer or of none do not`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { broker, client async throws in
            try await client.createTopic("t", partitions: 4)
            let producer = try await Version2Producer("x", broker)
            func batch(_ value: String, epoch: Int16, transactional: Bool = true) throws -> Bytes {
                try recordBatch(
                    [value], producerID: producer.producerID, epoch: epoch, sequence: 0, transactional: transactional)
            }
            var damaged = try batch("damaged", epoch: producer.epoch).array
            damaged[damaged.count - 1] ^= 1
            let answer = try await broker.answer(
                ProduceRequest(
                    transactionalId: "x", acks: -1, timeoutMs: 1000,
                    topicData: [
                        .init(
                            name: "t",
                            partitionData: [
                                .init(index: 0, records: try batch("a", epoch: producer.epoch)),
                                .init(index: 1, records: try batch("b", epoch: producer.epoch)),
                                .init(index: 2, records: try batch("late", epoch: producer.epoch - 1)),
                                .init(index: 3, records: Bytes(damaged)),
                                .init(index: 9, records: try batch("nowhere", epoch: producer.epoch)),
                            ]),
                        .init(name: "u", partitionData: [.init(index: 0, records: try batch("nowhere", epoch: producer.epoch))]),
                    ]), version: 12, from: producer.source)
            let errors = answer.responses.flatMap(\.partitionResponses).map { KafkaErrorCode(rawValue: $0.errorCode) }
            #expect(
                errors == [
                    .none, .none, .invalidProducerEpoch, .corruptMessage, .unknownTopicOrPartition, .unknownTopicOrPartition,
                ])
            // A partition of which nothing was taken gets a marker more than it needs.
            #expect(broker.transactions.transaction("x")?.partitions == Set([0, 1, 3].map { TopicPartition("t", $0) }))
            var ending = producer
            #expect(try await ending.end(commit: true) == .none)
            for (partition, values) in [["a"], ["b"], [], []].enumerated() {
                #expect(try await client.values("t", partition: Int32(partition), committed: true) == values)
            }
        }
    }

    @Test func `what is late from one transaction cannot hit the next, also after a crash`() async throws {
        let directory = try TemporaryDirectory()
        let (late, next) = try await withBroker(in: directory, endsBy: .abandoning) { broker, client async throws in
            try await client.createTopic("t", partitions: 2)
            var producer = try await Version2Producer("x", broker)
            #expect(try await producer.write(["a"], to: "t") == .none)
            let late = producer
            #expect(try await producer.end(commit: true) == .none)
            #expect(producer.epoch == late.epoch + 1)
            // The answer was lost: the same is answered again, and nothing is done.
            var again = late
            #expect(try await again.end(commit: true) == .none)
            #expect(again.epoch == producer.epoch)
            var changedItsMind = late
            #expect(try await changedItsMind.end(commit: false) == .invalidTxnState)
            #expect(try await producer.write(["b"], to: "t") == .none)
            try await expectFenced(late)
            return (late, producer)
        }
        try await withBroker(in: directory) { broker, client async throws in
            try await expectFenced(Version2Producer(copying: late, to: broker))
            var producer = Version2Producer(copying: next, to: broker)
            #expect(try await producer.write(["c"], to: "t") == .none)
            #expect(try await producer.end(commit: true) == .none)
            #expect(try await client.values("t", committed: true) == ["a", "b", "c"])
        }
    }

    /// Nothing of `late`'s epoch is taken, on partitions of the transaction or others.
    private func expectFenced(_ late: Version2Producer) async throws {
        var late = late
        #expect(try await late.write(["late"], to: "t") == .invalidProducerEpoch)
        #expect(try await late.write(["late"], to: "t", partition: 1) == .invalidProducerEpoch)
        #expect(try await late.commitOffset(1, "g", "t") == .invalidProducerEpoch)
        #expect(try await late.end(commit: true) == .producerFenced)
        #expect(try await late.end(commit: false) == .producerFenced)
    }

    @Test func `an abort of nothing raises the epoch, a commit of nothing is refused`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { broker, client async throws in
            var producer = try await Version2Producer("x", broker)
            let first = producer.epoch
            #expect(try await producer.end(commit: true) == .invalidTxnState)
            #expect(try await producer.end(commit: false) == .none)
            #expect(producer.epoch == first + 1)
        }
    }

    @Test func `offsets come from a member of the present generation only`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { broker, client async throws in
            try await client.createTopic("t")
            let joined = try await client.send(
                JoinGroupRequest(
                    groupId: "g", sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, memberId: "",
                    groupInstanceId: "i", protocolType: "consumer", protocols: [.init(name: "range")]))
            let (member, generation) = (joined.memberId, joined.generationId)
            _ = try await client.send(
                SyncGroupRequest(
                    groupId: "g", generationId: generation, memberId: member, groupInstanceId: "i",
                    assignments: [.init(memberId: member)]))
            let producer = try await Version2Producer("x", broker)
            func error(_ generation: Int32, _ member: String, _ instance: String? = nil) async throws -> KafkaErrorCode {
                try await producer.commitOffset(1, "g", "t", generation: generation, member: member, instance: instance)
            }
            #expect(try await error(generation, member, "i") == .none)
            #expect(try await error(generation - 1, member, "i") == .illegalGeneration)
            #expect(try await error(generation, "other") == .unknownMemberId)
            #expect(try await error(generation, "other", "i") == .fencedInstanceId)
        }
    }

    @Test func `a transaction that was open when the broker died is aborted after its timeout`() async throws {
        let directory = try TemporaryDirectory()
        let clock = ManualClock()
        let old = try await withBroker(in: directory, clock: clock.clock, endsBy: .abandoning) { broker, client async throws in
            try await client.createTopic("t")
            var producer = try await Version2Producer("x", broker, timeout: 500)
            #expect(try await producer.write(["a"], to: "t") == .none)
            #expect(try await producer.commitOffset(1, "g", "t") == .none)
            return producer
        }
        clock.advance(by: 400)
        try await withBroker(in: directory, clock: clock.clock) { broker, client async throws in
            #expect(broker.transactions.transaction("x")?.state == .ongoing)
            async let waiting = client.fetch("t", from: 1, maxWait: 1_000_000, isolation: 1)
            clock.advance(by: 100)
            #expect(try await waiting.lastStableOffset == 2)
            #expect(try await client.values("t", committed: true) == [])
            #expect(try await client.committed("g", "t", stable: true).committedOffset == -1)
            var producer = Version2Producer(copying: old, to: broker)
            #expect(try await producer.write(["b"], to: "t") == .invalidProducerEpoch)
            #expect(try await producer.end(commit: true) == .producerFenced)
        }
    }

    @Test(arguments: [true, false])
    func `an end that died between two markers is carried out to the end`(commit: Bool) async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory, endsBy: .abandoning) { broker, client async throws in
            try await client.createTopic("t", partitions: 2)
            var producer = try await Version2Producer("x", broker)
            #expect(try await producer.write(["a"], to: "t") == .none)
            #expect(try await producer.write(["b"], to: "t", partition: 1) == .none)
            var prepared = try #require(broker.transactions.transaction("x"))
            _ = try prepared.end(
                commit: commit, producerID: producer.producerID, epoch: producer.epoch, bumpsEpoch: true, now: 1,
                freshProducerID: broker.transactions.producerIDs.next)
            try broker.transactions.state.withLock { try broker.transactions.write(prepared, to: &$0) }
            try broker.topics.log(TopicPartition("t", 0))?.appendControl(
                commit: commit, producerId: prepared.producerID, producerEpoch: prepared.producerEpoch,
                coordinatorEpoch: TransactionCoordinator.epoch, now: 1)
        }
        try await withBroker(in: directory) { broker, client async throws in
            #expect(broker.transactions.transaction("x")?.state == (commit ? .completeCommit : .completeAbort))
            #expect(try await client.values("t", committed: true) == (commit ? ["a"] : []))
            #expect(try await client.values("t", partition: 1, committed: true) == (commit ? ["b"] : []))
            let data = try await client.fetch("t", partition: 1, isolation: 1)
            #expect(data.lastStableOffset == data.highWatermark)
        }
    }

    @Test func `a marker between the look at a transaction and the append keeps the batch out`() throws {
        let directory = try TemporaryDirectory()
        let log = try PartitionLog(
            directory: "\(directory.path)/t-0", topicPartition: TopicPartition("t", 0), configuration: .init(), now: 0)
        let batch = try recordBatch(["a"], producerID: 1, epoch: 0, sequence: 0, transactional: true)
        let seen = log.markerCount
        try log.appendControl(commit: true, producerId: 1, producerEpoch: 0, coordinatorEpoch: 0, now: 0)
        let refused = try log.append(batch, now: 0, unlessMarkersBeyond: seen)
        #expect(refused == nil)
        #expect(log.highWatermark == 1)
        let accepted = try log.append(batch, now: 0, unlessMarkersBeyond: log.markerCount)
        #expect(accepted?.baseOffset == 1)
    }

    @Test func `the features are told to clients that ask in version 4, and to no others`() async throws {
        try await withServer { _, server in
            for version in Int16(0)...4 {
                let client = try await WireClient(server.address)
                let request =
                    version < 3
                    ? ApiVersionsRequest() : ApiVersionsRequest(clientSoftwareName: "x", clientSoftwareVersion: "1")
                let answer = try await client.send(request, version: version)
                #expect(answer.finalizedFeatures.map(\.name) == (version >= 4 ? ["group.version", "transaction.version"] : []))
                #expect(answer.supportedFeatures.isEmpty == (version < 4))
                #expect(answer.finalizedFeaturesEpoch == (version >= 4 ? 0 : -1))
                #expect(answer.apiKeys.first { $0.apiKey == APIKey.endTxn.rawValue }?.maxVersion == 5)
                client.connection.close()
            }
        }
    }
}

extension Version2Producer {
    /// The same producer, as it goes on with a broker that was opened again.
    init(copying other: Version2Producer, to broker: Broker) {
        (id, self.broker) = (other.id, broker)
        (producerID, epoch, sequences) = (other.producerID, other.epoch, other.sequences)
    }
}
