import KafkaProtocol
import Testing

@testable import KafkaBroker

/// Random transactions of several producers with crashes in between, against a model of what committed readers see.
@Suite struct TransactionModelTests {
    @Test(arguments: 0..<6)
    func `committed readers see whole transactions only, whenever the broker dies`(seed: Int) async throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let directory = try TemporaryDirectory()
        var expected: [Set<String>] = [[], []]
        var committed: Int64 = -1
        var number = 0
        for life in 0..<4 {
            let steps = Int.random(in: 5..<25, using: &generator)
            try await withBroker(in: directory, endsBy: life == 3 ? .closing : .abandoning) { _, client async throws in
                if life == 0 { try await client.createTopic("t", partitions: 2) }
                #expect(try await client.committed("g", "t").committedOffset == committed)
                for _ in 0..<steps {
                    number += 1
                    let writer = try await TransactionWriter(
                        "id\(Int.random(in: 0..<3, using: &generator))", client)
                    let partitions = Int32.random(in: 0..<3, using: &generator) == 0 ? [0 as Int32] : [0, 1]
                    try await writer.begin(partitions)
                    let values = partitions.map { "\(number)-\($0)" }
                    for (partition, value) in zip(partitions, values) { try await writer.write(value, partition) }
                    try await writer.commitOffset(Int64(number))
                    switch Int.random(in: 0..<4, using: &generator) {
                    case 0: try await writer.end(commit: false)
                    case 1: break  // Left open: the next producer of the id, or the next life, aborts it.
                    default:
                        try await writer.end(commit: true)
                        committed = Int64(number)
                        for (partition, value) in zip(partitions, values) { expected[Int(partition)].insert(value) }
                    }
                }
            }
        }
        try await withBroker(in: directory) { broker, client async throws in
            for partition: Int32 in 0..<2 {
                let seen = try await client.values("t", partition: partition, committed: true)
                #expect(Set(seen) == expected[Int(partition)])
                #expect(seen.count == expected[Int(partition)].count)
                let data = try await client.fetch("t", partition: partition, isolation: 1)
                #expect(data.lastStableOffset == data.highWatermark, "nothing is left open")
            }
            #expect(try await client.committed("g", "t", stable: true).committedOffset == committed)
            #expect(broker.transactions.all.allSatisfy { $0.state != .ongoing && !$0.state.isPrepared })
        }
    }
}

/// One transaction, request by request.
private struct TransactionWriter {
    let id: String
    let client: any KafkaTransport
    let producerID: Int64
    let epoch: Int16

    init(_ id: String, _ client: any KafkaTransport) async throws {
        self.id = id
        self.client = client
        let answer = try await client.send(InitProducerIdRequest(transactionalId: id, transactionTimeoutMs: 60_000))
        #expect(answer.errorCode == 0)
        (producerID, epoch) = (answer.producerId, answer.producerEpoch)
    }

    func begin(_ partitions: [Int32]) async throws {
        let added = try await client.send(
            AddPartitionsToTxnRequest(
                v3AndBelowTransactionalId: id, v3AndBelowProducerId: producerID, v3AndBelowProducerEpoch: epoch,
                v3AndBelowTopics: [.init(name: "t", partitions: partitions)]))
        #expect(added.resultsByTopicV3AndBelow.flatMap(\.resultsByPartition).allSatisfy { $0.partitionErrorCode == 0 })
        let group = try await client.send(
            AddOffsetsToTxnRequest(transactionalId: id, producerId: producerID, producerEpoch: epoch, groupId: "g"))
        #expect(group.errorCode == 0)
    }

    func write(_ value: String, _ partition: Int32) async throws {
        let records = try recordBatch([value], producerID: producerID, epoch: epoch, sequence: 0, transactional: true)
        let answer = try await client.produce(records, to: "t", partition: partition, transactionalID: id)
        #expect(answer.errorCode == 0, "\(answer.errorMessage ?? "")")
    }

    func commitOffset(_ offset: Int64) async throws {
        let answer = try await client.send(
            TxnOffsetCommitRequest(
                transactionalId: id, groupId: "g", producerId: producerID, producerEpoch: epoch,
                topics: [.init(name: "t", partitions: [.init(partitionIndex: 0, committedOffset: offset)])]))
        #expect(answer.topics.flatMap(\.partitions).map(\.errorCode) == [0])
    }

    func end(commit: Bool) async throws {
        let answer = try await client.send(
            EndTxnRequest(transactionalId: id, producerId: producerID, producerEpoch: epoch, committed: commit))
        #expect(answer.errorCode == 0)
    }
}
