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
public final class StreamsApplication: Sendable {
    /// The settings.
    public let configuration: StreamsConfiguration
    /// The cluster.
    public let client: KafkaClient
    let blueprint: TaskBlueprint
    let globalStores: GlobalStores
    /// A task has ended or become idle, or the application is to stop.
    let taskNews = WakeSignal()
    private let state: Mutex<State>

    private struct State {
        var isStopping = false
        var exitsWhenIdle: Bool
        var hasRun = false
        var taskCount = 1
    }

    /// An application that has not begun.
    ///
    /// Throws if a setting makes no sense, if the topology is empty, and if names are missing that the settings require. That topics are missing
    /// shows in `run()`.
    public init(_ topology: Topology, configuration: StreamsConfiguration, client: KafkaClient) throws {
        try configuration.validate()
        guard !topology.nodes.isEmpty else { throw StreamsError(.invalidTopology, "the topology has no step") }
        if configuration.requiresExplicitNames { try topology.requireExplicitNames() }
        self.configuration = configuration
        self.client = client
        state = Mutex(State(exitsWhenIdle: configuration.exitsWhenIdle))
        blueprint = TaskBlueprint(topology, applicationID: configuration.applicationID)
        globalStores = try blueprint.makeGlobalStores()
    }

    /// The number of tasks that share the cache.
    var taskCount: Int { state.withLock { $0.taskCount } }

    /// Ends `run()`: every task commits and closes, and the instance leaves its group.
    public func stop() {
        state.withLock { $0.isStopping = true }
        taskNews.set()
    }

    /// Ends `run()` once everything that is in the source topics has been processed, written and committed, as with
    /// `StreamsConfiguration.exitsWhenIdle`. For when no more input is to come.
    public func stopWhenIdle() {
        state.withLock { $0.exitsWhenIdle = true }
        taskNews.set()
    }

    /// Whether `run()` ends when all input is processed.
    var exitsWhenIdle: Bool { state.withLock { $0.exitsWhenIdle } }

    var isStopping: Bool { state.withLock { $0.isStopping } }

    /// So many tasks share the cache.
    func setTaskCount(_ count: Int) { state.withLock { $0.taskCount = max(1, count) } }

    /// Processes until `stop()`. Call it once. Cancelling the task ends it as a crash would, without a last commit
    /// and without leaving the group, which gives its tasks to others once the session has timed out.
    ///
    /// Throws `StreamsError` if topics are missing or do not fit together, if a record cannot be processed and the
    /// policy says to fail, and when the broker fails for good. Tasks that are well commit before.
    @concurrent
    public func run() async throws {
        guard
            state.withLock({ state in
                defer { state.hasRun = true }
                return !state.hasRun
            })
        else { throw StreamsError(.configuration, "an application can be run once only") }
        for warning in blueprint.topology.warnings { configuration.observer(.warning(warning)) }
        // A changelog topic goes with its store.
        for unnamed in blueprint.topology.unnamedResources where unnamed.kind != .changelogTopic {
            configuration.observer(.warning("\(unnamed)"))
        }
        do {
            let plan = try await prepareTopics()
            try await run(makeConsumer(), plan)
        } catch {
            try Task.checkCancellation()
            if error is StreamsError || error is CancellationError { throw error }
            throw StreamsError(.broker, "application \(configuration.applicationID) failed", underlying: error)
        }
    }

    private func makeConsumer() throws -> Consumer {
        let groups = blueprint.taskGroups.map { blueprint.sourceTopics(of: $0) }
        let consumer = Consumer(
            client: client,
            configuration: ConsumerConfiguration(
                groupID: configuration.applicationID, isolation: configuration.isolation,
                bufferBytesPerPartition: configuration.bufferBytesPerPartition,
                autoOffsetReset: configuration.offsetReset == .earliest ? .earliest : .latest,
                sessionTimeout: configuration.sessionTimeout,
                heartbeatInterval: min(.seconds(3), configuration.sessionTimeout / 3),
                assignor: TaskAssignor(groups: groups)))
        try consumer.subscribe(groups.flatMap { $0 })
        return consumer
    }

    /// Whether a partition of the topic that has no committed offset is read from its end.
    func startsAtEnd(_ topic: String) -> Bool {
        (blueprint.offsetReset(of: topic) ?? configuration.offsetReset) == .latest
    }

    private func run(_ consumer: Consumer, _ plan: TopicPlan) async throws {
        let globals = try await loadGlobalStores()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await consumer.run()
                return false
            }
            if let globals {
                group.addTask {
                    try await globals.follow()
                    return false
                }
            }
            group.addTask {
                try await self.supervise(consumer, plan)
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
    }
}
