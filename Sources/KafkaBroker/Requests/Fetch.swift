internal import KafkaProtocol
internal import Synchronization

extension FetchRequest: BrokerRequest {
    /// Answers at once if there are `minBytes` to read or something is wrong, else as soon as there are, or after
    /// `maxWaitMs`. Sessions (KIP-227) are not kept: every answer says session 0, and clients send whole requests.
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async throws -> FetchResponse {
        guard sessionId == 0 else { return FetchResponse(errorCode: KafkaErrorCode.fetchSessionIdNotFound.rawValue) }
        let deadline = broker.clock.monotonic() + Int64(max(0, maxWaitMs))
        while true {
            var reading = FetchReading(self, version: version, broker: broker)
            reading.run()
            let isDone = reading.hasErrors || reading.bytes >= Int(minBytes) || reading.watched.isEmpty
            guard !isDone, !broker.isClosed, !source.connection.isClosed, broker.clock.monotonic() < deadline else {
                return reading.response
            }
            await reading.waitForMore(until: deadline, source.connection)
            try Task.checkCancellation()
        }
    }
}

/// One pass over the partitions of a fetch.
private struct FetchReading {
    private let request: FetchRequest
    private let broker: Broker
    private let isolation: PartitionLog.Isolation
    private let usesTopicIDs: Bool
    private var budget: Int

    private(set) var response = FetchResponse()
    /// Bytes read.
    private(set) var bytes = 0
    private(set) var hasErrors = false
    /// What to wait for if there is too little: the logs, and up to where they were seen.
    private(set) var watched: [(log: PartitionLog, beyond: Int64)] = []

    init(_ request: FetchRequest, version: Int16, broker: Broker) {
        self.request = request
        self.broker = broker
        isolation = request.isolationLevel == 1 ? .readCommitted : .readUncommitted
        usesTopicIDs = version >= 13
        budget = min(max(0, Int(request.maxBytes)), broker.configuration.fetchMaxBytes)
    }

    /// Reads every partition within the limits. Each pass begins with another one, so that none starves when the limit
    /// of the whole is less than there is; the first one with data gives at least one batch.
    mutating func run() {
        var places: [(topic: Int, partition: Int)] = []
        var topics: [Topic?] = []
        for (index, topic) in request.topics.enumerated() {
            // A client in process may give the name where the wire has the id.
            let isByID = usesTopicIDs && topic.topicId != .zero
            topics.append(isByID ? broker.topics.topic(topic.topicId) : broker.topics.topic(topic.topic))
            response.responses.append(
                .init(
                    topic: topics[index]?.name ?? topic.topic, topicId: topics[index]?.id ?? topic.topicId,
                    partitions: topic.partitions.map { .init(partitionIndex: $0.partition) }))
            for partition in topic.partitions.indices { places.append((index, partition)) }
        }
        guard !places.isEmpty else { return }
        let first = broker.fetchRotation.wrappingAdd(1, ordering: .relaxed).oldValue
        for step in places.indices {
            let place = places[Int(UInt(bitPattern: first &+ step) % UInt(places.count))]
            let wanted = request.topics[place.topic]
            let isUnknownID = usesTopicIDs && wanted.topicId != .zero && topics[place.topic] == nil
            response.responses[place.topic].partitions[place.partition] = read(
                wanted.partitions[place.partition], of: topics[place.topic], isUnknownID: isUnknownID)
        }
    }

    private mutating func read(
        _ wanted: FetchRequest.FetchPartition, of topic: Topic?, isUnknownID: Bool
    ) -> FetchResponse.PartitionData {
        guard let log = topic?.log(wanted.partition) else {
            return refuse(wanted, isUnknownID ? .unknownTopicId : .unknownTopicOrPartition)
        }
        guard wanted.currentLeaderEpoch <= PartitionLog.leaderEpoch else { return refuse(wanted, .unknownLeaderEpoch) }
        do {
            let result = try log.read(
                from: wanted.fetchOffset, maxBytes: min(budget, max(0, Int(wanted.partitionMaxBytes))),
                isolation: isolation, minOneBatch: bytes == 0)
            var answer = FetchResponse.PartitionData(partitionIndex: wanted.partition)
            answer.highWatermark = result.highWatermark
            answer.lastStableOffset = result.lastStableOffset
            answer.logStartOffset = result.logStartOffset
            answer.records = result.records
            if isolation == .readCommitted {
                answer.abortedTransactions = result.abortedTransactions.map {
                    .init(producerId: $0.producerId, firstOffset: $0.firstOffset)
                }
            }
            bytes += result.records.count
            budget -= min(budget, result.records.count)
            let limit = isolation == .readCommitted ? result.lastStableOffset : result.highWatermark
            watched.append((log, max(wanted.fetchOffset, limit)))
            return answer
        } catch {
            var answer = refuse(wanted, RequestError(error).code)
            answer.logStartOffset = log.logStartOffset
            return answer
        }
    }

    private mutating func refuse(
        _ wanted: FetchRequest.FetchPartition, _ error: KafkaErrorCode
    ) -> FetchResponse.PartitionData {
        hasErrors = true
        return .init(partitionIndex: wanted.partition, errorCode: error.rawValue, highWatermark: -1, records: Bytes())
    }

    /// Suspends until one of the logs has grown, the deadline has come, the client is gone or the task is cancelled.
    func waitForMore(until deadline: Int64, _ connection: RequestConnection) async {
        let signal = Signal()
        let waiter = connection.onClose { signal.fire() }
        let timer = broker.timers.schedule(at: deadline) { signal.fire() }
        let tokens = watched.map { log, offset in
            (log, log.onAppend(beyond: offset, isolation: isolation) { signal.fire() })
        }
        await signal.wait()
        connection.forget(waiter)
        broker.timers.cancel(timer)
        for (log, token) in tokens { log.removeWaiter(token) }
    }
}
