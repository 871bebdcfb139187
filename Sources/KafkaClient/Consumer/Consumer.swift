import KafkaProtocol
import Synchronization

/// Reads partitions: those that its group gives it (`subscribe`), or those it is told (`assign`).
///
/// `run()` does the reading: it fetches ahead into a bounded buffer for each partition, and keeps up the membership in the
/// group. Batches are taken from the buffers with `takeBatches`, which never waits; `setListener` says when there is
/// something to take. `batches` and `records` wrap that for loops. All calls may be made from many tasks at once.
public final class Consumer: Sendable {
    enum Action: Sendable {
        case fetch(FetchState.Request)
        case findPositions([PositionNeeded])
        case findLeaders([TopicPartition])
        case member(Membership.Action)
        case checkTopics
    }

    struct PositionNeeded: Sendable {
        var topicPartition: TopicPartition
        var start: StartPosition
        var epoch: UInt64
    }

    struct State {
        var fetch: FetchState
        var membership: GroupMembership?
        var events = FIFO<ConsumerEvent>()
        var partitionCounts: [Name: Int32] = [:]
        /// Which topics are read beside those that were named; nil if none are looked for.
        var wanted: WantedTopics?
        var topicsCheckedAt: Int64 = 0
        var isCheckingTopics = false
        var leaders = LeaderSearch()
        var failure: KafkaError?
        var isRunning = false
        var isClosing = false
        var isClosed = false
    }

    /// The cluster.
    public let client: KafkaClient
    /// How it reads.
    public let configuration: ConsumerConfiguration
    let state: Mutex<State>
    /// Something has to be done.
    let work = Notifier()
    /// There is an event or there are records, or the consumer has closed.
    let news = Notifier()
    let waiter: WaitBoard.Owner

    /// A consumer of the cluster of `client`. Sizes and intervals that make no sense are put right.
    public init(client: KafkaClient, configuration: ConsumerConfiguration = ConsumerConfiguration()) {
        let configuration = configuration.normalized
        self.client = client
        self.configuration = configuration
        waiter = client.waits.newOwner()
        state = Mutex(
            State(
                fetch: FetchState(
                    isolation: configuration.isolation, bufferBytes: configuration.bufferBytesPerPartition,
                    maxWait: configuration.fetchMaxWait.milliseconds, reset: configuration.autoOffsetReset,
                    retryPolicy: client.retryPolicy)))
    }

    /// Reads until the consumer is closed or the task is cancelled. Run it as a child task, once. If it is cancelled it
    /// leaves the group all the same, and waits two seconds at most for the answer.
    ///
    /// Throws a fatal error of the group (such as `.fenced`: another member has the same static id), or `CancellationError`.
    public func run() async throws {
        let mayRun = state.withLock { state in
            if state.isRunning || state.isClosed { return false }
            state.isRunning = true
            return true
        }
        guard mayRun else { throw KafkaError(.invalidState, "the consumer runs already or is closed") }
        await runActionLoop(
            work, client.environment, poll: { self.poll(now: $0) },
            perform: { await self.perform($0) })
        let (failure, leave) = state.withLock { state in
            state.isRunning = false
            state.isClosed = true
            state.membership?.leave()
            return (state.failure, state.membership?.poll(now: client.environment.now()).actions ?? [])
        }
        for action in leave {
            // The task has been cancelled. The group need not wait for the session to time out.
            await shieldedFromCancellation(for: .seconds(2), client.environment) { await self.performMembership(action) }
        }
        client.waits.clear(waiter)
        news.notify()
        if let failure { throw failure }
        try Task.checkCancellation()
    }

    /// Leaves the group and ends `run()`. Positions are not committed; do that before.
    public func close() async {
        let (isRunning, leave) = state.withLock { state in
            state.isClosing = true
            var leave: [Membership.Action] = []
            if !state.isRunning {
                state.isClosed = true
                state.membership?.leave()
                leave = state.membership?.poll(now: client.environment.now()).actions ?? []
            }
            return (state.isRunning, leave)
        }
        if isRunning {
            work.notify()
            while !Task.isCancelled {
                let seen = news.version
                if state.withLock({ $0.isClosed }) { break }
                await news.wait(after: seen)
            }
        } else {
            for action in leave { await performMembership(action) }
            news.notify()
        }
    }

    private func poll(now: Int64) -> LoopStep<Action> {
        var called: [@Sendable () -> Void] = []
        let (step, hasNews) = state.withLock { state in
            var step = LoopStep<Action>()
            var hasNews = false
            if state.isClosing { state.membership?.leave() }
            if let membership = state.membership?.poll(now: now) {
                if let deadline = membership.deadline { step.wake(at: deadline) }
                for action in membership.actions {
                    if handle(action, &state, now: now, &called) {
                        hasNews = true
                    } else {
                        step.actions.append(.member(action))
                    }
                }
            }
            let isOutside = state.membership?.isOutside ?? true
            if (state.isClosing && isOutside) || state.failure != nil {
                step.isFinished = true
                return (step, true)
            }
            if !state.isClosing { planFetches(&step, &state, now: now) }
            planTopicCheck(&step, &state, now: now)
            return (step, hasNews)
        }
        for call in called { call() }
        if hasNews { news.notify() }
        return step
    }

    /// Carries out what needs no request. Returns whether it did.
    private func handle(
        _ action: Membership.Action, _ state: inout State, now: Int64, _ called: inout [@Sendable () -> Void]
    ) -> Bool {
        switch action {
        case .assigned(let assignment):
            client.waits.clear(waiter)
            noteAssignment(assignment, state)
            state.fetch.assign(
                Dictionary(
                    assignment.partitions.map { ($0, StartPosition.committed) }, uniquingKeysWith: { first, _ in first }
                ),
                restart: true)
            state.topicsCheckedAt = now
            state.events.append(.assigned(assignment.partitions))
        case .extended(let assignment, let new):
            noteAssignment(assignment, state)
            keepReading(assignment.partitions, &state)
            state.topicsCheckedAt = now
            state.events.append(.assigned(new))
        case .revoked(let partitions):
            state.events.append(.revoked(partitions))
        case .lost(let partitions):
            client.waits.clear(waiter)
            state.fetch.assign([:], restart: true)
            state.events.append(.lost(partitions))
        case .failed(let error):
            state.fetch.assign([:], restart: true)
            state.failure = error
        case .join, .computeAssignment, .sync, .heartbeat, .leave, .consumerHeartbeat, .nameTopics:
            return false
        }
        return true
    }

    private func noteAssignment(_ assignment: MemberAssignment, _ state: State) {
        guard let member = state.membership?.classic else { return }
        member.assignor.onAssignment(assignment, generation: member.generation)
    }

    /// Reads these partitions; those read already go on undisturbed.
    func keepReading(_ partitions: [TopicPartition], _ state: inout State) {
        state.fetch.assign(
            Dictionary(partitions.map { ($0, StartPosition.committed) }, uniquingKeysWith: { first, _ in first }),
            restart: false)
    }

    private func planFetches(_ step: inout LoopStep<Action>, _ state: inout State, now: Int64) {
        let plan = state.fetch.plan(now: now) { client.cachedLeader(of: $0) }
        if let deadline = plan.deadline { step.wake(at: deadline) }
        step.actions += plan.requests.map { .fetch($0) }
        if !plan.positionsNeeded.isEmpty {
            step.actions.append(
                .findPositions(
                    plan.positionsNeeded.map { PositionNeeded(topicPartition: $0, start: $1, epoch: $2) }))
        }
        let search = state.leaders.plan(plan.withoutLeader, now: now)
        if !search.ask.isEmpty { step.actions.append(.findLeaders(search.ask)) }
        if let retryAt = search.retryAt { step.wake(at: retryAt) }
    }

    /// The group's leader looks from time to time whether its topics have more partitions by now, and whoever reads what matches a
    /// pattern for topics: before it joins, and then from time to time.
    private func planTopicCheck(_ step: inout LoopStep<Action>, _ state: inout State, now: Int64) {
        guard let membership = state.membership, !state.isCheckingTopics, !state.isClosing else { return }
        let age = configuration.metadataMaxAge.milliseconds
        let pause: Int64
        if state.wanted?.isFirst == true {
            pause = min(age, 1000)
        } else {
            guard membership.isStable, membership.isLeader || state.wanted != nil else { return }
            let topics = membership.isLeader ? membership.classic?.topics ?? [] : []
            let isIncomplete = topics.contains { state.partitionCounts[Name($0)] ?? 0 == 0 }
            pause = isIncomplete ? min(age, 5000) : age
        }
        let due = state.topicsCheckedAt.saturatingAdd(pause)
        if due > now { return step.wake(at: due) }
        state.isCheckingTopics = true
        step.actions.append(.checkTopics)
    }

    private func perform(_ action: Action) async {
        switch action {
        case .fetch(let request): await fetch(request)
        case .findPositions(let needed): await findPositions(needed)
        case .findLeaders(let partitions): await findLeaders(of: partitions)
        case .member(let action): await performMembership(action)
        case .checkTopics: await checkTopics()
        }
        work.notify()
    }
}
