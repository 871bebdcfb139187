import KafkaProtocol
import Synchronization

extension Producer {
    /// Makes a produce request and takes in its answer.
    func send(_ request: SendQueue.Request) async {
        let outcomes = await outcomes(of: request)
        noteWaits(of: request, outcomes)
        let completions = state.withLock { state in
            let (completions, stale) = state.queue.answered(
                request, outcomes, now: client.environment.now(), random: client.environment.random())
            for topic in stale { client.invalidate(topic) }
            noteFailures(completions, &state)
            return completions + dropSpoiled(&state)
        }
        finish(completions)
    }

    /// What is refused or not answered may be sent again: that is told, and that it has gone on.
    private func noteWaits(of request: SendQueue.Request, _ outcomes: [SendQueue.Outcome]) {
        for (batch, outcome) in zip(request.batches, outcomes) {
            let key = WaitBoard.Key(waiter, .write(batch.topicPartition))
            switch outcome {
            case .refused(let code, let message, _, _) where code.isRetriable:
                let error = KafkaError.broker(code, "write", message: message)
                client.waits.note(key, "write to \(batch.topicPartition)", because: error, now: client.environment.now())
            case .unanswered(let error) where error.isRetriable:
                client.waits.note(key, "write to \(batch.topicPartition)", because: error, now: client.environment.now())
            case .acknowledged, .refused, .unanswered: client.waits.clear(key)
            }
        }
    }

    /// A spoiled transaction cannot be saved: nothing more of it is sent.
    func dropSpoiled(_ state: inout State) -> [SendQueue.Completion] {
        guard let error = state.transaction?.failure else { return [] }
        return state.queue.failWaiting(error)
    }

    private func outcomes(of request: SendQueue.Request) async -> [SendQueue.Outcome] {
        var topics: [ProduceRequest.TopicProduceData] = []
        var failures: [Int: KafkaError] = [:]
        var places: [Name: Int] = [:]
        for (index, batch) in request.batches.enumerated() {
            let records: Bytes
            do {
                records = try batch.bytes(isTransactional: configuration.transactionalID != nil)
            } catch {
                failures[index] = KafkaError.from(error, "make a record batch for \(batch.topicPartition)")
                continue
            }
            let data = ProduceRequest.PartitionProduceData(index: batch.topicPartition.partition, records: records)
            if let place = places[batch.topicPartition.topicName] {
                topics[place].partitionData.append(data)
            } else {
                places[batch.topicPartition.topicName] = topics.count
                topics.append(ProduceRequest.TopicProduceData(name: batch.topicPartition.topic, partitionData: [data]))
            }
        }
        guard !topics.isEmpty else {
            return request.batches.indices.map { .unanswered(failures[$0] ?? .closed("producer")) }
        }
        do {
            var produce = ProduceRequest(
                transactionalId: configuration.transactionalID, acks: configuration.acks.rawValue,
                timeoutMs: configuration.requestTimeout.milliseconds32, topicData: topics)
            produce.isOfTransactionV2 = isVersion2
            let answers = Self.byPartition(try await client.send(produce, to: request.node))
            return request.batches.indices.map { index in
                let batch = request.batches[index]
                return failures[index].map { .unanswered($0) } ?? outcome(of: batch, answers[batch.topicPartition])
            }
        } catch {
            let error = KafkaError.from(error, "write to broker \(request.node)")
            return request.batches.indices.map { .unanswered(failures[$0] ?? error) }
        }
    }

    private typealias Answer = ProduceResponse.PartitionProduceResponse

    private static func byPartition(_ response: ProduceResponse) -> [TopicPartition: Answer] {
        var answers: [TopicPartition: Answer] = [:]
        for topic in response.responses {
            let name = Name(topic.name)
            for partition in topic.partitionResponses { answers[TopicPartition(name, partition.index)] = partition }
        }
        return answers
    }

    private func outcome(of batch: QueuedBatch, _ partition: Answer?) -> SendQueue.Outcome {
        if configuration.acks == .none { return .acknowledged(baseOffset: -1, logAppendTime: -1) }
        guard let partition else {
            return .unanswered(
                KafkaError(
                    .malformedResponse, "the answer to a produce request leaves out \(batch.topicPartition)",
                    topicPartition: batch.topicPartition))
        }
        if partition.errorCode == 0 {
            return .acknowledged(baseOffset: partition.baseOffset, logAppendTime: partition.logAppendTimeMs)
        }
        return .refused(
            KafkaErrorCode(rawValue: partition.errorCode), message: partition.errorMessage,
            logStartOffset: partition.logStartOffset,
            records: Set(partition.recordErrors.map { Int($0.batchIndex) }))
    }

    /// Looks up leaders. What is for partitions that do not exist fails after a while.
    func findLeaders(of partitions: [TopicPartition]) async {
        let verdicts = await client.findLeaders(of: partitions)
        for (partition, verdict) in verdicts where verdict != .found {
            client.waits.note(
                WaitBoard.Key(waiter, .write(partition)), "write to \(partition)", because: verdict, now: client.environment.now())
        }
        let environment = client.environment
        let policy = client.retryPolicy
        finish(
            state.withLock { state in
                let now = environment.now()
                _ = state.leaders.answered(verdicts, now: now) {
                    policy.delay(afterAttempt: $0, random: environment.random())
                }
                var completions: [SendQueue.Completion] = []
                for (partition, code) in state.leaders.missing(for: policy.unknownTopicTimeout.milliseconds, now: now) {
                    let error = KafkaError.broker(code, "write to \(partition)", topicPartition: partition)
                    completions += state.queue.failWaiting(error, only: partition)
                }
                noteFailures(completions, &state)
                return completions
            })
    }

    /// Fetches a new producer id for a producer without transactions.
    func acquireIdentity() async {
        var identity: ProducerIdentity?
        var failure: KafkaError?
        do {
            let response = try await client.send(InitProducerIdRequest(transactionalId: nil), to: nil)
            let code = KafkaErrorCode(rawValue: response.errorCode)
            guard code == .none else { throw KafkaError.broker(code, "get a producer id") }
            identity = ProducerIdentity(id: response.producerId, epoch: response.producerEpoch)
        } catch {
            failure = KafkaError.from(error, "get a producer id")
        }
        let key = WaitBoard.Key(waiter, .identity)
        if let failure, failure.isRetriable {
            client.waits.note(key, "write", because: failure, now: client.environment.now())
        } else {
            client.waits.clear(key)
        }
        let random = client.environment.random()
        finish(
            state.withLock { state in
                state.isAcquiringIdentity = false
                if let identity { state.queue.use(identity) }
                guard let failure else { return [] }
                state.retryIdentityAt =
                    client.environment.now() + client.retryPolicy.delay(afterAttempt: 3, random: random)
                if failure.isRetriable { return [] }
                let completions = state.queue.failWaiting(failure)
                noteFailures(completions, &state)
                return completions
            })
    }
}
