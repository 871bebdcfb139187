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
    /// Makes a task, with empty stores but for those that are kept on disk, or with what the task has `left` that it was before.
    func openTask(
        _ id: TaskID, _ partitions: [TopicPartition], _ consumer: Consumer, _ plan: TopicPlan, _ refusals: Refusals,
        _ left: LeftStores? = nil
    ) async throws -> OpenTask {
        let local = localState
        do {
            let (core, isRecycled) = try await workers.run {
                let database = try self.openDatabase(of: id)
                if let left {
                    let core = try self.makeCore(id, partitions, consumer, plan, refusals, database, left.core.task)
                    let stores = self.changelogs(of: core.task).filter { left.positions[$0.key] != nil }
                    if core.task.takeStores(stores.values, of: left.core.task) { return (core, true) }
                }
                return (try self.makeCore(id, partitions, consumer, plan, refusals, database), false)
            }
            if let left, isRecycled {
                return OpenTask(core: core, rows: left.rows, partitions: partitions, positions: left.positions)
            }
            left?.close()
            return OpenTask(core: core, rows: local.map { TaskRowLogs(core.task, $0) }, partitions: partitions)
        } catch {
            left?.close()
            throw error
        }
    }

    private func makeCore(
        _ id: TaskID, _ partitions: [TopicPartition], _ consumer: Consumer, _ plan: TopicPlan, _ refusals: Refusals,
        _ database: TaskDatabase?, _ before: StreamTask? = nil
    ) throws -> TaskCore {
        let (settings, environment) = (configuration, client.environment)
        let collector = ProducerCollector(
            batchBytes: settings.batchBytes, compression: settings.compression, partitionCounts: plan.partitionCounts,
            refusals: refusals)
        let task = try blueprint.makeTask(
            id, collector: collector, globalStores: globalStores, cacheBytes: cacheBytesPerTask, onBadRecord: settings.onBadRecord,
            onFailure: settings.onFailure, droppedRecords: settings.droppedRecords, keepsRows: localState != nil, database: database,
            rowsOf: before, maxIdle: settings.maxTaskIdle.milliseconds, wallClock: environment.wallClock,
            now: environment.now)
        // Topics of a stateless sub-topology may have fewer partitions than others.
        task.inputs.removeAll { !partitions.contains($0) }
        return TaskCore(
            task: task, collector: collector, consumer: consumer, environment: environment,
            turns: TaskTurns(workers, queries: queryWorkers, waiting: live.waiting))
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
