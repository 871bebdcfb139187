public import KafkaClient
import KafkaProtocol
import Synchronization

/// Runs a topology: Kafka Streams' `KafkaStreams`.
///
/// ```swift
/// let application = try StreamsApplication(
///     topology, configuration: StreamsConfiguration(applicationID: "word-count"), client: client)
/// try await application.run()
/// ```
/// `run()` takes part in the consumer group of the application id, and for each partition that it is given runs one
/// task as a child task. It returns after `stop()`, or when idle if so configured, with everything committed.
///
/// The topology's closures run on threads of the application's own: however long they take or block, memberships,
/// connections and commits of other tasks go on. What brokers cannot do at the moment is waited for (`outageLimit`), and
/// told within five seconds (`StreamsEvent.waiting`).
public final class StreamsApplication: Sendable {
    /// The settings.
    public let configuration: StreamsConfiguration
    /// The cluster. Its calls retry for as long as `StreamsConfiguration.outageLimit` says, whatever the policy of the client
    /// that the application was made with.
    public let client: KafkaClient
    let policies: FailurePolicies
    let globalStores: GlobalStores
    let workers: WorkerPool
    /// The thread for queries of tasks that no other thread works for at the moment.
    let queryWorkers: WorkerPool
    let hub: EventHub
    let meter = ApplicationMeter()
    /// What is served over HTTP, if anything is.
    let service: LiveService?
    let board: TaskBoard
    /// What keeps tasks from running far ahead of others; nil if nothing does.
    let backPressure: BackPressure?
    /// The tasks that are open.
    let live = LiveTasks()
    let transactions: SharedTransactions
    /// A task has ended or become idle, or the application is to stop.
    let taskNews = WakeSignal()
    private let stopNews = Notifier()
    private let shared: Mutex<Shared>

    private struct Shared {
        /// How long `run()` may still take, in milliseconds; nil while it is not to stop.
        var stopsWithin: Int64?
        var exitsWhenIdle: Bool
        var hasRun = false
        var blueprint: TaskBlueprint
        var taskCount = 1
        var localState: LocalState?
        var instanceID: String?
        /// The tasks that have failed for good while the others go on.
        var stopped: [TaskID: StoppedTask] = [:]
        /// The sub-topologies whose tasks are not to process.
        var paused: Set<Int> = []
    }

    /// An application that has not begun.
    ///
    /// Throws if a setting makes no sense, if the topology is empty, and if names are missing that the settings require, or a
    /// state directory that its stores do. That topics are missing
    /// shows in `run()`.
    public init(_ topology: Topology, configuration: StreamsConfiguration, client: KafkaClient) throws {
        try configuration.validate()
        guard !topology.nodes.isEmpty else { throw StreamsError(.invalidTopology, "the topology has no step") }
        if configuration.requiresExplicitNames { try topology.requireExplicitNames() }
        policies = FailurePolicies(
            topology, all: configuration.onBadRecord, byKind: configuration.onFailure,
            droppedRecords: configuration.droppedRecords)
        try policies.validate()
        let service = configuration.http.map { LiveService($0, client.environment) }
        self.service = service
        let told = configuration.told
        let hub = EventHub { [meter] event in
            meter.note(event)
            service?.note(event)
            told(event)
        }
        self.hub = hub
        var observed = configuration
        observed.observer = { hub.note($0) }
        self.configuration = observed
        var policy = client.retryPolicy
        policy.timeout = configuration.outageLimit ?? .seconds(Int64.max)
        self.client = client.with(retryPolicy: policy)
        transactions = SharedTransactions(
            client: self.client, group: configuration.applicationID, patience: configuration.maxPollInterval,
            warn: { [observer = self.configuration.observer] in observer(.warning($0, about: nil)) })
        workers = WorkerPool(now: client.environment.now)
        queryWorkers = WorkerPool("millrace-query", width: 1, now: client.environment.now)
        let blueprint = TaskBlueprint(
            topology, applicationID: configuration.applicationID, store: configuration.defaultStore)
        shared = Mutex(Shared(exitsWhenIdle: configuration.exitsWhenIdle, blueprint: blueprint))
        if configuration.stateDirectory == nil, let store = blueprint.storesOnDisk.first {
            throw StreamsError(
                .configuration,
                "the store \(store) keeps its rows on RocksDB: name a state directory for it (stateDirectory, --state-dir)")
        }
        globalStores = try blueprint.makeGlobalStores()
        let limit = configuration.repartitionBacklogBytes ?? (client.transport.isInProcess ? 1 << 30 : 0)
        let topicsAfter = blueprint.repartitionTopicsAfter
        backPressure =
            limit == 0 || topicsAfter.isEmpty
            ? nil
            : BackPressure(
                RepartitionBacklog(
                    limit: limit, topicsAfter: topicsAfter, patience: configuration.maxPollInterval.milliseconds))
        board = TaskBoard(
            process: Name(Self.processName), topology: blueprint.fingerprint, standbys: configuration.standbys,
            rackTags: configuration.rackTags, mostWarmUps: 2, server: configuration.server,
            number: client.environment.random())
    }

    /// What tasks are made from, with the topics that match patterns as they were found last.
    var blueprint: TaskBlueprint { shared.withLock { $0.blueprint } }

    func setBlueprint(_ blueprint: TaskBlueprint) { shared.withLock { $0.blueprint = blueprint } }

    /// The stores' state on disk, while the application runs; nil where none is kept.
    var localState: LocalState? { shared.withLock { $0.localState } }

    /// The name under which this instance is a static member of its group (KIP-345); nil for a member as any other.
    var instanceID: String? { shared.withLock { $0.instanceID } }

    /// The tasks that have failed for good while the others go on.
    var stoppedTasks: [TaskID: StoppedTask] { shared.withLock { $0.stopped } }

    /// A task has failed for good while the others go on; nil once it has begun anew.
    func setStopped(_ task: StoppedTask?, _ id: TaskID) { shared.withLock { $0.stopped[id] = task } }

    /// The sub-topologies whose tasks are paused.
    public var pausedSubTopologies: Set<Int> { shared.withLock { $0.paused } }

    /// Changes which sub-topologies are paused. Gives them; nil if nothing has changed.
    func changePaused(_ body: (inout Set<Int>) -> Void) -> Set<Int>? {
        shared.withLock { state in
            let old = state.paused
            body(&state.paused)
            return state.paused == old ? nil : state.paused
        }
    }

    func setInstanceID(_ id: String?) { shared.withLock { $0.instanceID = id } }

    func setLocalState(_ local: LocalState?) { shared.withLock { $0.localState = local } }

    /// How many tasks share the cache.
    var taskCount: Int { shared.withLock { $0.taskCount } }

    /// A task's share of the cache.
    var cacheBytesPerTask: Int { configuration.cacheBytes / taskCount }

    /// Ends `run()`: every task commits and closes, and the instance leaves its group (unless `StreamsConfiguration.staysInGroup`).
    ///
    /// After `limit` it ends in any case, whatever it waits for or a closure blocks: without a last commit, as after a
    /// crash, which is told as a warning. Called again, a shorter limit counts.
    public func stop(within limit: Duration = .seconds(30)) {
        shared.withLock { state in
            state.stopsWithin = min(state.stopsWithin ?? .max, max(0, limit.milliseconds))
        }
        hub.enter(.stopping)
        stopNews.notify()
        taskNews.set()
    }

    /// Ends `run()` once everything that is in the source topics has been processed, written and committed, as with
    /// `StreamsConfiguration.exitsWhenIdle`. For when no more input is to come.
    public func stopWhenIdle() {
        shared.withLock { $0.exitsWhenIdle = true }
        taskNews.set()
    }

    /// Whether `run()` ends when all input is processed.
    var exitsWhenIdle: Bool { shared.withLock { $0.exitsWhenIdle } }

    var isStopping: Bool { shared.withLock { $0.stopsWithin != nil } }

    /// So many tasks share the cache.
    func setTaskCount(_ count: Int) { shared.withLock { $0.taskCount = max(1, count) } }

    /// Tells of something that does not stop the application.
    func warn(_ message: String, about task: TaskID? = nil) { configuration.observer(.warning(message, about: task)) }

    /// What `run()` does, whatever becomes of the calling task.
    func runOnce() async throws {
        guard
            shared.withLock({ state in
                defer { state.hasRun = true }
                return !state.hasRun
            })
        else { throw StreamsError(.configuration, "an application can be run once only") }
        hub.enter(.begun)
        for warning in blueprint.topology.warnings { warn(warning) }
        // A changelog topic goes with its store.
        for unnamed in blueprint.topology.unnamedResources where unnamed.kind != .changelogTopic { warn("\(unnamed)") }
        defer {
            workers.close()
            queryWorkers.close()
        }
        do {
            try await openLocalState()
            defer { closeLocalState() }
            try await runWithHelpers()
            hub.enter(.stopped)
        } catch {
            hub.enter(Task.isCancelled || error is CancellationError ? .stopped : .failed)
            try Task.checkCancellation()
            if error is StreamsError || error is CancellationError { throw error }
            throw StreamsError(.broker, "application \(configuration.applicationID) failed", underlying: error)
        }
    }

    private enum Part { case work, helper, deadline }

    private func runWithHelpers() async throws {
        let server = try service?.open(self)
        try await withThrowingTaskGroup(of: Part.self) { group in
            for pool in [workers, queryWorkers] {
                group.addTask {
                    await pool.grow(self.client.environment)
                    return .helper
                }
            }
            if let backPressure {
                group.addTask {
                    await backPressure.watch(self)
                    return .helper
                }
            }
            if let service, let server {
                group.addTask {
                    await service.run(server, self)
                    return .helper
                }
            }
            group.addTask {
                await self.live.expireQueries(self.client.environment)
                return .helper
            }
            if let local = localState {
                group.addTask {
                    await local.compact(self.workers)
                    return .helper
                }
                group.addTask {
                    await local.cleanUp(self.workers, progress: { self.board.subscription.progress }) { task in
                        self.board.note(task, progress: nil)
                        self.warn("removed the local state of task \(task), which is not here any more")
                    }
                    return .helper
                }
            }
            group.addTask {
                await self.client.reportWaits { report in
                    switch report {
                    case .waiting(let what, let time, let isOutage):
                        self.configuration.observer(.waiting(what, for: time))
                        self.hub.note(disconnected: isOutage)
                    case .over(let time):
                        self.hub.note(disconnected: false)
                        self.configuration.observer(.waited(time))
                    }
                }
                return .helper
            }
            group.addTask {
                await self.waitForStopDeadline()
                return .deadline
            }
            group.addTask {
                try await self.work()
                return .work
            }
            defer { group.cancelAll() }
            while let part = try await group.next() {
                switch part {
                case .helper: continue
                case .work: return
                case .deadline:
                    if Task.isCancelled { continue }
                    return warn("stopped without a last commit: what was not committed will be processed again")
                }
            }
        }
    }

    /// Waits until the application has to end. Some of the time is kept for leaving the group.
    private func waitForStopDeadline() async {
        let environment = client.environment
        var began: Int64?
        while !Task.isCancelled {
            let seen = stopNews.version
            guard let limit = shared.withLock({ $0.stopsWithin }) else {
                await stopNews.wait(after: seen)
                continue
            }
            let start = began ?? environment.now()
            began = start
            let left = start.saturatingAdd(limit - min(2000, limit / 2)).saturatingSubtract(environment.now())
            if left <= 0 { return }
            await stopNews.wait(after: seen, atMost: left, environment)
        }
    }

    /// What `body` gives; nil if the application is told to stop before.
    func unlessStopping<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value? {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                while !self.isStopping, !Task.isCancelled {
                    let seen = self.stopNews.version
                    if self.isStopping { break }
                    await self.stopNews.wait(after: seen)
                }
                return nil
            }
            defer { group.cancelAll() }
            let first = try await group.next() ?? nil
            try Task.checkCancellation()
            return first
        }
    }

    private func work() async throws {
        guard try await unlessStopping({ try await self.prepareTopics() }) != nil,
            let globals = try await unlessStopping({ try await self.loadGlobalStores() })
        else { return }
        let consumer = makeConsumer()
        try subscribe(consumer)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await consumer.run()
                return false
            }
            if configuration.guarantee == .exactlyOnce {
                group.addTask {
                    await self.runTransactions()
                    return false
                }
            }
            if let globals {
                group.addTask {
                    try await globals.follow()
                    return false
                }
            }
            group.addTask {
                try await self.supervise(consumer)
                return true
            }
            defer { group.cancelAll() }
            do {
                // The supervisor ends first, unless something fails.
                while let isSupervisor = try await group.next(), !isSupervisor {}
            } catch {
                // The others of the group need not wait until the session times out.
                await consumer.close()
                throw error
            }
            await consumer.close()
        }
        if let failed = stoppedTasks.min(by: { $0.key < $1.key })?.value { throw failed.error }
    }

    private var assignedGroups: [TaskAssignor.Group] {
        let blueprint = blueprint
        return blueprint.taskGroups.map { group in
            let (topics, patterns) = blueprint.subscription(of: group)
            return TaskAssignor.Group(
                subTopology: group, topics: topics, patterns: patterns, isStateful: blueprint.isStateful(group))
        }
    }

    private func makeConsumer() -> Consumer {
        var consumer = ConsumerConfiguration(
            groupID: configuration.applicationID, isolation: configuration.isolation,
            bufferBytesPerPartition: configuration.bufferBytesPerPartition,
            autoOffsetReset: configuration.offsetReset == .earliest ? .earliest : .latest,
            sessionTimeout: configuration.sessionTimeout,
            // So long the tasks of an instance that leaves wait until the others know.
            heartbeatInterval: min(.milliseconds(300), configuration.sessionTimeout / 3),
            rebalanceTimeout: configuration.maxPollInterval, groupInstanceID: instanceID,
            assignor: TaskAssignor(groups: assignedGroups, board: board),
            metadataMaxAge: configuration.metadataMaxAge)
        // Those of a Kafka Streams application stay until their sessions have timed out, also after a clean end.
        consumer.waitsForOtherMembers = true
        consumer.staticMemberLeaves = !configuration.staysInGroup
        return Consumer(client: client, configuration: consumer)
    }

    /// Takes part in the group.
    func subscribe(_ consumer: Consumer) throws {
        let (groups, blueprint) = (assignedGroups, blueprint)
        let (topics, patterns) = (groups.flatMap(\.topics), groups.flatMap(\.patterns))
        guard !patterns.isEmpty else { return try consumer.subscribe(topics) }
        let excluded = blueprint.ownTopics.union(policies.deadLetterTopics)
        try consumer.subscribe(topics) { topic in
            !blueprint.isOwn(topic) && !excluded.contains(topic) && patterns.contains { $0.matches(topic) }
        }
    }

    /// Whether a partition of the topic that has no committed offset is read from its end.
    func startsAtEnd(_ topic: String) -> Bool {
        (blueprint.offsetReset(of: topic) ?? configuration.offsetReset) == .latest
    }
}
