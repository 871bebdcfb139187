import KafkaClient
import KafkaProtocol
import Synchronization

/// The asynchronous shell of a task: restores its stores, has its core work turn by turn on the application's threads, hands
/// what it writes to the producer, commits, and starts it anew after failures.
///
/// `run()` is one child task; others reach it through `stop`, `requestCommit` and `wake`.
final class TaskRunner: Sendable {
    /// How much a task has to do.
    enum Activity: Sendable {
        case busy
        /// Everything that is there for it is processed, and not yet committed.
        case drained
        /// Everything that is there for it is processed and committed.
        case idle
    }

    /// How a task is to end.
    enum Stop: Sendable {
        /// After a commit.
        case committing
        /// At once: its partitions belong to others.
        case lost
    }

    let id: TaskID
    let partitions: [TopicPartition]
    let wake = WakeSignal()
    let application: StreamsApplication
    /// The tenure of the membership that gave the partitions (`Consumer.tenure`): the task commits as whatever member that is in its
    /// group's present generation, and nothing in the name of a later one.
    let tenure: Int
    private let control = Mutex(Control())
    private let lost = Notifier()
    let waiter: WaitBoard.Owner

    private struct Control {
        var stop: Stop?
        var mustCommit = false
        var mustRestart = false
        var activity = Activity.busy
        var isFinished = false
        var core: TaskCore?
        /// What a standby leaves to the first life.
        var inherited: OpenTask?
        /// What the task leaves that has ended.
        var left: LeftStores?
        /// Where the last life of the task that has failed began.
        var committedPlace: String?
    }

    /// A task that goes on with what a standby has left, if it has.
    init(
        id: TaskID, partitions: [TopicPartition], tenure: Int, inherited: OpenTask? = nil, application: StreamsApplication
    ) {
        self.id = id
        self.partitions = partitions
        self.tenure = tenure
        self.application = application
        waiter = application.client.waits.newOwner()
        control.withLock { $0.inherited = inherited }
    }

    /// Ends the task, after a commit unless its partitions belong to others by now.
    func stop(_ stop: Stop) {
        control.withLock { if $0.stop != .lost { $0.stop = stop } }
        wake.set()
        lost.notify()
    }

    /// Has the task commit without waiting for the interval, once it is drained.
    func requestCommit() {
        control.withLock { $0.mustCommit = true }
        wake.set()
    }

    /// Has the task begin anew from its last commit.
    func restart() {
        control.withLock { $0.mustRestart = true }
        wake.set()
    }

    /// Whether the task is to begin anew; that is asked for once.
    func takesRestart() -> Bool {
        control.withLock { control in
            defer { control.mustRestart = false }
            return control.mustRestart
        }
    }

    /// How much the task has to do, as far as it has looked. Told only where the application is to end when idle.
    var activity: Activity { control.withLock { $0.isFinished ? .idle : $0.activity } }

    /// The task is idle, and the application looks whether that makes it end.
    func haveNothingToDo() {
        control.withLock { $0.activity = .idle }
        application.taskNews.set()
    }

    /// A task that had failed for good is to process again.
    func resumeWork() { control.withLock { $0.activity = .busy } }

    /// Whether `run()` has ended.
    var isFinished: Bool { control.withLock { $0.isFinished } }

    /// What the task has left, once it is finished.
    func takeStores() -> LeftStores? {
        control.withLock { control in
            defer { control.left = nil }
            return control.left
        }
    }

    /// The task has ended in peace.
    func leave(_ stores: LeftStores?) { control.withLock { $0.left = stores } }

    private var committedPlace: String? { control.withLock { $0.committedPlace } }

    var stopRequest: Stop? { control.withLock { $0.stop } }

    /// What the task's steps are busy with, if they are.
    var turn: TaskCore.Turn? { control.withLock { $0.core }?.turn }

    /// Lives as long as the task has its partitions. Throws what the application cannot go on after.
    @concurrent
    func run(_ consumer: Consumer, _ plan: TopicPlan) async throws {
        application.live.started(self)
        defer {
            application.live.finished(self)
            control.withLock { $0.isFinished = true }
            application.taskNews.set()
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.live(consumer, plan) }
            // What is lost is dropped at once, whatever it waits for.
            group.addTask { await self.waitUntilLost() }
            defer { group.cancelAll() }
            do {
                try await group.next()
            } catch is CancellationError where stopRequest == .lost {}
        }
    }

    private func waitUntilLost() async {
        while !Task.isCancelled {
            let seen = lost.version
            if stopRequest == .lost { return }
            await lost.wait(after: seen)
        }
    }

    /// One life after the other.
    private func live(_ consumer: Consumer, _ plan: TopicPlan) async throws {
        let client = application.client
        var starts: [TopicPartition: Int64] = [:]
        var restarts = newRestarts()
        var refusals = Refusals()
        while true {
            let began = client.environment.now()
            do {
                return try await liveOnce(consumer, plan, refusals, &starts, &restarts)
            } catch is RestartRequested {
                application.warn("starts anew from its last commit, as it was told to", about: id)
                try Task.checkCancellation()
            } catch is LocalStateHasRoom {
                application.warn("starts anew from local state, which had no room for long", about: id)
                try Task.checkCancellation()
            } catch let error as UnusableLocalState {
                application.warn("local state of \(error.store) cannot be put back: \(error.underlying)", about: id)
                try Task.checkCancellation()
            } catch let error as UnusableStandby {
                application.warn("begins without its standby's state of \(error.store): \(error.reason)", about: id)
                try Task.checkCancellation()
            } catch {
                if error is CancellationError || Task.isCancelled { throw error }
                refusals.add(Refusals.records(of: error))
                let decision = restarts.failed(
                    TaskFailure(error), sawOutage: client.waits.sawOutage(since: began), now: client.environment.now(),
                    random: client.environment.random())
                switch decision {
                case .leave: return leave(because: error)
                case .end(let reason):
                    let failure = application.explained(error, id, reason.map { $0 + (committedPlace.map { ", from \($0) on" } ?? "") })
                    guard application.configuration.failedTasks == .stopTask, stopRequest == nil else { throw failure }
                    guard try await stayStopped(failure, consumer) else { return }
                    (restarts, refusals) = (newRestarts(), Refusals())
                case .restart where stopRequest != nil:
                    return application.warn("ends without a last commit: \(error)", about: id)
                case .restart(let pause, let confirmsMembership):
                    application.warn("starts anew from its last commit in \(pause) ms: \(error)", about: id)
                    await wake.wait(milliseconds: pause, sleep: client.environment.sleep)
                    if takesRestart() { (restarts, refusals) = (newRestarts(), Refusals()) }
                    try Task.checkCancellation()
                    if stopRequest != nil { return }
                    if confirmsMembership, try await !isMember(consumer) { return leave(because: error) }
                }
            }
        }
    }

    private func newRestarts() -> TaskRestarts {
        TaskRestarts(
            outageLimit: application.configuration.outageLimit?.milliseconds, failedTasks: application.configuration.failedTasks)
    }

    /// Asks the group whether the partitions are still this instance's.
    private func isMember(_ consumer: Consumer) async throws -> Bool {
        while let member = try? consumer.groupMetadata(inTenure: tenure) {
            if try await consumer.confirmMembership(member) { return true }
            // Meanwhile the group may have gone on to its next generation, with this member.
            if let now = try? consumer.groupMetadata(inTenure: tenure), now == member { return false }
        }
        return false
    }

    private func leave(because error: any Error) {
        application.warn("belongs to another instance by now: \(error)", about: id)
    }

    /// One life of the task, from its last commit to its end or failure.
    private func liveOnce(
        _ consumer: Consumer, _ plan: TopicPlan, _ refusals: Refusals, _ starts: inout [TopicPartition: Int64],
        _ restarts: inout TaskRestarts
    ) async throws {
        let environment = application.client.environment
        let local = application.localState
        local?.directory.use(id)
        defer { local?.directory.release(id, now: environment.now()) }
        let inherited = control.withLock { control in
            defer { control.inherited = nil }
            return control.inherited
        }
        let opened: OpenTask
        if let inherited, inherited.fits(id, partitions) {
            opened = inherited
        } else {
            if let inherited { await application.close(inherited) }
            opened = try await application.openTask(id, partitions, consumer, plan, refusals)
        }
        control.withLock { $0.core = opened.core }
        opened.core.calls.setListener { [wake] in wake.set() }
        application.meter.opened(id, opened.core.meter)
        application.live.opened(opened.core, .restoring, wake)
        defer { application.live.ended(opened.core) }
        // A turn that was left behind must not write into the files of the next life.
        defer { if control.withLock({ $0.left == nil }) { opened.rows?.close() } }
        defer {
            // A turn that was left behind goes on.
            control.withLock { if $0.core?.turn == nil { $0.core = nil } }
        }
        let settings = application.configuration
        let producer = settings.guarantee == .exactlyOnce ? nil : application.makeProducer()
        var work = TaskWork(
            opened: opened, producer: producer, consumer: consumer,
            purge: PurgeSchedule(topics: application.blueprint.internalTopics, now: environment.now()))
        try await withThrowingTaskGroup(of: Void.self) { group in
            if let producer { group.addTask { await producer.run() } }
            defer { group.cancelAll() }
            do {
                if try await open(&work, &starts) { try await process(&work, &restarts) }
            } catch {
                await giveUp(work)
                throw error
            }
            await producer?.close()
        }
    }

    /// Ends a life that has failed or is lost: nothing of it is committed. What goes wrong now changes nothing any more.
    func giveUp(_ work: TaskWork) async {
        // A turn that is still under way closes the task itself, when it ends.
        if !work.core.leaveBehind() {
            let place = work.core.committedOffsets.sorted { $0.key < $1.key }.map { "\($0.key) offset \($0.value)" }
            control.withLock { $0.committedPlace = place.isEmpty ? nil : place.joined(separator: ", ") }
            await application.close(work.core)
        }
        await leaveCalls(work)
        application.configuration.observer(.closed(id, work.totals))
    }

    // MARK: - Processing

    private func process(_ work: inout TaskWork, _ restarts: inout TaskRestarts) async throws {
        let settings = application.configuration
        application.live.began(work.core)
        settings.observer(.running(id))
        application.setStopped(nil, id)
        work.consumer.setListener(for: partitions) { [wake] in wake.set() }
        defer { work.consumer.setListener(for: partitions, nil) }
        let environment = application.client.environment
        var schedule = CommitSchedule(settings, subTopology: id.subTopology, now: environment.now())
        var hasBegun = false
        // Whether the group has put the last commit off.
        var isRefused = false
        let retrying = WaitBoard.Key(waiter, .retry)
        var isRetrying = false
        defer { if isRetrying { application.client.waits.clear(retrying) } }
        var calls = CallWaits(application.client, id)
        defer { calls.clear() }
        while true {
            if stopRequest != nil { return try await end(&work, &restarts) }
            try Task.checkCancellation()
            if takesRestart() {
                if work.core.isDirty { _ = try await commitAll(&work, &restarts) }
                throw RestartRequested()
            }
            if application.isPaused(id.subTopology) {
                try await pause(&work, &restarts)
                continue
            }
            let cacheBytes = application.cacheBytesPerTask
            let isHeld = application.backPressure?.isHeld(id.subTopology) ?? false
            let sendsAtOnce = work.producer != nil
            let isDraining = work.isDraining
            let report = try await work.turn { core in
                core.task.context.cacheBytes = cacheBytes
                return try core.work(sendsAtOnce: sendsAtOnce, isHeld: isHeld, isDraining: isDraining)
            }
            application.backPressure?.noteProcessed(report.ownPositions)
            if report.processed > 0 {
                if !hasBegun {
                    hasBegun = true
                    settings.observer(.firstRecord(id))
                }
                control.withLock { $0.activity = .busy }
            }
            try await send(report, &work)
            let wantsCommit = report.wantsCommit || work.heldBytes >= application.heldBytesPerTask
            let hasCaughtUp = report.isDrained && (report.hasOutput || work.heldBytes > 0) && !work.core.holdsUpdates
            let now = environment.now()
            if report.isDirty, (wantsCommit && !isRefused) || work.isDraining || schedule.isDue(at: now, hasCaughtUp: hasCaughtUp) {
                work.isDraining = report.calls.inFlight > 0
                if !work.isDraining {
                    let isDone = try await commit(&work, &restarts)
                    // What the commit has put into asynchronous steps comes first.
                    if work.isDraining { continue }
                    isRefused = !isDone
                    let ended = environment.now()
                    if isRefused { schedule.noteRefusal(at: ended) } else { schedule.noteCommit(began: now, ended: ended) }
                    if !isRefused, report.processed == 0 { continue }
                }
            }
            calls.note(report, isDraining: work.isDraining)
            if let retry = report.retry {
                isRetrying = true
                let now = environment.now()
                application.client.waits.note(retrying, retry.what, because: retry.reason, now: now, isOutage: false)
                await wake.wait(milliseconds: retry.due.saturatingSubtract(now), sleep: environment.sleep)
                continue
            }
            if isRetrying {
                isRetrying = false
                application.client.waits.clear(retrying)
            }
            if report.processed > 0 || report.delivered > 0 || report.hasRunDry { continue }
            if try await settle(report, &work, &restarts) { continue }
            var times: [Int64] = isHeld ? [BackPressure.look] : []
            if report.isDirty, !work.isDraining {
                times.append(schedule.time(hasCaughtUp: hasCaughtUp).saturatingSubtract(environment.now()))
            }
            if let due = report.nextPunctuation { times.append(due.saturatingSubtract(environment.wallClock())) }
            if let due = report.calls.nextDue { times.append(due.saturatingSubtract(environment.now())) }
            // Calls wake the task when they end. It does not stand on that alone.
            if report.calls.inFlight > 0 { times.append(1000) }
            if let due = report.idleDeadline { times.append(due.saturatingSubtract(environment.now())) }
            if let time = times.min() {
                await wake.wait(milliseconds: time, sleep: environment.sleep)
            } else {
                await wake.wait()
            }
        }
    }

    /// Where the application is to end when idle: says how much there is to do, and commits when asked to. Returns
    /// whether to look for input again at once.
    private func settle(
        _ report: TaskCore.Report, _ work: inout TaskWork, _ restarts: inout TaskRestarts
    ) async throws -> Bool {
        guard application.exitsWhenIdle, report.isDrained else { return false }
        let mustCommit = control.withLock { control in
            defer { control.mustCommit = false }
            return control.mustCommit
        }
        if report.isDirty, mustCommit {
            return try await commit(&work, &restarts)
        }
        let isNew = control.withLock { control in
            let activity = report.isDirty ? Activity.drained : .idle
            defer { control.activity = activity }
            return control.activity != activity
        }
        if isNew { application.taskNews.set() }
        return false
    }
}
