import KafkaProtocol
import Synchronization

/// Writes records to topics: batches them, keeps their order within a partition, repeats what failed, and makes
/// transactions.
///
/// `run()` does the sending; nothing leaves before it runs. With idempotence (the default) what is acknowledged is in the
/// log exactly once and in order. All calls may be made from many tasks at once, except that a transaction is one task's
/// affair.
///
/// A producer is light: one state machine and no connection of its own.
public final class Producer: Sendable {
    enum Action: Sendable {
        case send(SendQueue.Request)
        case findLeaders([TopicPartition])
        case acquireIdentity
        case addPartitions([TopicPartition])
    }

    struct State {
        var queue: SendQueue
        var transaction: Transaction?
        var open: [TopicPartition: OpenBatch] = [:]
        var sticky: [Name: Int32] = [:]
        /// The first failure that no one has been told of.
        var failure: KafkaError?
        var isAcquiringIdentity = false
        var leaders = LeaderSearch()
        var retryIdentityAt: Int64 = 0
        var isRunning = false
        var isClosing = false
        var isClosed = false
    }

    /// The cluster.
    public let client: KafkaClient
    /// How it sends.
    public let configuration: ProducerConfiguration
    let state: Mutex<State>
    /// Something has to be sent.
    let work = Notifier()
    /// Something has come to its end.
    let progress = Notifier()
    let waiter: WaitBoard.Owner

    /// A producer for the cluster of `client`. Settings that contradict each other are put right: idempotence means `acks`
    /// of all.
    public init(client: KafkaClient, configuration: ProducerConfiguration = ProducerConfiguration()) {
        let configuration = configuration.normalized
        self.client = client
        self.configuration = configuration
        waiter = client.waits.newOwner()
        state = Mutex(
            State(
                queue: SendQueue(
                    isIdempotent: configuration.isIdempotent, isTransactional: configuration.transactionalID != nil,
                    maxInFlight: configuration.maxInFlight, retryPolicy: client.retryPolicy),
                transaction: configuration.transactionalID == nil ? nil : Transaction()))
    }

    /// Sends what is enqueued until the producer is closed or the task is cancelled. Run it as a child task, once.
    ///
    /// When it ends, whatever is not acknowledged fails with `KafkaError.Code.closed`.
    public func run() async {
        let mayRun = state.withLock { state in
            if state.isRunning || state.isClosed { return false }
            state.isRunning = true
            return true
        }
        guard mayRun else { return }
        await runActionLoop(
            work, client.environment, immediately: true, poll: { self.poll(now: $0) },
            perform: { await self.perform($0) })
        finish(
            state.withLock { state in
                state.isRunning = false
                state.isClosed = true
                closeOpenBatches(&state)
                return state.queue.failWaiting(.closed("producer"))
            })
        client.waits.clear(waiter)
    }

    /// Sends what is enqueued, then ends `run()`. Later calls throw. A transaction that is open is left to the broker, which
    /// aborts it on its time-out or when the next producer with the same id starts.
    public func close() async {
        let isRunning = state.withLock { state in
            state.isClosing = true
            if !state.isRunning { state.isClosed = true }
            return state.isRunning
        }
        work.notify()
        guard isRunning else {
            finish(state.withLock { $0.queue.failWaiting(.closed("producer")) })
            return
        }
        while !Task.isCancelled {
            let seen = progress.version
            if state.withLock({ $0.isClosed }) { return }
            await progress.wait(after: seen)
        }
    }

    private func poll(now: Int64) -> LoopStep<Action> {
        var expired: [SendQueue.Completion] = []
        let step = state.withLock { state in
            var step = LoopStep<Action>()
            expired = state.queue.expire(now: now)
            noteFailures(expired, &state)
            closeDueBatches(&state, now: now, &step)
            let plan = state.queue.plan(now: now, leader: { client.cachedLeader(of: $0) }) { topicPartition in
                state.transaction.map { $0.added.contains(topicPartition) } ?? true
            }
            if let deadline = plan.deadline { step.wake(at: deadline) }
            step.actions = plan.requests.map { .send($0) }
            addHousekeeping(&step, &state, plan, now: now)
            if state.isClosing, state.queue.isEmpty, state.open.isEmpty { step.isFinished = true }
            return step
        }
        finish(expired)
        return step
    }

    /// Closes the batches that have lingered for long enough, if they can leave.
    private func closeDueBatches(_ state: inout State, now: Int64, _ step: inout LoopStep<Action>) {
        if state.isClosing { return closeOpenBatches(&state) }
        for batch in state.open.values {
            let due = batch.openedAt.saturatingAdd(configuration.linger.milliseconds)
            if due > now {
                step.wake(at: due)
            } else if state.queue.isIdle(batch.topicPartition) {
                closeOpenBatch(batch.topicPartition, &state)
            }
        }
    }

    private func addHousekeeping(
        _ step: inout LoopStep<Action>, _ state: inout State, _ plan: SendQueue.Plan, now: Int64
    ) {
        let search = state.leaders.plan(plan.withoutLeader, now: now)
        if !search.ask.isEmpty { step.actions.append(.findLeaders(search.ask)) }
        if let retryAt = search.retryAt { step.wake(at: retryAt) }
        if plan.needsIdentity, !state.isAcquiringIdentity {
            if state.retryIdentityAt > now {
                step.wake(at: state.retryIdentityAt)
            } else {
                state.isAcquiringIdentity = true
                step.actions.append(.acquireIdentity)
            }
        }
        if let (partitions, retryAt) = state.transaction?.partitionsToAdd(now: now) {
            if !partitions.isEmpty { step.actions.append(.addPartitions(partitions)) }
            if let retryAt { step.wake(at: retryAt) }
        }
    }

    private func perform(_ action: Action) async {
        switch action {
        case .send(let request): await send(request)
        case .findLeaders(let partitions): await findLeaders(of: partitions)
        case .acquireIdentity: await acquireIdentity()
        case .addPartitions(let partitions): await addPartitionsToTransaction(partitions)
        }
        work.notify()
    }

    /// Keeps the first failure for the next `flush`; records that someone waits for tell that one instead.
    func noteFailures(_ completions: [SendQueue.Completion], _ state: inout State) {
        var spoiled: KafkaError?
        for case .failure(let error) in completions.lazy.map(\.result) { spoiled = spoiled ?? error }
        guard let spoiled else { return }
        state.transaction?.fail(spoiled, sequencesAreSpoiled: true)
        for completion in completions where completion.batch.completions.isEmpty {
            if case .failure(let error) = completion.result { state.failure = state.failure ?? error }
        }
    }

    /// Tells those who wait for batches how these ended.
    func finish(_ completions: [SendQueue.Completion]) {
        for completion in completions {
            let batch = completion.batch
            if case .failure = completion.result { client.waits.clear(WaitBoard.Key(waiter, .write(batch.topicPartition))) }
            batch.ended?(
                completion.result.map { ack in
                    RecordMetadata(
                        topicPartition: batch.topicPartition, offset: ack.baseOffset, timestamp: ack.logAppendTime)
                })
            for (index, record) in batch.completions.enumerated() {
                record.resume(
                    completion.result.map { ack in
                        RecordMetadata(
                            topicPartition: batch.topicPartition,
                            offset: ack.baseOffset < 0 ? -1 : ack.baseOffset.saturatingAdd(Int64(index)),
                            timestamp: ack.logAppendTime < 0 ? record.timestamp : ack.logAppendTime)
                    })
            }
        }
        progress.notify()
    }
}
