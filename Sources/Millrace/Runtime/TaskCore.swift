import KafkaClient
import KafkaProtocol
import Synchronization

/// The part of a running task that its steps run in, turn by turn on some thread of the `WorkerPool`: the `StreamTask`, what
/// it writes, and how far it has got.
///
/// Sound as Sendable: one turn at a time uses it (`TaskTurns`), of its runner or of a query, which changes nothing but what stores
/// have read into memory. Queries come in the middle of a turn too, on its thread, where it stops between two records. Between
/// its turns the runner reads what no query changes, and it never comes back after a turn that it has left behind.
final class TaskCore: @unchecked Sendable {
    let task: StreamTask
    let collector: ProducerCollector
    /// What has been counted in this life of the task.
    let meter = TaskMeter()
    let consumer: Consumer
    private let partitions: [TopicPartition]
    /// The names of the task's steps, by number.
    private let steps: [String]
    private let now: @Sendable () -> Int64
    private let wallClock: @Sendable () -> Int64
    /// The offsets committed last, by input; nil where there is none.
    private(set) var committed: [Int: Int64] = [:]
    /// Whether a schedule by the wall clock has fired since the last commit.
    private var hasPunctuated = false
    let turns: TaskTurns
    private var written: [String: Int64] = [:]
    private var takenBytes: [String: Int] = [:]

    /// What a turn that is under way is busy with.
    struct Turn: Sendable, Equatable {
        /// When it began, by the client's clock.
        var since: Int64
        /// The record, if it has come to one.
        var record: RecordMetadata?
        /// The step that it entered last, if that is known.
        var step: String?
    }

    /// About how long a turn works.
    static let sliceMilliseconds: Int64 = 10

    /// What a turn has come to.
    struct Report: Sendable {
        /// Records processed.
        var processed = 0
        /// Whether schedules by the wall clock have fired.
        var hasPunctuated = false
        /// What is to be sent.
        var batches: [PreparedBatch] = []
        /// Whether there is something to commit.
        var isDirty = false
        /// Whether that should not wait for the interval: what is not committed takes much of the memory for state.
        var wantsCommit = false
        /// Whether something that the task has written was not given yet.
        var hasOutput = false
        /// Whether nothing is left to be processed for now.
        var isDrained = false
        /// When the wall clock will next make a schedule due.
        var nextPunctuation: Int64?
        /// Until when inputs at their end are waited for, by the client's clock.
        var idleDeadline: Int64?
        /// Topics whose partitions are to be found out before anything is sent, with the steps that have chosen them.
        var unresolved: [(topic: String, step: String)] = []
        /// Up to where the topology's own topics are processed.
        var ownPositions: [(TopicPartition, Int64)] = []
        /// Bytes taken over, by topic.
        var takenBytes: [String: Int] = [:]
        /// At a commit: the times that stores keep whose changelogs are trimmed by them.
        var retained: [String: RetainedTimes] = [:]
        /// What is to be tried again before anything else is processed, and before a commit.
        var retry: RetryWait?
        /// Whether an input has turned out to have nothing left: only the next turn finds out whether its partition is at its end.
        var hasRunDry = false
        /// Records that asynchronous steps have handed on, and how it is with their calls.
        var delivered: Int64 = 0
        var calls = CallsReport()
    }

    init(
        task: StreamTask, collector: ProducerCollector, consumer: Consumer, environment: ClientEnvironment, turns: TaskTurns
    ) {
        self.task = task
        self.collector = collector
        self.consumer = consumer
        self.turns = turns
        partitions = task.inputs.map(\.topicPartition)
        steps = task.context.steps
        now = environment.now
        wallClock = environment.wallClock
    }

    // MARK: - Turns

    /// Has the processors and stores closed, in the last turn.
    func close() async throws { try await turns.end { try self.task.close() } }

    /// The runner does not come back. Returns whether a turn is under way, which then closes the task when it ends; if not,
    /// the runner still may take one.
    func leaveBehind() -> Bool {
        // What closing throws, nobody is there for.
        turns.leaveBehind { try? self.task.close() }
    }

    /// What the turn that is under way is busy with; nil if none is.
    var turn: Turn? {
        guard let since = turns.since else { return nil }
        let number = task.context.place.step.load(ordering: .relaxed)
        let step = steps.indices.contains(number) ? steps[number] : nil
        return Turn(since: since, record: task.context.place.record(of: partitions), step: step)
    }

    // MARK: - Work

    /// Takes over what the consumer has read ahead, processes for a slice of time, and gives what is full to be sent; with
    /// `sendsAtOnce` all of it if there was nothing to process. While it `isHeld`, nothing is taken over but for what is to be
    /// processed together with records of the topology's own topics; while it `isDraining`, nothing at all is processed but what
    /// asynchronous steps hand on.
    func work(sendsAtOnce: Bool, isHeld: Bool = false, isDraining: Bool = false) throws -> Report {
        let began = now()
        if !task.isRetrying, !isDraining, !isHeld || hasOwnInput { try takeBatches() }
        let polled = now()
        var report = Report()
        let delivered = task.deliveredRecords
        let filled = filledInputs
        report.processed = try task.process(
            milliseconds: Self.sliceMilliseconds, takesIn: !isDraining,
            interruption: WorkSlice.Interruption(
                isWanted: { [turns] in turns.queriesWait }, take: { [turns] in turns.answerQueries() }), now: now)
        report.delivered = task.deliveredRecords - delivered
        report.hasRunDry = filledInputs < filled
        let processed = now()
        let wallClock = wallClock()
        report.hasPunctuated = try task.punctuate(wallClock: wallClock)
        hasPunctuated = hasPunctuated || report.hasPunctuated
        meter.note(
            TaskMeter.Turn(
                began: began, polled: polled, processed: processed, ended: now(), wallClock: wallClock,
                records: report.processed, hasPunctuated: report.hasPunctuated), self)
        finish(&report, sendsAll: sendsAtOnce && report.processed == 0 && report.delivered == 0)
        if isHeld { report.isDrained = false }
        return report
    }

    private var filledInputs: Int { task.inputs.indices.count { !task.inputs[$0].isEmpty } }

    /// Whether there is something for the task in the topology's own topics.
    private var hasOwnInput: Bool {
        !task.inputs.allSatisfy { !$0.isInternal || ($0.isEmpty && consumer.isAtEnd($0.topicPartition)) }
    }

    /// Sends held-back updates downstream and gives all that is to be sent: the first step of a commit.
    func flush() throws -> Report {
        try task.flush()
        meter.note(task.storeSizes, at: now())
        var report = Report()
        report.retained = task.retained
        finish(&report, sendsAll: true)
        return report
    }

    /// Takes over what waited for a topic of a report, now that its partitions are known.
    func resolve(_ topic: String, partitions: Int32, sendsAll: Bool) throws -> Report {
        try collector.resolve(topic, partitions: partitions)
        var report = Report()
        finish(&report, sendsAll: sendsAll)
        return report
    }

    private func finish(_ report: inout Report, sendsAll: Bool) {
        report.unresolved = collector.unresolved
        if report.unresolved.isEmpty {
            report.batches = sendsAll ? collector.batches.takeAll() : collector.batches.takeFull()
        }
        report.hasOutput = !collector.batches.isEmpty
        meter.note(report.batches, at: now(), wallClock: wallClock())
        for batch in report.batches { written[batch.topicPartition.topic, default: 0] += Int64(batch.recordCount) }
        report.retry = task.retry
        report.isDirty = isDirty && report.retry == nil
        report.wantsCommit = report.retry == nil && task.database?.wantsCommit ?? false
        report.calls = task.callsReport
        report.isDrained = report.retry == nil && report.calls.inFlight == 0 && task.inputs.allSatisfy { $0.isEmpty && $0.isAtEnd }
        report.nextPunctuation = task.nextPunctuation
        report.idleDeadline = task.inputs.idleDeadline
        report.ownPositions = task.ownPositions
        report.takenBytes = takenBytes
        takenBytes.removeAll(keepingCapacity: true)
    }

    /// The end of an input's partition, as far as it is known.
    func endOffset(of partition: TopicPartition) -> Int64? { consumer.endOffset(partition) }

    /// Whether steps hold updates back until a commit, which is to have few of them.
    var holdsUpdates: Bool { task.context.holdsUpdates }

    /// The calls of asynchronous steps.
    var calls: AsyncCalls { task.calls }

    /// Whether there is something to commit.
    var isDirty: Bool {
        hasPunctuated || task.isRetrying || task.inputs.indices.contains { task.inputs[$0].position != committed[$0] ?? 0 }
    }

    /// Moves what the consumer has read ahead into inputs that have run dry.
    private func takeBatches() throws {
        for index in task.inputs.indices where task.inputs[index].isEmpty {
            let partition = task.inputs[index].topicPartition
            if let error = consumer.error(of: partition) { throw error }
            if let fetched = consumer.takeBatches(from: partition) {
                if fetched.position != task.inputs[index].position { task.inputs[index].seek(to: fetched.position) }
                task.inputs[index].append(fetched.batches, nextOffset: fetched.nextOffset, bytes: fetched.sizeInBytes)
                task.inputs[index].isAtEnd = false
                takenBytes[partition.topic, default: 0] += fetched.sizeInBytes
            } else {
                // What the consumer passes over, such as the ends of transactions, is done with as well.
                if let position = consumer.position(partition), position > task.inputs[index].end {
                    task.inputs[index].append([], nextOffset: position)
                }
                task.inputs[index].isAtEnd = consumer.isAtEnd(partition)
            }
        }
    }

    // MARK: - Positions

    /// Takes up the work where the last commit left it.
    func resume(at committed: [TopicPartition: OffsetAndMetadata], starts: [TopicPartition: Int64]) {
        for index in task.inputs.indices {
            let partition = task.inputs[index].topicPartition
            let position = committed[partition]?.offset ?? starts[partition] ?? 0
            task.inputs[index].seek(to: position)
            task.resume(input: index, from: committed[partition]?.metadata ?? "")
            self.committed[index] = committed[partition]?.offset
            // Nearly always the consumer has read ahead from there already.
            if consumer.position(partition) != position { consumer.seek(partition, to: position) }
        }
    }

    /// How far the inputs are processed.
    var progress: [TopicPartition: RowProgress] {
        Dictionary(
            uniqueKeysWithValues: task.inputs.indices.map { index in
                let input = task.inputs[index]
                return (input.topicPartition, RowProgress(offset: input.position, time: input.partitionTime))
            })
    }

    /// The offsets committed last.
    var committedOffsets: [TopicPartition: Int64] {
        Dictionary(uniqueKeysWithValues: partitions.indices.map { (partitions[$0], committed[$0] ?? 0) })
    }

    /// The positions of the last `offsets` are committed. Gives the numbers since the task's start.
    func noteCommitted() -> TaskTotals {
        for index in task.inputs.indices { committed[index] = task.inputs[index].position }
        hasPunctuated = false
        collector.noteCommitted()
        return totals
    }

    /// What the task has done since its start.
    var totals: TaskTotals {
        TaskTotals(
            processed: task.processedRecords, processedInternal: task.processedInternalRecords,
            dropped: task.dropped, bad: task.badRecords, written: written, streamTime: task.context.streamTime,
            lag: task.inputs.map { input in
                max(0, (consumer.endOffset(input.topicPartition) ?? input.position).saturatingSubtract(input.position))
            }.reduce(0) { $0.saturatingAdd($1) })
    }
}
