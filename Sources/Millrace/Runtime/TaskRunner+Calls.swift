import KafkaClient
import KafkaProtocol

extension TaskRunner {
    /// For how long a task that is to end waits for its calls, and then for the end of those that it has cancelled.
    static let callLimit: Int64 = 10_000
    static let cancelledCallLimit: Int64 = 5_000

    /// Commits all that was taken in, what is in asynchronous steps included. Returns whether that is done: not if calls do not come
    /// back for a while (`TaskWork.isDraining`), or for the reasons of `commit`.
    func commitAll(_ work: inout TaskWork, _ restarts: inout TaskRestarts, isLast: Bool = false) async throws -> Bool {
        let environment = application.client.environment
        let end = environment.now().saturatingAdd(Self.callLimit)
        repeat {
            guard try await finishCalls(&work, until: end) else { return false }
            if try await commit(&work, &restarts, isLast: isLast) { return true }
        } while work.isDraining
        return false
    }

    /// Hands on what is in asynchronous steps, and takes nothing in meanwhile. Returns whether nothing is left there.
    private func finishCalls(_ work: inout TaskWork, until end: Int64) async throws -> Bool {
        guard work.core.task.hasAsyncSteps else { return true }
        let environment = application.client.environment
        var calls = CallWaits(application.client, id)
        defer { calls.clear() }
        while true {
            let report = try await work.turn { try $0.work(sendsAtOnce: false, isDraining: true) }
            try await send(report, &work)
            work.isDraining = report.calls.inFlight > 0
            if !work.isDraining { return true }
            if report.retry != nil {
                work.isDraining = false
                return false
            }
            calls.note(report, isDraining: true)
            try Task.checkCancellation()
            if report.delivered > 0 { continue }
            let now = environment.now()
            guard now < end else { return false }
            await wake.wait(
                milliseconds: min(end, report.calls.nextDue ?? end).saturatingSubtract(now), sleep: environment.sleep)
        }
    }

    /// Cancels the calls of a life that is over, and waits for their end, not long where it is to end at once; those that do not end
    /// are left behind.
    func leaveCalls(_ work: TaskWork) async {
        work.core.calls.setListener(nil)
        work.core.calls.cancelAll()
        let left = await work.core.calls.waitForEnd(
            atMost: Task.isCancelled ? 250 : Self.cancelledCallLimit, sleep: application.client.environment.sleep)
        guard left > 0 else { return }
        application.warn("\(left) calls of asynchronous steps do not end, although they were cancelled, and are left behind", about: id)
    }
}

/// Tells what of the calls of a task is waited for, like all that is waited for.
struct CallWaits {
    private let client: KafkaClient
    private let task: TaskID
    private let held: WaitBoard.Key
    private let overdue: WaitBoard.Key
    private var isHeld = false
    private var isOverdue = false

    init(_ client: KafkaClient, _ task: TaskID) {
        self.client = client
        self.task = task
        held = WaitBoard.Key(client.waits.newOwner())
        overdue = WaitBoard.Key(client.waits.newOwner())
    }

    /// Takes note of a turn. The task waits for calls while it takes nothing in because of them, as long as none comes back.
    mutating func note(_ report: TaskCore.Report, isDraining: Bool) {
        let calls = report.calls
        if calls.isFull || isDraining, report.delivered == 0, let (step, records, error) = calls.busiest {
            isHeld = true
            client.waits.note(
                held, "\(records) records in the step \(step) of task \(task)", because: error ?? CallsAreOut(),
                now: client.environment.now(), isOutage: false)
        } else if isHeld {
            isHeld = false
            client.waits.clear(held)
        }
        if let (step, count) = calls.overdue {
            isOverdue = true
            client.waits.note(
                overdue, "the end of \(count) calls of the step \(step) of task \(task)", because: CancellationIgnored(),
                now: client.environment.now(), isOutage: false)
        } else if isOverdue {
            isOverdue = false
            client.waits.clear(overdue)
        }
    }

    func clear() {
        if isHeld { client.waits.clear(held) }
        if isOverdue { client.waits.clear(overdue) }
    }
}

/// Why records are in a step although nothing has failed.
private struct CallsAreOut: Error, CustomStringConvertible {
    let description = "their calls have not come back"
}

/// Why calls are waited for that nobody needs.
private struct CancellationIgnored: Error, CustomStringConvertible {
    let description = "they have timed out, and cancelling their tasks has not ended them"
}
