import KafkaProtocol
import Synchronization

/// A transport whose answers a test gives, by kind of request. Every request is kept.
///
/// Without a script it is a cluster of two brokers with topic `t` (four partitions; even ones are led by broker 1, odd ones by
/// 2), whose coordinator is broker 1 and whose next producer id is 1000.
final class ScriptedTransport: KafkaTransport {
    typealias Handler = @Sendable (any KafkaRequest, Int32?) async throws -> any KafkaResponse

    struct Call: Sendable {
        let request: any KafkaRequest
        let node: Int32?
    }

    private struct State {
        var handlers: [APIKey: Handler] = [:]
        var calls: [Call] = []
        var leaders: [Int32] = [1, 2, 1, 2]
        var producerEpoch: Int16 = 0
        var nextProducerID: Int64 = 1000
    }

    private let state = Mutex(State())

    init() {
        on(MetadataRequest.self) { [unowned self] request, _ in
            MetadataResponse(
                brokers: [1, 2].map { MetadataResponse.MetadataResponseBroker(nodeId: $0, host: "h", port: 9092) },
                clusterId: "c", controllerId: 1,
                topics: (request.topics ?? []).map { topic in
                    guard topic.name == "t" else {
                        return MetadataResponse.MetadataResponseTopic(
                            errorCode: KafkaErrorCode.unknownTopicOrPartition.rawValue, name: topic.name)
                    }
                    return MetadataResponse.MetadataResponseTopic(
                        name: topic.name,
                        partitions: self.state.withLock { $0.leaders }.enumerated().map {
                            MetadataResponse.MetadataResponsePartition(
                                partitionIndex: Int32($0), leaderId: $1, leaderEpoch: 0)
                        })
                })
        }
        on(FindCoordinatorRequest.self) { request, _ in
            FindCoordinatorResponse(
                coordinators: request.coordinatorKeys.map { FindCoordinatorResponse.Coordinator(key: $0, nodeId: 1) })
        }
        on(InitProducerIdRequest.self) { [unowned self] request, _ in
            self.state.withLock { state in
                if request.transactionalId == nil {
                    state.nextProducerID += 1
                    return InitProducerIdResponse(producerId: state.nextProducerID, producerEpoch: 0)
                }
                defer { state.producerEpoch += 1 }
                return InitProducerIdResponse(producerId: 1000, producerEpoch: state.producerEpoch)
            }
        }
        on(AddPartitionsToTxnRequest.self) { request, _ in
            AddPartitionsToTxnResponse(
                resultsByTopicV3AndBelow: request.v3AndBelowTopics.map { topic in
                    AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult(
                        name: topic.name,
                        resultsByPartition: topic.partitions.map {
                            AddPartitionsToTxnResponse.AddPartitionsToTxnPartitionResult(partitionIndex: $0)
                        })
                })
        }
        on(ApiVersionsRequest.self) { _, _ in ApiVersionsResponse() }
        on(AddOffsetsToTxnRequest.self) { _, _ in AddOffsetsToTxnResponse() }
        on(EndTxnRequest.self) { _, _ in EndTxnResponse() }
    }

    /// Answers requests of a kind by `handler`.
    func on<R: KafkaRequest>(_ type: R.Type, _ handler: @escaping @Sendable (R, Int32?) async throws -> R.Response) {
        state.withLock { state in
            state.handlers[R.apiKey] = { request, node in
                guard let request = request as? R else { throw UnexpectedRequest() }
                return try await handler(request, node)
            }
        }
    }

    /// Makes it a cluster with transactions of version 2, in which each end of a transaction raises the epoch.
    func setTransactionsOfVersion2() {
        on(ApiVersionsRequest.self) { _, _ in
            ApiVersionsResponse(finalizedFeatures: [.init(name: "transaction.version", maxVersionLevel: 2, minVersionLevel: 2)])
        }
        on(EndTxnRequest.self) { [unowned self] request, _ in
            self.state.withLock { state in
                defer { state.producerEpoch += 1 }
                return EndTxnResponse(producerId: 1000, producerEpoch: state.producerEpoch)
            }
        }
    }

    /// Moves the partitions of topic `t`.
    func setLeaders(_ leaders: [Int32]) { state.withLock { $0.leaders = leaders } }

    /// The requests of a kind so far, with the nodes that they went to.
    func calls<R: KafkaRequest>(_ type: R.Type) -> [(request: R, node: Int32?)] {
        state.withLock { $0.calls }.compactMap { call in (call.request as? R).map { ($0, call.node) } }
    }

    func send<R: KafkaRequest>(_ request: R, to node: Int32?) async throws -> R.Response {
        let handler = state.withLock { state in
            state.calls.append(Call(request: request, node: node))
            return state.handlers[R.apiKey]
        }
        guard let response = try await handler?(request, node) as? R.Response else { throw UnexpectedRequest() }
        return response
    }

    func close() async {}
}

struct UnexpectedRequest: Error {}
struct BrokenConnection: Error {}

/// Holds tasks up until it is opened.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())

    func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiters.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

/// Partitions as a broker keeps them: batches appended in order, with the sequences of producers checked.
final class ScriptedLog: Sendable {
    struct Written: Equatable {
        var values: [String]
        var producerID: Int64
        var epoch: Int16
        var sequence: Int32
    }

    private struct State {
        var batches: [Int32: [Written]] = [:]
        var faults: [KafkaErrorCode] = []
        var lostAnswers = 0
        var largestBatch = Int.max
    }

    private let state = Mutex(State())

    /// The batches of a partition.
    func batches(_ partition: Int32) -> [Written] { state.withLock { $0.batches[partition] ?? [] } }
    /// The values of a partition.
    func values(_ partition: Int32) -> [String] { batches(partition).flatMap(\.values) }

    /// The next batches are refused with these errors, one each; `.none` lets one pass.
    func fail(with faults: [KafkaErrorCode]) { state.withLock { $0.faults = faults } }
    /// The next requests are carried out, but their answers are lost.
    func loseAnswers(_ count: Int) { state.withLock { $0.lostAnswers = count } }

    /// Batches of more records than this are refused as too large.
    func refuseBatches(over records: Int) { state.withLock { $0.largestBatch = records } }

    func answer(_ request: ProduceRequest) throws -> ProduceResponse {
        try state.withLock { state in
            var responses: [ProduceResponse.TopicProduceResponse] = []
            for topic in request.topicData {
                var answers: [ProduceResponse.PartitionProduceResponse] = []
                for data in topic.partitionData {
                    let end = Int64(state.batches[data.index]?.reduce(0) { $0 + $1.values.count } ?? 0)
                    let code = try append(data, &state)
                    answers.append(
                        ProduceResponse.PartitionProduceResponse(
                            index: data.index, errorCode: code.rawValue, baseOffset: end))
                }
                responses.append(ProduceResponse.TopicProduceResponse(name: topic.name, partitionResponses: answers))
            }
            if state.lostAnswers > 0 {
                state.lostAnswers -= 1
                throw BrokenConnection()
            }
            return ProduceResponse(responses: responses)
        }
    }

    private func append(
        _ data: ProduceRequest.PartitionProduceData, _ state: inout State
    ) throws -> KafkaErrorCode {
        if !state.faults.isEmpty {
            let fault = state.faults.removeFirst()
            if fault != .none { return fault }
        }
        let batch = try RecordBatch(data.records ?? Bytes())
        try batch.validateChecksum()
        let header = batch.header
        if header.recordCount > state.largestBatch { return .messageTooLarge }
        var values: [String] = []
        var records = try batch.records()
        while let record = try records.next() { values.append(record.value?.string ?? "-") }
        let written = Written(
            values: values, producerID: header.producerId, epoch: header.producerEpoch, sequence: header.baseSequence)
        let log = state.batches[data.index] ?? []
        if header.producerId >= 0 {
            if log.contains(where: {
                $0.producerID == written.producerID && $0.epoch == written.epoch && $0.sequence == written.sequence
            }) {
                return .duplicateSequenceNumber
            }
            let last = log.last { $0.producerID == written.producerID && $0.epoch == written.epoch }
            let expected = last.map { $0.sequence + Int32($0.values.count) } ?? 0
            guard header.baseSequence == expected else { return .outOfOrderSequenceNumber }
        }
        state.batches[data.index, default: []].append(written)
        return .none
    }
}

extension ScriptedTransport {
    /// A transport whose produce requests go to `log`, and a client with short waits.
    static func producing(to log: ScriptedLog) -> ScriptedTransport {
        let transport = ScriptedTransport()
        transport.on(ProduceRequest.self) { request, _ in try log.answer(request) }
        return transport
    }
}
