import Foundation
import KafkaProtocol
import Synchronization
import Testing

@testable import KafkaBroker

/// A directory that goes when the test ends.
final class TemporaryDirectory: Sendable {
    let path: String

    /// Makes one; `inMemory` where that is possible, for tests that wait for the disk often and write little.
    init(inMemory: Bool = false) throws {
        path =
            inMemory
            ? temporaryRoot()
            : FileManager.default.temporaryDirectory.appending(path: "millrace-broker-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Opens a broker in `directory`, runs it while `body` works with it, and closes it.
func withBroker<R>(
    in directory: TemporaryDirectory, configuration: BrokerConfiguration = .init(), clock: BrokerClock = .system,
    endsBy ending: BrokerEnding = .closing, report: @escaping @Sendable (String) -> Void = { _ in },
    _ body: (Broker, any KafkaTransport) async throws -> R
) async throws -> R {
    let broker = try Broker(directory: directory.path, configuration: configuration, clock: clock, report: BrokerReport { report($0.description) })
    async let running: Void = broker.run()
    do {
        let result = try await body(broker, broker.transport(clientID: "test"))
        switch ending {
        case .closing: await broker.close()
        case .abandoning: broker.abandon()
        }
        try await running
        return result
    } catch {
        broker.abandon()
        throw error
    }
}

/// What a broker has told.
final class ToldLines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    func contains(_ parts: String...) -> Bool { all.contains { line in parts.allSatisfy(line.contains) } }
}

/// How a test's broker ends.
enum BrokerEnding {
    /// As it should.
    case closing
    /// As `kill -9` would.
    case abandoning
}

/// A batch of records with these values, and keys if given.
func recordBatch(
    _ values: [String], keys: [String]? = nil, timestamp: Int64 = 1_000_000, producerID: Int64 = -1, epoch: Int16 = -1,
    sequence: Int32 = -1, transactional: Bool = false
) throws -> Bytes {
    let builder = RecordBatchBuilder(capacity: 1024)
    for (index, value) in values.enumerated() {
        builder.append(
            timestamp: timestamp + Int64(index), key: keys.map { Bytes(utf8: $0[index]) }, value: Bytes(utf8: value))
    }
    return try builder.finish(
        producerId: producerID, producerEpoch: epoch, baseSequence: sequence, isTransactional: transactional)
}

extension KafkaTransport {
    func send<R: KafkaRequest>(_ request: R) async throws -> R.Response { try await send(request, to: nil) }

    /// Creates a topic and expects that it works.
    func createTopic(_ name: String, partitions: Int32 = 1, _ settings: [String: String] = [:]) async throws {
        let response = try await send(
            CreateTopicsRequest(topics: [
                .init(
                    name: name, numPartitions: partitions, replicationFactor: -1,
                    configs: settings.map { .init(name: $0.key, value: $0.value) })
            ]))
        #expect(response.topics.map(\.errorCode) == [0], "\(response.topics.first?.errorMessage ?? "")")
    }

    /// Produces to one partition.
    func produce(
        _ records: Bytes, to topic: String, partition: Int32 = 0, transactionalID: String? = nil, acks: Int16 = -1
    ) async throws -> ProduceResponse.PartitionProduceResponse {
        let response = try await send(
            ProduceRequest(
                transactionalId: transactionalID, acks: acks, timeoutMs: 1000,
                topicData: [.init(name: topic, partitionData: [.init(index: partition, records: records)])]))
        return try #require(response.responses.first?.partitionResponses.first)
    }

    /// Fetches from one partition.
    func fetch(
        _ topic: String, partition: Int32 = 0, from offset: Int64 = 0, maxWait: Int32 = 0, minBytes: Int32 = 1,
        isolation: Int8 = 0
    ) async throws -> FetchResponse.PartitionData {
        let response = try await send(
            FetchRequest(
                maxWaitMs: maxWait, minBytes: minBytes, isolationLevel: isolation,
                topics: [
                    .init(
                        topic: topic,
                        partitions: [.init(partition: partition, fetchOffset: offset, partitionMaxBytes: 1 << 20)])
                ]))
        return try #require(response.responses.first?.partitions.first)
    }

    /// The values of all data records of a partition from `offset` on, aborted ones left out if `committed`.
    func values(_ topic: String, partition: Int32 = 0, from offset: Int64 = 0, committed: Bool = false) async throws
        -> [String]
    {
        var values: [String] = []
        var position = offset
        var isAborting: Set<Int64> = []
        // An answer ends where a segment does.
        while true {
            let data = try await fetch(topic, partition: partition, from: position, isolation: committed ? 1 : 0)
            #expect(data.errorCode == 0)
            var aborted = data.abortedTransactions ?? []
            let start = position
            var batches = RecordBatchSequence(data.records ?? Bytes())
            while let batch = try batches.next() {
                position = batch.header.nextOffset
                for transaction in aborted where transaction.firstOffset <= batch.header.lastOffset {
                    isAborting.insert(transaction.producerId)
                }
                aborted.removeAll { $0.firstOffset <= batch.header.lastOffset }
                if batch.header.isControl {
                    isAborting.remove(batch.header.producerId)
                    continue
                }
                if committed, batch.header.isTransactional, isAborting.contains(batch.header.producerId) { continue }
                var records = try batch.records()
                while let record = try records.next() {
                    if record.offset >= offset { values.append(record.value?.string ?? "") }
                }
            }
            guard position > start else { return values }
        }
    }

    /// Commits one offset.
    func commit(
        _ group: String, _ topic: String, _ offset: Int64, metadata: String? = nil, generation: Int32 = -1,
        member: String = ""
    ) async throws -> KafkaErrorCode {
        let response = try await send(
            OffsetCommitRequest(
                groupId: group, generationIdOrMemberEpoch: generation, memberId: member,
                topics: [
                    .init(
                        name: topic,
                        partitions: [.init(partitionIndex: 0, committedOffset: offset, committedMetadata: metadata)])
                ]))
        return KafkaErrorCode(rawValue: try #require(response.topics.first?.partitions.first?.errorCode))
    }

    /// The committed offset of partition 0.
    func committed(
        _ group: String, _ topic: String, stable: Bool = false
    ) async throws -> OffsetFetchResponse.OffsetFetchResponsePartitions {
        let response = try await send(
            OffsetFetchRequest(
                groups: [.init(groupId: group, topics: [.init(name: topic, partitionIndexes: [0])])],
                requireStable: stable))
        return try #require(response.groups.first?.topics.first?.partitions.first)
    }
}
