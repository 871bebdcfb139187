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
    /// Throws if a setting makes no sense. That topics are missing shows in `run()`.
    public init(_ topology: Topology, configuration: StreamsConfiguration, client: KafkaClient) throws {
        try configuration.validate()
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

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    /// Processes until `stop()`. Call it once. Cancelling the task ends it without a last commit: the next start goes
    /// on from the last one.
    ///
    /// Throws `StreamsError` if topics are missing or do not fit together, if a record cannot be processed and the
    /// policy says to fail, and when the broker fails for good. Tasks that are well commit before.
    @concurrent
    public func run() async throws {
        guard state.withLock({ state in
            defer { state.hasRun = true }
            return !state.hasRun
        }) else { throw StreamsError(.configuration, "an application can be run once only") }
        let plan = try await prepareTopics()
        let groups = blueprint.taskGroups.map { blueprint.sourceTopics(of: $0) }
        let consumer = Consumer(
            client: client,
            configuration: ConsumerConfiguration(
                groupID: configuration.applicationID, isolation: configuration.isolation,
                bufferBytesPerPartition: configuration.bufferBytesPerPartition,
                autoOffsetReset: configuration.offsetReset == .earliest ? .earliest : .latest,
                sessionTimeout: configuration.sessionTimeout, assignor: TaskAssignor(groups: groups)))
        try consumer.subscribe(groups.flatMap { $0 })
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
            // The supervisor ends first, unless something fails.
            while let isSupervisor = try await group.next(), !isSupervisor {}
            await consumer.close()
        }
    }

    /// Starts and ends tasks as the group gives and takes partitions.
    private func supervise(_ consumer: Consumer, _ plan: TopicPlan) async throws {
        let events = EventQueue(wake: taskNews)
        try await withThrowingTaskGroup(of: Void.self) { group in
            // Hands events on, so that one wait covers them, the tasks' news and `stop()`.
            group.addTask {
                do {
                    while true { events.append(try await consumer.nextEvent()) }
                } catch let error as KafkaError where error.code == .closed {
                } catch {
                    events.fail(error)
                }
            }
            var runners: [TaskRunner] = []
            var needsIdleCheck = false
            var isEndingWhenIdle = false
            while true {
                while let event = try events.popFirst() {
                    switch event {
                    case .assigned(let partitions):
                        try await end(&runners, committing: true)
                        runners = makeRunners(for: partitions)
                        state.withLock { $0.taskCount = max(1, runners.count) }
                        configuration.observer(.assigned(runners.map(\.id)))
                        for runner in runners {
                            group.addTask {
                                do {
                                    try await runner.run(consumer, plan)
                                } catch {
                                    events.taskFailed(self.explained(error, runner.id))
                                }
                            }
                        }
                    case .revoked:
                        try await end(&runners, committing: true)
                        consumer.acknowledgeRevocation()
                    case .lost:
                        try await end(&runners, committing: false)
                    case .error(let error):
                        configuration.observer(.warning("\(error)"))
                    }
                }
                if let error = events.taskFailure {
                    try? await end(&runners, committing: true)
                    group.cancelAll()
                    throw error
                }
                if isStopping {
                    try await end(&runners, committing: true)
                    if let error = events.taskFailure { throw error }
                    break
                }
                if exitsWhenIdle, !isEndingWhenIdle {
                    // Tasks that wait for input have not looked whether they are idle.
                    isEndingWhenIdle = true
                    for runner in runners { runner.wake.set() }
                }
                if isEndingWhenIdle, !runners.isEmpty, runners.allSatisfy(\.isIdle) {
                    if try await allInputIsCommitted() {
                        stop()
                        continue
                    }
                    needsIdleCheck = true
                }
                try Task.checkCancellation()
                if needsIdleCheck {
                    // Other instances, or records just written, are still under way.
                    needsIdleCheck = false
                    await taskNews.wait(milliseconds: 50, sleep: client.environment.sleep)
                } else {
                    await taskNews.wait()
                }
            }
            group.cancelAll()
        }
    }

    private func makeRunners(for partitions: [TopicPartition]) -> [TaskRunner] {
        blueprint.taskGroups.flatMap { group -> [TaskRunner] in
            let topics = Set(blueprint.sourceTopics(of: group))
            let byPartition = Dictionary(grouping: partitions.filter { topics.contains($0.topic) }, by: \.partition)
            return byPartition.sorted { $0.key < $1.key }.map { partition, members in
                TaskRunner(
                    id: TaskID(subTopology: group, partition: partition), partitions: members.sorted(),
                    application: self)
            }
        }
    }

    /// Ends all tasks and waits for them.
    private func end(_ runners: inout [TaskRunner], committing: Bool) async throws {
        for runner in runners { runner.stop(committing: committing) }
        while !runners.allSatisfy(\.isFinished) {
            await taskNews.wait()
            try Task.checkCancellation()
        }
        runners = []
    }

    private func explained(_ error: any Error, _ task: TaskID) -> any Error {
        if error is StreamsError || error is CancellationError { return error }
        return StreamsError(.broker, "task \(task) failed", underlying: error)
    }

    /// Whether the group has committed everything that is in the topology's source topics.
    private func allInputIsCommitted() async throws -> Bool {
        let admin = AdminClient(client: client)
        var partitions: [TopicPartition] = []
        for topic in blueprint.taskGroups.flatMap({ blueprint.sourceTopics(of: $0) }) {
            partitions += try await client.partitions(of: topic).map { TopicPartition(topic, $0.partition) }
        }
        let ends = try await admin.listOffsets(
            Dictionary(uniqueKeysWithValues: partitions.map { ($0, .latest) }), isolation: configuration.isolation)
        let starts = try await admin.listOffsets(Dictionary(uniqueKeysWithValues: partitions.map { ($0, .earliest) }))
        let committed = try await admin.committedOffsets(of: configuration.applicationID, partitions)
        return partitions.allSatisfy { partition in
            let end = ends[partition]?.offset ?? 0
            return end <= starts[partition]?.offset ?? 0 || end <= committed[partition]?.offset ?? 0
        }
    }
}

/// The consumer's events on their way to the supervisor.
private final class EventQueue: Sendable {
    private let state = Mutex<(events: [ConsumerEvent], error: (any Error)?, taskError: (any Error)?)>(([], nil, nil))
    private let wake: WakeSignal

    init(wake: WakeSignal) { self.wake = wake }

    func append(_ event: ConsumerEvent) {
        state.withLock { $0.events.append(event) }
        wake.set()
    }

    func fail(_ error: any Error) {
        state.withLock { $0.error = error }
        wake.set()
    }

    func taskFailed(_ error: any Error) {
        state.withLock { $0.taskError = $0.taskError ?? error }
        wake.set()
    }

    /// Why the first task that failed did so.
    var taskFailure: (any Error)? { state.withLock { $0.taskError } }

    func popFirst() throws -> ConsumerEvent? {
        try state.withLock { state in
            if !state.events.isEmpty { return state.events.removeFirst() }
            if let error = state.error { throw error }
            return nil
        }
    }
}
