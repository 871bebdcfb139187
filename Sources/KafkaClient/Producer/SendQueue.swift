import KafkaProtocol

/// Which batch goes out when, in which order and under which sequence: the core of a producer, without I/O.
///
/// Batches of a partition are written in the order in which they were enqueued. With idempotence up to `maxInFlight` of them
/// are under way at once: each gets its sequence when it first goes out and keeps it over retries. After a failure that a
/// retry can help, nothing more of the partition goes out until all that is under way is answered; then what must be
/// repeated goes first. Without idempotence a partition has one batch under way.
///
/// A batch that fails for good leaves a gap in the sequences: its partition then needs a new producer identity and starts
/// again at sequence 0 (a transactional producer aborts and has its epoch raised, instead). A batch that is too large for
/// the broker goes out again in halves, which share its sequences; a single record that is too large fails.
struct SendQueue {
    /// A produce request: at most one batch of each partition, as brokers demand.
    struct Request: Sendable {
        var node: Int32
        var batches: [QueuedBatch]
    }

    /// What a broker said of a batch, or what kept it from saying so.
    enum Outcome: Sendable {
        case acknowledged(baseOffset: Int64, logAppendTime: Int64)
        case refused(KafkaErrorCode, message: String?, logStartOffset: Int64, records: Set<Int> = [])
        case unanswered(KafkaError)
    }

    /// What to do next.
    struct Plan {
        var requests: [Request] = []
        var withoutLeader: Set<TopicPartition> = []
        var needsIdentity = false
        var deadline: Int64?
        mutating func wake(at time: Int64) { deadline = min(deadline ?? .max, time) }
    }

    /// A batch that has come to its end.
    struct Completion {
        var batch: QueuedBatch
        var result: Result<(baseOffset: Int64, logAppendTime: Int64), KafkaError>
    }

    private struct Partition {
        var waiting = FIFO<QueuedBatch>()
        var inFlight: [QueuedBatch] = []
        var repeating: [QueuedBatch] = []
        var identity: ProducerIdentity?
        var nextSequence: Int32 = 0
        var lastOffset: Int64 = -1
        var retryAt: Int64 = 0
        /// A batch failed for good: sequences after it cannot be used.
        var hasGap = false

        var isEmpty: Bool { waiting.isEmpty && inFlight.isEmpty && repeating.isEmpty }
    }

    let isIdempotent: Bool
    let isTransactional: Bool
    let maxInFlight: Int
    let retryPolicy: RetryPolicy
    private(set) var identity: ProducerIdentity?
    private(set) var unacknowledgedBytes = 0
    private var partitions: [TopicPartition: Partition] = [:]
    /// The partitions that have batches, in the order in which they got them.
    private var active: [TopicPartition] = []
    private var inFlightByNode: [Int32: Int] = [:]
    private var outstanding = FIFO<QueuedBatch>()
    private var lastNumber: UInt64 = 0

    init(isIdempotent: Bool, isTransactional: Bool, maxInFlight: Int, retryPolicy: RetryPolicy) {
        self.isIdempotent = isIdempotent
        self.isTransactional = isTransactional
        self.maxInFlight = maxInFlight
        self.retryPolicy = retryPolicy
    }

    /// The number of the record enqueued last.
    var enqueuedThrough: UInt64 { lastNumber }
    /// All records up to this number have come to their end.
    var completedThrough: UInt64 { (outstanding.first?.number).map { $0 - 1 } ?? lastNumber }
    /// Whether nothing waits and nothing is under way.
    var isEmpty: Bool { outstanding.isEmpty }

    /// Whether a batch of the partition could go out at once.
    func isIdle(_ topicPartition: TopicPartition) -> Bool {
        guard let partition = partitions[topicPartition] else { return true }
        return partition.waiting.isEmpty && partition.repeating.isEmpty
            && partition.inFlight.count < (isIdempotent ? maxInFlight : 1)
    }

    mutating func enqueue(_ batch: QueuedBatch) {
        batch.number = lastNumber + 1
        lastNumber += UInt64(max(1, batch.recordCount))
        unacknowledgedBytes += batch.sizeInBytes
        outstanding.append(batch)
        if partitions[batch.topicPartition, default: Partition()].isEmpty { active.append(batch.topicPartition) }
        partitions[batch.topicPartition, default: Partition()].waiting.append(batch)
    }

    /// The identity to be used from now on. Partitions take it up, from sequence 0, when nothing of theirs is under way.
    mutating func use(_ identity: ProducerIdentity) { self.identity = identity }

    /// What can go out now. `leader` gives the node for a partition, `mayWrite` whether the transaction includes it.
    mutating func plan(
        now: Int64, leader: (TopicPartition) -> Int32?, mayWrite: (TopicPartition) -> Bool = { _ in true }
    ) -> Plan {
        var plan = Plan()
        guard !active.isEmpty else { return plan }
        if isIdempotent, identity == nil {
            plan.needsIdentity = !isTransactional
            for topicPartition in active { wakeAtDeadline(topicPartition, &plan) }
            return plan
        }
        var blocked: Set<TopicPartition> = []
        var sentAny = true
        while sentAny {
            sentAny = false
            var requests: [Int32: [QueuedBatch]] = [:]
            for topicPartition in active where !blocked.contains(topicPartition) {
                guard var partition = partitions.removeValue(forKey: topicPartition) else { continue }
                defer { partitions[topicPartition] = partition }
                guard canSend(&partition, now: now, &plan), mayWrite(topicPartition) else {
                    blocked.insert(topicPartition)
                    continue
                }
                guard let node = leader(topicPartition) else {
                    plan.withoutLeader.insert(topicPartition)
                    blocked.insert(topicPartition)
                    continue
                }
                guard inFlightByNode[node, default: 0] < maxInFlight, let batch = takeNext(&partition) else {
                    blocked.insert(topicPartition)
                    continue
                }
                requests[node, default: []].append(batch)
            }
            for (node, batches) in requests.sorted(by: { $0.key < $1.key }) {
                inFlightByNode[node, default: 0] += 1
                plan.requests.append(Request(node: node, batches: batches))
                sentAny = true
            }
        }
        for topicPartition in active { wakeAtDeadline(topicPartition, &plan) }
        return plan
    }

    private func canSend(_ partition: inout Partition, now: Int64, _ plan: inout Plan) -> Bool {
        if partition.repeating.isEmpty && partition.waiting.isEmpty { return false }
        if partition.retryAt > now {
            plan.wake(at: partition.retryAt)
            return false
        }
        if !partition.repeating.isEmpty || partition.hasGap || (isIdempotent && partition.identity != identity) {
            guard partition.inFlight.isEmpty else { return false }
        }
        guard isIdempotent else { return partition.inFlight.isEmpty }
        if partition.hasGap, partition.identity == identity {
            plan.needsIdentity = !isTransactional
            return false
        }
        if partition.identity != identity { adoptIdentity(&partition) }
        return partition.inFlight.count < maxInFlight
    }

    /// Starts the partition's sequences again at 0 under the present identity. Nothing of it is under way.
    private func adoptIdentity(_ partition: inout Partition) {
        partition.identity = identity
        partition.nextSequence = 0
        partition.hasGap = false
        for batch in partition.repeating { batch.stamp = nil }
    }

    private mutating func takeNext(_ partition: inout Partition) -> QueuedBatch? {
        let batch: QueuedBatch
        if !partition.repeating.isEmpty {
            batch = partition.repeating.removeFirst()
            // What comes after it waits for the answer, so that a second failure does not change the order.
        } else if let next = partition.waiting.popFirst() {
            batch = next
        } else {
            return nil
        }
        if isIdempotent, batch.stamp == nil, let identity = partition.identity {
            batch.stamp = QueuedBatch.Stamp(identity: identity, sequence: partition.nextSequence)
            partition.nextSequence = QueuedBatch.sequence(after: partition.nextSequence, records: batch.recordCount)
        }
        batch.attempts += 1
        partition.inFlight.append(batch)
        return batch
    }

    private func wakeAtDeadline(_ topicPartition: TopicPartition, _ plan: inout Plan) {
        guard let partition = partitions[topicPartition] else { return }
        if let batch = partition.repeating.first ?? partition.waiting.first { plan.wake(at: batch.deadline) }
    }

    /// Takes out the batches that wait beyond their deadline.
    mutating func expire(now: Int64) -> [Completion] {
        var completions: [Completion] = []
        for topicPartition in active {
            guard let partition = partitions[topicPartition],
                let next = partition.repeating.first ?? partition.waiting.first, next.deadline <= now
            else { continue }
            var late: [QueuedBatch] = []
            while let batch = partitions[topicPartition]?.repeating.first, batch.deadline <= now {
                partitions[topicPartition]?.repeating.removeFirst()
                partitions[topicPartition]?.hasGap = isIdempotent
                late.append(batch)
            }
            while let batch = partitions[topicPartition]?.waiting.first, batch.deadline <= now {
                _ = partitions[topicPartition]?.waiting.popFirst()
                late.append(batch)
            }
            for batch in late {
                let error = KafkaError(
                    .timeout, "could not deliver \(batch.recordCount) records to \(topicPartition) in time",
                    errorCode: batch.lastFailure?.errorCode, underlying: batch.lastFailure,
                    topicPartition: topicPartition, isRetriable: true)
                completions.append(Completion(batch: batch, result: .failure(error)))
            }
        }
        finish(completions)
        return completions
    }

    /// Takes in the answers to a request, in the order of its batches. Returns the batches that came to their end, and the
    /// topics of which the leaders must be looked up again.
    mutating func answered(
        _ request: Request, _ outcomes: [Outcome], now: Int64, random: UInt64
    ) -> (completions: [Completion], staleTopics: Set<Name>) {
        inFlightByNode[request.node, default: 1] -= 1
        var completions: [Completion] = []
        var stale: Set<Name> = []
        for (batch, outcome) in zip(request.batches, outcomes) {
            let isFirst = isOldest(batch)
            partitions[batch.topicPartition]?.inFlight.removeAll { $0 === batch }
            switch judge(batch, outcome, isFirst: isFirst, now: now, stale: &stale) {
            case .finished(let result):
                if case .success(let ack) = result {
                    if ack.baseOffset >= 0 {
                        partitions[batch.topicPartition]?.lastOffset = ack.baseOffset.saturatingAdd(Int64(batch.recordCount) - 1)
                    }
                } else if batch.stamp != nil {
                    partitions[batch.topicPartition]?.hasGap = true
                }
                completions.append(Completion(batch: batch, result: result))
            case .inHalves(let halves):
                unacknowledgedBytes += halves.reduce(-batch.sizeInBytes) { $0 + $1.sizeInBytes }
                for half in halves { requeue(half, at: now) }
            case .again(let reset, let pause):
                if reset { partitions[batch.topicPartition]?.hasGap = true }
                let wait = pause ? retryPolicy.delay(afterAttempt: batch.attempts, random: random) : 0
                requeue(batch, at: now + wait)
            }
        }
        finish(completions)
        return (completions, stale)
    }

    /// Whether no batch before this one is under way or has to be repeated.
    private func isOldest(_ batch: QueuedBatch) -> Bool {
        guard let partition = partitions[batch.topicPartition] else { return true }
        return partition.inFlight.first === batch && (partition.repeating.first?.number ?? .max) > batch.number
    }

    /// Whether a batch before this one has failed for good, so that this one only needs another sequence.
    private func followsGap(_ batch: QueuedBatch) -> Bool {
        !isTransactional && (partitions[batch.topicPartition]?.hasGap ?? false)
    }

    private enum Verdict {
        case finished(Result<(baseOffset: Int64, logAppendTime: Int64), KafkaError>)
        case again(reset: Bool, pause: Bool)
        case inHalves([QueuedBatch])
    }

    private func judge(
        _ batch: QueuedBatch, _ outcome: Outcome, isFirst: Bool, now: Int64, stale: inout Set<Name>
    ) -> Verdict {
        let what = "write \(batch.recordCount) records to \(batch.topicPartition)"
        switch outcome {
        case .acknowledged(let offset, let time):
            return .finished(.success((offset, time)))
        case .unanswered(let error):
            guard error.isRetriable, now < batch.deadline else { return .finished(.failure(error)) }
            batch.lastFailure = error
            stale.insert(batch.topicPartition.topicName)
            return .again(reset: false, pause: true)
        case .refused(let code, let message, let logStartOffset, let records):
            if code.isAboutLeadership { stale.insert(batch.topicPartition.topicName) }
            var error = KafkaError.broker(code, what, message: message, topicPartition: batch.topicPartition)
            // Without transactions nobody can take over: a new identity helps.
            if !isTransactional { error.isFatal = false }
            batch.lastFailure = error
            switch code {
            case .messageTooLarge:
                guard batch.recordCount > 1 else {
                    error.message =
                        "a record of \(batch.sizeInBytes) bytes is too large for \(batch.topicPartition) "
                        + "(max.message.bytes of the topic)"
                    return .finished(.failure(naming([0], of: batch, error)))
                }
                return inHalves(batch)
            case .topicAuthorizationFailed: return .finished(.failure(naming([0], of: batch, error)))
            case _ where code.isAboutRecords:
                if !records.isEmpty { return .finished(.failure(naming(records, of: batch, error))) }
                if batch.recordCount == 1 { return .finished(.failure(naming([0], of: batch, error))) }
                // Which record it is about shows when they go one by one.
                return inHalves(batch)
            case .duplicateSequenceNumber:
                // It is in the log already, from an attempt whose answer was lost; where, nobody says.
                return .finished(.success((-1, -1)))
            case .outOfOrderSequenceNumber where batch.stamp != nil && (!isFirst || followsGap(batch)):
                // A batch before it failed; it goes again after that one, or without it.
                return .again(reset: false, pause: false)
            case .unknownProducerId
            where !isTransactional && isFirst
                && (batch.attempts == 1 || logStartOffset > lastOffset(of: batch.topicPartition)):
                // Retention has removed all that the broker knew of this producer; nothing of the batch was written.
                return .again(reset: true, pause: false)
            case _ where code.isRetriable:
                guard now < batch.deadline else {
                    return .finished(
                        .failure(
                            KafkaError(
                                .timeout, "could not \(what) in time", errorCode: code,
                                topicPartition: batch.topicPartition,
                                isRetriable: true)))
                }
                return .again(reset: false, pause: true)
            default:
                return .finished(.failure(error))
            }
        }
    }

    private func inHalves(_ batch: QueuedBatch) -> Verdict {
        do {
            return .inHalves(try batch.halves(isTransactional: isTransactional))
        } catch {
            return .finished(.failure(KafkaError.from(error, "split a batch for \(batch.topicPartition)")))
        }
    }

    /// The error with the records that it is about.
    private func naming(_ records: Set<Int>, of batch: QueuedBatch, _ error: KafkaError) -> KafkaError {
        var error = error
        // A batch that was sent can be read; if not, the error tells what it did without.
        error.refused =
            (try? batch.refused(
                records, isTransactional: isTransactional,
                scope: error.errorCode == .messageTooLarge
                    ? .size : error.errorCode == .topicAuthorizationFailed ? .topic : .record,
                reason: error.description)) ?? []
        return error
    }

    /// The offset of the last record acknowledged; -1 if there is none, or the broker has not said.
    func lastOffset(of topicPartition: TopicPartition) -> Int64 { partitions[topicPartition]?.lastOffset ?? -1 }

    private mutating func requeue(_ batch: QueuedBatch, at time: Int64) {
        guard var partition = partitions.removeValue(forKey: batch.topicPartition) else { return }
        let place = partition.repeating.firstIndex { $0.number > batch.number } ?? partition.repeating.endIndex
        partition.repeating.insert(batch, at: place)
        partition.retryAt = max(partition.retryAt, time)
        partitions[batch.topicPartition] = partition
    }

    /// Fails all that waits (in `only`, if given), such as after a fatal error or on an abort. What is under way comes to its
    /// end by itself.
    mutating func failWaiting(_ error: KafkaError, only: TopicPartition? = nil) -> [Completion] {
        var completions: [Completion] = []
        for topicPartition in active where only == nil || only == topicPartition {
            guard var partition = partitions.removeValue(forKey: topicPartition) else { continue }
            let batches = partition.repeating + partition.waiting.removeAll()
            if !partition.repeating.isEmpty { partition.hasGap = true }
            partition.repeating = []
            partitions[topicPartition] = partition
            completions += batches.map { Completion(batch: $0, result: .failure(error)) }
        }
        finish(completions)
        return completions
    }

    private mutating func finish(_ completions: [Completion]) {
        guard !completions.isEmpty else { return }
        for completion in completions {
            completion.batch.end()
            unacknowledgedBytes -= completion.batch.sizeInBytes
        }
        while let first = outstanding.first, first.isDone { _ = outstanding.popFirst() }
        active.removeAll { partitions[$0]?.isEmpty ?? true }
    }
}
