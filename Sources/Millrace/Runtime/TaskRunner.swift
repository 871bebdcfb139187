import KafkaClient
import KafkaProtocol
import Synchronization

/// The asynchronous shell of a task: restores its stores, takes batches from the consumer's buffers, lets the
/// synchronous core process them, hands full batches to the producer, and commits.
///
/// `run()` is one child task and is the only one that touches the core; others reach it through `stop`, `requestCommit`
/// and `wake`.
final class TaskRunner: Sendable {
    /// How much a task has to do.
    enum Activity: Sendable {
        case busy
        /// Everything that is there for it is processed, and not yet committed.
        case drained
        /// Everything that is there for it is processed and committed.
        case idle
    }

    let id: TaskID
    let partitions: [TopicPartition]
    let wake = WakeSignal()
    let application: StreamsApplication
    /// The membership that gave the partitions: nothing is committed in the name of a later one.
    let member: GroupMetadata
    private let control = Mutex(Control())

    private struct Control {
        var isStopping = false
        var commits = true
        var mustCommit = false
        var activity = Activity.busy
        var isFinished = false
    }

    init(id: TaskID, partitions: [TopicPartition], member: GroupMetadata, application: StreamsApplication) {
        self.id = id
        self.partitions = partitions
        self.member = member
        self.application = application
    }

    /// Ends the task, after a commit unless its partitions belong to others by now.
    func stop(committing: Bool) {
        control.withLock {
            $0.isStopping = true
            $0.commits = $0.commits && committing
        }
        wake.set()
    }

    /// Has the task commit without waiting for the interval, once it is drained.
    func requestCommit() {
        control.withLock { $0.mustCommit = true }
        wake.set()
    }

    /// How much the task has to do, as far as it has looked. Told only where the application is to end when idle.
    var activity: Activity { control.withLock { $0.isFinished ? .idle : $0.activity } }

    /// Whether `run()` has ended.
    var isFinished: Bool { control.withLock { $0.isFinished } }

    var stopRequest: (isStopping: Bool, commits: Bool) {
        control.withLock { ($0.isStopping, $0.commits) }
    }

    /// Lives as long as the task has its partitions. Throws what the application cannot go on after.
    @concurrent
    func run(_ consumer: Consumer, _ plan: TopicPlan) async throws {
        defer {
            control.withLock { $0.isFinished = true }
            application.taskNews.set()
        }
        var starts: [TopicPartition: Int64] = [:]
        var attempts = 0
        while true {
            let work = try makeWork(consumer, plan)
            do {
                return try await live(work, &starts)
            } catch {
                if error is CancellationError || Task.isCancelled { throw error }
                if work.commits > 0 { attempts = 0 }
                attempts += 1
                switch TaskFailure(error) {
                case .migrated:
                    application.configuration.observer(
                        .warning("task \(id) belongs to another instance by now: \(error)"))
                    application.configuration.observer(.closed(id, work.totals))
                    return consumer.rejoin()
                case .restart where attempts < 3 && !stopRequest.isStopping:
                    application.configuration.observer(
                        .warning("task \(id) starts anew from its last commit: \(error)"))
                case .restart, .fatal:
                    throw error
                }
            }
        }
    }

    private func makeWork(_ consumer: Consumer, _ plan: TopicPlan) throws -> TaskWork {
        let settings = application.configuration
        let collector = ProducerCollector(
            batchBytes: settings.batchBytes, compression: settings.compression, partitionCounts: plan.partitionCounts)
        let task = try application.blueprint.makeTask(
            id, collector: collector, globalStores: application.globalStores,
            cacheBytes: settings.cacheBytes / max(1, application.taskCount), onBadRecord: settings.onBadRecord,
            wallClock: application.client.environment.wallClock)
        // Topics of a stateless sub-topology may have fewer partitions than others.
        task.inputs.removeAll { !partitions.contains($0) }
        let producer = Producer(
            client: application.client,
            configuration: ProducerConfiguration(
                batchBytes: settings.batchBytes, compression: settings.compression,
                transactionalID: settings.guarantee == .exactlyOnce ? "\(settings.applicationID)-\(id)" : nil,
                bufferBytes: 8 << 20))
        return TaskWork(
            task: task, collector: collector, producer: producer, consumer: consumer,
            purge: PurgeSchedule(
                topics: application.blueprint.internalTopics, now: application.client.environment.now()))
    }

    /// One life of the task, from its last commit to its end or failure.
    private func live(_ work: TaskWork, _ starts: inout [TopicPartition: Int64]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [producer = work.producer] in await producer.run() }
            defer { group.cancelAll() }
            do {
                guard try await open(work, &starts) else { return }
                try await process(work)
            } catch {
                // So that readers need not wait until the transaction times out.
                if work.producer.configuration.transactionalID != nil { try? await work.producer.abortTransaction() }
                closeTask(of: work)
                throw error
            }
            await work.producer.close()
        }
    }

    private func process(_ work: TaskWork) async throws {
        let settings = application.configuration
        settings.observer(.running(id))
        work.consumer.setListener(for: partitions) { [wake] in wake.set() }
        defer { work.consumer.setListener(for: partitions, nil) }
        let now = application.client.environment.now
        // The first commit comes soon, so that results held back in caches show early.
        work.nextCommit = now() + min(settings.commitIntervalMs, 50)
        var hasBegun = false
        while true {
            let stop = stopRequest
            if stop.isStopping { return try await close(work, committing: stop.commits) }
            try Task.checkCancellation()
            try work.takeBatches()
            let processed = try work.task.process(limit: work.stride)
            if try work.task.punctuate(wallClock: application.client.environment.wallClock()) {
                work.hasPunctuated = true
            }
            try await resolveTopics(of: work)
            if processed > 0 {
                if !hasBegun {
                    hasBegun = true
                    settings.observer(.firstRecord(id))
                }
                control.withLock { $0.activity = .busy }
                try await work.sendFull(processed: processed)
            }
            if work.isDirty, now() >= work.nextCommit {
                try await commit(work)
                work.nextCommit = now() + settings.commitIntervalMs
            }
            guard processed == 0 else {
                await Task.yield()
                continue
            }
            try await work.send(work.collector.batches.takeAll())
            if try await settle(work) { continue }
            let untilPunctuation = work.task.nextPunctuation.map { $0 - application.client.environment.wallClock() }
            if work.isDirty || untilPunctuation != nil {
                await wake.wait(
                    milliseconds: min(work.isDirty ? work.nextCommit - now() : .max, untilPunctuation ?? .max),
                    sleep: application.client.environment.sleep)
            } else {
                await wake.wait()
            }
        }
    }

    /// Where the application is to end when idle: says how much there is to do, and commits when asked to. Returns
    /// whether to look for input again at once.
    private func settle(_ work: TaskWork) async throws -> Bool {
        guard application.exitsWhenIdle, work.isDrained else { return false }
        let isDirty = work.isDirty
        let mustCommit = control.withLock { control in
            defer { control.mustCommit = false }
            return control.mustCommit
        }
        if isDirty, mustCommit {
            try await commit(work)
            return true
        }
        let isNew = control.withLock { control in
            let activity = isDirty ? Activity.drained : .idle
            defer { control.activity = activity }
            return control.activity != activity
        }
        if isNew { application.taskNews.set() }
        return false
    }
}
