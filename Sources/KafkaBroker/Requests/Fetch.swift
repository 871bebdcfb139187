internal import KafkaProtocol
internal import Synchronization

extension FetchRequest: BrokerRequest {
    /// Clients of older versions cannot read record batches of format 2, and there are no others.
    static var offeredVersions: ClosedRange<Int16> { 4...stableVersions.upperBound }

    /// Answers at once if there are `minBytes` to read or something is wrong, else as soon as there are, or after
    /// `maxWaitMs`. Within a fetch session (KIP-227) only partitions that have something new are in the answer.
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async throws -> FetchResponse {
        let plan: FetchSessions.Plan
        do {
            plan = try broker.fetchSessions.withLock {
                try $0.plan(self, usesTopicIDs: version >= 13, now: broker.clock.monotonic())
            }
        } catch let error as RequestError {
            return FetchResponse(errorCode: error.code.rawValue)
        }
        let deadline = broker.clock.monotonic().saturatingAdd(Int64(max(0, maxWaitMs)))
        while true {
            var reading = FetchReading(self, plan, broker: broker, access: source.access, room: source.room())
            reading.run()
            let isDone = reading.hasErrors || reading.bytes >= Int(minBytes) || reading.watched.isEmpty
            guard !isDone, !broker.isClosed, !source.connection.isClosed, broker.clock.monotonic() < deadline else {
                return response(to: plan, reading, broker)
            }
            await reading.waitForMore(until: deadline, source.connection)
            try Task.checkCancellation()
        }
    }

    private func response(to plan: FetchSessions.Plan, _ reading: FetchReading, _ broker: Broker) -> FetchResponse {
        let (session, isTold) = broker.fetchSessions.withLock {
            $0.complete(plan, reading.answers, now: broker.clock.monotonic(), randomID: { .random(in: 1 ... .max) })
        }
        var response = FetchResponse(sessionId: session)
        var last: (name: Name, id: KafkaUUID)?
        for (place, target) in plan.targets.enumerated() where isTold[place] {
            let topic = reading.topics[place]
            let (name, id) = (topic?.name ?? target.key.topic, topic?.id ?? target.key.topicID)
            if last?.name != name || last?.id != id {
                response.responses.append(.init(topic: name.string, topicId: id))
                last = (name, id)
            }
            response.responses[response.responses.count - 1].partitions.append(reading.answers[place])
        }
        return response
    }
}

/// One pass over the partitions of a fetch.
private struct FetchReading {
    private let targets: [FetchTarget]
    private let broker: Broker
    private let access: Access?
    /// The topics of which is known whether they may be read.
    private var isAllowed: [Name: Bool] = [:]
    private let isolation: PartitionLog.Isolation
    private let usesTopicIDs: Bool
    private var budget: Int

    /// What was found, in the order of the targets, as are the topics.
    private(set) var answers: [FetchResponse.PartitionData] = []
    private(set) var topics: [Topic?] = []
    /// Bytes read.
    private(set) var bytes = 0
    private(set) var hasErrors = false
    /// What to wait for if there is too little: the logs, and up to where they were seen.
    private(set) var watched: [(log: PartitionLog, beyond: Int64)] = []

    init(_ request: FetchRequest, _ plan: FetchSessions.Plan, broker: Broker, access: Access?, room: Int) {
        targets = plan.targets
        self.broker = broker
        self.access = access
        isolation = request.isolationLevel == 1 ? .readCommitted : .readUncommitted
        usesTopicIDs = plan.usesTopicIDs
        budget = min(max(0, Int(request.maxBytes)), broker.configuration.fetchMaxBytes, room)
    }

    /// Reads every partition within the limits. Each pass begins with another one, so that none starves when the limit
    /// of the whole is less than there is; the first one with data gives at least one batch.
    mutating func run() {
        topics = targets.map { target in
            // A client in process may give the name where the wire has the id.
            isByID(target) ? broker.topics.topic(target.key.topicID) : broker.topics.topic(target.key.topic)
        }
        answers = targets.map { .init(partitionIndex: $0.key.partition) }
        guard !targets.isEmpty else { return }
        let first = broker.fetchRotation.wrappingAdd(1, ordering: .relaxed).oldValue
        for step in targets.indices {
            let place = Int(UInt(bitPattern: first &+ step) % UInt(targets.count))
            let isUnknownID = isByID(targets[place]) && topics[place] == nil
            guard isUnknownID || mayRead(topics[place]?.name ?? targets[place].key.topic) else {
                answers[place] = refuse(targets[place].wanted, .topicAuthorizationFailed)
                continue
            }
            answers[place] = read(targets[place].wanted, of: topics[place], isUnknownID: isUnknownID)
        }
    }

    private mutating func mayRead(_ topic: Name) -> Bool {
        guard let access else { return true }
        if let known = isAllowed[topic] { return known }
        let allowed = access.allows(.read, .topic, topic)
        isAllowed[topic] = allowed
        return allowed
    }

    private func isByID(_ target: FetchTarget) -> Bool { usesTopicIDs && target.key.topicID != .zero }

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
            let error = RequestError(error)
            broker.note(error, reading: log.topicPartition)
            var answer = refuse(wanted, error.code)
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
