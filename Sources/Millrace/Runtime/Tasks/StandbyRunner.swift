import KafkaClient
import KafkaProtocol
import Synchronization

/// A standby: keeps the stores of a task that another instance has as they are in the changelogs, in memory and on disk, so that the
/// task can go on here with only the end of them to read. Kafka Streams' `StandbyTask`.
///
/// It changes nothing outside of the instance. What fails is told and tried again, ever less often; it never ends the application.
final class StandbyRunner: Sendable {
    let id: TaskID
    private let application: StreamsApplication
    private let wake = WakeSignal()
    private let control = Mutex(Control())

    private struct Control {
        var isStopping = false
        /// Whether the stores stay for the task that begins here.
        var keepsStores = false
        var isFinished = false
        var stores: OpenTask?
        /// What the task left that was here before.
        var left: LeftStores?
    }

    /// A standby that begins with what its task has left here, if it has.
    init(id: TaskID, left: LeftStores? = nil, application: StreamsApplication) {
        self.id = id
        self.application = application
        control.withLock { $0.left = left }
    }

    /// Ends it. The stores stay, if so wanted (`takeStores`).
    func stop(keepsStores: Bool = false) {
        control.withLock { control in
            control.isStopping = true
            control.keepsStores = keepsStores
        }
        wake.set()
    }

    /// The group has said something new, such as that the task is to move here.
    func look() { wake.set() }

    var isFinished: Bool { control.withLock { $0.isFinished } }

    /// What it has left, once it is finished.
    func takeStores() -> OpenTask? {
        control.withLock { control in
            defer { control.stores = nil }
            return control.stores
        }
    }

    private func takeLeft() -> LeftStores? {
        control.withLock { control in
            defer { control.left = nil }
            return control.left
        }
    }

    private var isStopping: Bool { control.withLock { $0.isStopping } }

    private static let pauses = RetryPolicy(
        initialBackoff: .milliseconds(200), maximumBackoff: .seconds(30), jitter: 0.2)

    /// Follows until it is stopped, or cancelled.
    @concurrent
    func run(_ consumer: Consumer, _ plan: TopicPlan) async {
        let environment = application.client.environment
        let local = application.localState
        local?.directory.use(id)
        var failures = 0
        while !isStopping, !Task.isCancelled {
            do {
                try await liveOnce(consumer, plan)
            } catch {
                if error is CancellationError || Task.isCancelled { break }
                failures += 1
                let pause = Self.pauses.delay(afterAttempt: failures, random: environment.random())
                application.warn("its standby begins anew in \(pause) ms: \(error)", about: id)
                await wake.wait(milliseconds: pause, sleep: environment.sleep)
            }
        }
        takeLeft()?.close()
        local?.directory.release(id, now: environment.now())
        let isPromoted = control.withLock { control in
            control.isFinished = true
            return control.stores != nil
        }
        application.configuration.observer(.unfollowed(id, isPromoted: isPromoted))
        application.taskNews.set()
    }

    private func liveOnce(_ consumer: Consumer, _ plan: TopicPlan) async throws {
        let partitions = application.blueprint.sourceTopics(of: id.subTopology).compactMap { topic in
            (plan.partitionCounts[topic] ?? 0) > id.partition ? TopicPartition(topic, id.partition) : nil
        }
        var stores = try await application.openTask(id, partitions, consumer, plan, Refusals(), takeLeft())
        application.live.opened(stores.core, .standby, wake)
        defer { application.live.ended(stores.core) }
        do {
            try await follow(&stores, consumer)
        } catch {
            await application.close(stores)
            throw error
        }
        let keeps = control.withLock { control in
            if control.keepsStores { control.stores = stores }
            return control.keepsStores
        }
        if !keeps { await application.close(stores) }
    }

    /// Puts back what there is on disk, and then what comes into the changelogs, until it is stopped.
    private func follow(_ stores: inout OpenTask, _ group: Consumer) async throws {
        let application = application
        let changelogs = application.changelogs(of: stores.core.task)
        let sources = try await application.sources(of: changelogs, try await committed(group, stores))
        guard let local = try await application.held(stores, sources, isStopping: { self.isStopping }) else { return }
        var follower = ChangelogFollower(
            sources.map { store, source in
                .init(
                    store: store, isSource: application.blueprint.sourceChangelog(of: store) != nil,
                    topicID: source.topicID,
                    partition: source.partition, position: max(source.start, local[source.partition]?.offset ?? 0),
                    limit: source.end)
            })
        defer { stores.positions = follower.positions }
        application.board.note(id, progress: follower.progress)
        let reader = Consumer(
            client: application.client,
            configuration: ConsumerConfiguration(
                isolation: application.configuration.isolation, bufferBytesPerPartition: 1 << 20, autoOffsetReset: .none
            ))
        try reader.assign(follower.positions.mapValues { .offset($0.offset) })
        reader.setListener(for: Array(follower.positions.keys)) { [wake] in wake.set() }
        follower = try await withThrowingTaskGroup(of: Void.self) { [stores, follower] tasks in
            var follower = follower
            tasks.addTask { try await reader.run() }
            let moving = WaitBoard.Key(application.client.waits.newOwner())
            defer {
                tasks.cancelAll()
                application.client.waits.clear(moving)
            }
            while !isStopping {
                try Task.checkCancellation()
                if application.isPaused(id.subTopology) {
                    await wake.wait()
                    continue
                }
                let hasTaken = try await takeAll(&follower, reader, stores)
                note(follower, reader, stores)
                let isMoving = tellOfMove(follower, reader, group, moving)
                if hasTaken { continue }
                guard follower.hasSources else {
                    if isMoving {
                        await wake.wait(milliseconds: TaskBoard.patience, sleep: application.client.environment.sleep)
                    } else {
                        await wake.wait()
                    }
                    continue
                }
                // What is committed of a source topic shows when it is asked for only.
                await wake.wait(milliseconds: Self.look, sleep: application.client.environment.sleep)
                follower.raiseLimits(try await committed(group, stores))
            }
            return follower
        }
        try await keep(follower, stores)
    }

    /// How often it looks how far source topics that serve as changelogs are processed, in milliseconds.
    private static let look: Int64 = 500

    /// Takes over what has been read ahead. Returns whether there was anything.
    private func takeAll(_ follower: inout ChangelogFollower, _ reader: Consumer, _ stores: OpenTask) async throws
        -> Bool
    {
        var hasTaken = false
        for (number, log) in follower.logs.enumerated() where !log.isAtLimit {
            if let error = reader.error(of: log.partition) { throw error }
            guard let fetched = reader.takeBatches(from: log.partition) else {
                // What is passed over, such as the ends of transactions, is done with as well.
                if let position = reader.position(log.partition) { follower.advance(number, to: position) }
                continue
            }
            hasTaken = true
            let count = try await application.restore(
                fetched, into: log.store, stores, before: log.isSource ? log.limit : .max, log.topicID)
            follower.advance(number, to: fetched.nextOffset)
            application.configuration.observer(
                .followed(id, store: log.store, records: count, lag: lag(of: follower.logs[number], reader)))
            if follower.logs[number].position < fetched.nextOffset {
                reader.seek(log.partition, to: follower.logs[number].position)
            }
        }
        if hasTaken, let rows = stores.rows { application.localState?.add(rows.compactions()) }
        return hasTaken
    }

    /// Tells the group, when it shares out tasks next, how far this instance has the task's state, and queries by how much it is behind.
    private func note(_ follower: ChangelogFollower, _ reader: Consumer, _ stores: OpenTask) {
        application.board.note(id, progress: follower.progress)
        for log in follower.logs {
            if let lag = lag(of: log, reader) { application.live.note([log.store: lag], of: stores.core) }
        }
    }

    /// How many records a store is behind; nil if that is not known.
    private func lag(of log: ChangelogFollower.Log, _ reader: Consumer) -> Int64? {
        log.isSource ? log.limit.saturatingSubtract(log.position) : reader.lag(log.partition)
    }

    /// If the task is to move here, which is returned: has it told what that waits for, and asks for a rebalance once the task can go on
    /// here without delay.
    private func tellOfMove(
        _ follower: ChangelogFollower, _ reader: Consumer, _ group: Consumer, _ key: WaitBoard.Key
    ) -> Bool {
        let client = application.client
        guard application.board.assignment.warmUps.contains(id) else {
            client.waits.clear(key)
            return false
        }
        let lags = follower.logs.map { lag(of: $0, reader) }
        let warmUp = WarmUp(lag: lags.contains(nil) ? nil : lags.reduce(0) { $0.saturatingAdd($1 ?? 0) })
        let now = client.environment.now()
        client.waits.note(key, "move task \(id) here", because: warmUp, now: now, isOutage: false)
        if warmUp == .ready, application.board.isReady(id, now: now) { group.rejoin() }
        return true
    }

    /// How far the task has been processed, as far as that says how far its stores may be.
    private func committed(_ group: Consumer, _ stores: OpenTask) async throws -> [TopicPartition: Int64] {
        let topics = Set(stores.core.task.storeNames.compactMap { application.blueprint.sourceChangelog(of: $0) })
        guard !topics.isEmpty else { return [:] }
        return try await group.committed(stores.partitions.filter { topics.contains($0.topic) }).mapValues(\.offset)
    }

    /// Local state has all that was put back.
    private func keep(_ follower: ChangelogFollower, _ stores: OpenTask) async throws {
        guard let rows = stores.rows else { return }
        let now = application.client.environment.wallClock()
        let blockage = try await stores.turn { core in
            let progress = core.progress
            for log in follower.logs {
                var position = log.rowPosition
                position.time = progress[log.partition]?.time ?? -1
                try core.task.database?.restored(log.store, position, now: now)
                rows.restored(log.store, position, now: now)
            }
            return try core.task.database?.blockage()
        }
        try await stores.waitForRoom(blockage, application.client)
    }
}
