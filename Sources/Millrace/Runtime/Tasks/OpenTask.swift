import KafkaClient
import KafkaProtocol

/// A task with its stores, whoever runs it: a standby, and after it the task itself.
struct OpenTask: Sendable {
    let core: TaskCore
    /// The stores' rows on disk; nil where none are kept.
    let rows: TaskRowLogs?
    /// The partitions that it reads when it processes.
    let partitions: [TopicPartition]
    /// Up to where topics are in its stores already; nil if nothing has been put into them.
    var positions: [TopicPartition: RowPosition]?

    /// Whether it is the task of these partitions.
    func fits(_ id: TaskID, _ partitions: [TopicPartition]) -> Bool {
        core.task.id == id && self.partitions.sorted() == partitions.sorted()
    }

    /// Has `body` called with the core on one of the application's threads.
    func turn<Value: Sendable>(_ body: @escaping @Sendable (TaskCore) throws -> Value) async throws -> Value {
        let core = core
        return try await core.turns.run { try body(core) }
    }

    /// Waits until the database has room for more changes, which is told like all that is waited for.
    func waitForRoom(_ blockage: RowBlockage?, _ client: KafkaClient) async throws {
        guard blockage != nil else { return }
        let key = WaitBoard.Key(client.waits.newOwner())
        defer { client.waits.clear(key) }
        var blockage = blockage
        while let found = blockage {
            client.waits.note(
                key, "room for the state of task \(core.task.id)", because: found, now: client.environment.now(), isOutage: false)
            try await found.pass(client.environment)
            blockage = try await turn { try $0.task.database?.blockage() }
        }
    }
}

extension StreamsApplication {
    /// Makes a task, with empty stores but for those that are kept on disk.
    func openTask(
        _ id: TaskID, _ partitions: [TopicPartition], _ consumer: Consumer, _ plan: TopicPlan, _ refusals: Refusals
    ) async throws -> OpenTask {
        let settings = configuration
        let environment = client.environment
        let local = localState
        let core = try await workers.run {
            let collector = ProducerCollector(
                batchBytes: settings.batchBytes, compression: settings.compression,
                partitionCounts: plan.partitionCounts,
                refusals: refusals)
            let task = try self.blueprint.makeTask(
                id, collector: collector, globalStores: self.globalStores, cacheBytes: self.cacheBytesPerTask,
                onBadRecord: settings.onBadRecord, onFailure: settings.onFailure, droppedRecords: settings.droppedRecords,
                keepsRows: local != nil, database: try self.openDatabase(of: id),
                maxIdle: settings.maxTaskIdle.milliseconds, wallClock: environment.wallClock, now: environment.now)
            // Topics of a stateless sub-topology may have fewer partitions than others.
            task.inputs.removeAll { !partitions.contains($0) }
            return TaskCore(
                task: task, collector: collector, consumer: consumer, environment: environment,
                turns: TaskTurns(self.workers, waiting: self.live.waiting))
        }
        return OpenTask(core: core, rows: local.map { TaskRowLogs(core.task, $0) }, partitions: partitions)
    }

    /// Has a task's processors and stores closed.
    func close(_ core: TaskCore) async {
        do {
            try await core.close()
        } catch {
            warn("\(error)", about: core.task.id)
        }
    }

    /// Has a task closed that nobody runs.
    func close(_ task: OpenTask) async {
        task.rows?.close()
        await close(task.core)
    }
}

/// What a standby has put into its stores cannot be gone on from: the task is to begin without it.
struct UnusableStandby: Error {
    let store: String
    let reason: String
}
