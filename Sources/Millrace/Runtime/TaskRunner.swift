import KafkaClient
import KafkaProtocol
import Synchronization

/// The asynchronous shell of a task: restores its stores, takes batches from the consumer's buffers, lets the
/// synchronous core process them, hands full batches to the producer, and commits.
///
/// `run()` is one child task and is the only one that touches the core; others reach it through `stop` and `wake`.
final class TaskRunner: Sendable {
    let id: TaskID
    let partitions: [TopicPartition]
    let wake = WakeSignal()
    private let application: StreamsApplication
    private let control = Mutex(Control())

    private struct Control {
        var isStopping = false
        var commits = true
        var isIdle = false
        var isFinished = false
    }

    init(id: TaskID, partitions: [TopicPartition], application: StreamsApplication) {
        self.id = id
        self.partitions = partitions
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

    /// Whether the task has committed all that was there for it, and waits.
    var isIdle: Bool { control.withLock { $0.isIdle || $0.isFinished } }

    /// Whether `run()` has ended.
    var isFinished: Bool { control.withLock { $0.isFinished } }

    private var stopRequest: (isStopping: Bool, commits: Bool) {
        control.withLock { ($0.isStopping, $0.commits) }
    }

    /// Lives as long as the task has its partitions.
    @concurrent
    func run(_ consumer: Consumer, _ plan: TopicPlan) async throws {
        defer {
            control.withLock { $0.isFinished = true }
            application.taskNews.set()
        }
        let settings = application.configuration
        let collector = ProducerCollector(
            batchBytes: settings.batchBytes, compression: settings.compression, partitionCounts: plan.partitionCounts)
        let task = try application.blueprint.makeTask(
            id, collector: collector, globalStores: application.globalStores, cacheBytes: settings.cacheBytes / max(1, application.taskCount),
            onBadRecord: settings.onBadRecord)
        let producer = Producer(
            client: application.client,
            configuration: ProducerConfiguration(
                batchBytes: settings.batchBytes, compression: settings.compression,
                transactionalID: settings.guarantee == .exactlyOnce ? "\(settings.applicationID)-\(id)" : nil,
                bufferBytes: 8 << 20))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await producer.run() }
            do {
                try await work(TaskWork(task: task, collector: collector, producer: producer, consumer: consumer))
                await producer.close()
                group.cancelAll()
            } catch {
                group.cancelAll()
                throw error
            }
        }
    }

    private func work(_ work: TaskWork) async throws {
        let task = work.task
        let settings = application.configuration
        if settings.guarantee == .exactlyOnce {
            try await work.producer.initTransactions()
            try work.producer.beginTransaction()
        }
        try await application.restore(task, isStopping: { self.stopRequest.isStopping })
        let committed = try await work.consumer.committed(partitions)
        for (index, queue) in task.queues.enumerated() {
            guard let offset = committed[queue.topicPartition] else { continue }
            task.queues[index].seek(to: offset.offset)
            task.resume(queue: index, from: offset.metadata)
            work.committed[index] = offset.offset
        }
        settings.observer(.running(id))
        work.consumer.setListener(for: partitions) { [wake] in wake.set() }
        defer { work.consumer.setListener(for: partitions, nil) }
        let now = application.client.environment.now
        // The first commit comes soon, so that results held back in caches show early.
        work.nextCommit = now() + min(settings.commitIntervalMs, 100)
        var hasBegun = false
        while true {
            let stop = stopRequest
            if stop.isStopping {
                if stop.commits { try await commit(work) }
                settings.observer(.closed(id, work.totals))
                return
            }
            try Task.checkCancellation()
            try takeBatches(work)
            let processed = try task.process(limit: 8192)
            if processed > 0 {
                if !hasBegun {
                    hasBegun = true
                    settings.observer(.firstRecord(id))
                }
                control.withLock { $0.isIdle = false }
                if work.collector.batches.hasFullBatches { try await work.send(work.collector.batches.takeFull()) }
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
            let wait = work.isDirty ? work.nextCommit - now() : nil
            if let wait {
                await wake.wait(milliseconds: wait, sleep: application.client.environment.sleep)
            } else {
                await wake.wait()
            }
        }
    }

    /// Moves what the consumer has read ahead into queues that have run dry.
    private func takeBatches(_ work: TaskWork) throws {
        for index in work.task.queues.indices where work.task.queues[index].isEmpty {
            let partition = work.task.queues[index].topicPartition
            if let error = work.consumer.error(of: partition) { throw error }
            if let fetched = work.consumer.takeBatches(from: partition) {
                if fetched.position != work.task.queues[index].position {
                    work.task.queues[index].seek(to: fetched.position)
                }
                work.task.queues[index].append(fetched.batches, nextOffset: fetched.nextOffset)
                work.task.queues[index].isAtEnd = false
            } else {
                work.task.queues[index].isAtEnd = work.consumer.isAtEnd(partition)
            }
        }
    }

    /// Where the application is to end when idle: commits what is there once all input is processed, and says so.
    /// Returns whether to look for input again at once.
    private func settle(_ work: TaskWork) async throws -> Bool {
        guard application.exitsWhenIdle else { return false }
        guard work.task.queues.allSatisfy({ $0.isEmpty && $0.isAtEnd }) else { return false }
        if work.isDirty {
            try await commit(work)
            return true
        }
        if control.withLock({ control -> Bool in
            defer { control.isIdle = true }
            return !control.isIdle
        }) {
            application.taskNews.set()
        }
        return false
    }

    /// flush stores -> flush the producer -> offsets; in one transaction with exactly-once.
    private func commit(_ work: TaskWork) async throws {
        guard work.isDirty else { return }
        let settings = application.configuration
        try work.task.flush()
        try await work.send(work.collector.batches.takeAll())
        let offsets = work.offsets()
        if settings.guarantee == .exactlyOnce {
            try await work.producer.sendOffsetsToTransaction(offsets, group: work.consumer.groupMetadata)
            try await work.producer.commitTransaction()
            try work.producer.beginTransaction()
        } else {
            try await work.producer.flush()
            try await work.consumer.commit(offsets)
        }
        work.noteCommitted()
        settings.observer(.committed(id, work.totals))
    }
}

/// What a running task works with, and how far it has got. Used by its runner alone.
final class TaskWork {
    let task: StreamTask
    let collector: ProducerCollector
    let producer: Producer
    let consumer: Consumer
    /// The offsets committed last, by queue.
    var committed: [Int: Int64] = [:]
    private var written: [String: Int64] = [:]
    /// When the next commit is due, by the client's clock.
    var nextCommit: Int64 = 0

    init(task: StreamTask, collector: ProducerCollector, producer: Producer, consumer: Consumer) {
        self.task = task
        self.collector = collector
        self.producer = producer
        self.consumer = consumer
    }

    /// Hands batches to the producer; waits while it has too much.
    func send(_ batches: [PreparedBatch]) async throws {
        for batch in batches { written[batch.topicPartition.topic, default: 0] += Int64(batch.recordCount) }
        try await producer.enqueue(batches)
    }

    /// Whether there is something to commit.
    var isDirty: Bool {
        task.queues.indices.contains { task.queues[$0].position != committed[$0] ?? 0 }
    }

    /// The positions to commit, with the stream times that go with them.
    func offsets() -> [TopicPartition: OffsetAndMetadata] {
        Dictionary(
            uniqueKeysWithValues: task.queues.enumerated().map { index, queue in
                (queue.topicPartition, OffsetAndMetadata(offset: queue.position, metadata: task.progress(of: index)))
            })
    }

    func noteCommitted() {
        for (index, queue) in task.queues.enumerated() { committed[index] = queue.position }
    }

    var totals: TaskTotals {
        TaskTotals(
            processed: task.processedRecords, dropped: task.droppedRecords, bad: task.badRecords,
            written: written, streamTime: task.context.streamTime,
            lag: task.queues.reduce(0) { $0 + max(0, (consumer.endOffset($1.topicPartition) ?? $1.position) - $1.position) })
    }
}
