import KafkaProtocol

/// The records in an asynchronous step: whose calls may begin, what is tried again, and what is handed on when. Without I/O.
///
/// A record has a slot from when it comes until its result is handed on. Slots are in lanes, and leave a lane in the order in which
/// they came: an ordered step has one lane, an unordered one a lane for each key. Slots without a lane leave as soon as they are done.
struct AsyncQueue<Input, Output> {
    /// What has come of a slot.
    enum Outcome {
        case result(Output)
        /// All attempts have failed. `rounds`: how often that has happened, as a policy may have it tried again.
        case failure(any Error, rounds: Int)
    }

    /// A slot whose turn it is to be handed on.
    struct Ready {
        let slot: Int
        let input: Input
        let outcome: Outcome
    }

    /// A call to be made.
    struct Start {
        let call: Int
        let input: Input
    }

    /// What has been counted.
    struct Counts: Equatable {
        /// Calls that have ended, and how many milliseconds they have taken together.
        var calls: Int64 = 0
        var milliseconds: Int64 = 0
        /// Calls made again for a record.
        var retries: Int64 = 0
        /// Records whose attempts have all failed.
        var failures: Int64 = 0
    }

    private enum Stage {
        case waiting
        case calling
        case done(Outcome)
        case leaving(rounds: Int)
    }

    private struct Slot {
        let input: Input
        let lane: Bytes?
        var stage = Stage.waiting
        /// Calls made in this round.
        var attempts = 0
        /// Rounds whose attempts have all failed.
        var rounds = 0
        /// Whether nothing of its lane is before it.
        var isFirst = true
        /// The slot behind it in its lane.
        var next: Int?
    }

    private struct Call {
        let slot: Int
        let began: Int64
        let deadline: Int64
        /// It has timed out and was cancelled; its slot has gone on without it.
        var isOverdue = false
    }

    private struct Retry: Comparable {
        let due: Int64
        let slot: Int
        static func < (a: Retry, b: Retry) -> Bool { (a.due, a.slot) < (b.due, b.slot) }
    }

    /// How many calls there may be at a time; one that has timed out and has not ended counts.
    let maxInFlight: Int
    private let policy: AsyncRetry
    private var slots: [Int: Slot] = [:]
    private var lastSlot = 0
    /// The last slot of each lane.
    private var lanes: [Bytes: Int] = [:]
    /// Slots without a call yet, and those that are done and first in their lanes: in order.
    private var fresh: [Int] = []
    private var ready: [Int] = []
    private var retries = Heap<Retry>()
    private var calls: [Int: Call] = [:]
    private var lastCall = 0
    /// At or before the first deadline of a call that is not overdue.
    private var nextDeadline = Int64.max
    /// When calls that do not end will have kept all others from beginning for too long; nil if they do not.
    private var stuckAt: Int64?
    private(set) var counts = Counts()
    /// How many calls have timed out and have not ended.
    private(set) var overdue = 0
    /// Why a call has failed last, while something is in flight.
    private(set) var lastError: (any Error)?

    init(maxInFlight: Int, retry: AsyncRetry) {
        self.maxInFlight = max(1, maxInFlight)
        policy = retry
    }

    /// How many records have come and were not handed on.
    var inFlight: Int { slots.count }

    /// How many more records it takes before the task stops reading.
    var room: Int { max(0, maxInFlight - slots.count) }

    /// When there will be something to do by the clock alone, which is at once while a slot can be handed on; nil if never.
    var nextDue: Int64? {
        // The slice of a turn can end before, and no call comes back any more that would begin another.
        if !ready.isEmpty { return .min }
        var due = min(nextDeadline, stuckAt ?? .max)
        if calls.count < maxInFlight, let retry = retries.first { due = min(due, retry.due) }
        return due == .max ? nil : due
    }

    // MARK: - Events

    /// A record comes. It is taken whether there is room or not, as one record may become many on its way.
    mutating func accept(_ input: Input, lane: Bytes?) {
        lastSlot += 1
        var slot = Slot(input: input, lane: lane)
        if let lane, let before = lanes.updateValue(lastSlot, forKey: lane) {
            slots[before]?.next = lastSlot
            slot.isFirst = false
        }
        slots[lastSlot] = slot
        fresh.append(lastSlot)
    }

    /// The calls that may begin now.
    mutating func start(now: Int64) -> [Start] {
        var starts: [Start] = []
        while calls.count < maxInFlight {
            let number: Int
            if let retry = retries.first, retry.due <= now {
                retries.removeFirst()
                number = retry.slot
                counts.retries += 1
            } else if !fresh.isEmpty {
                number = fresh.removeFirst()
            } else {
                break
            }
            guard var slot = slots[number] else { continue }
            slot.stage = .calling
            slot.attempts += 1
            slots[number] = slot
            lastCall += 1
            let deadline = now.saturatingAdd(policy.timeout.milliseconds)
            calls[lastCall] = Call(slot: number, began: now, deadline: deadline)
            nextDeadline = min(nextDeadline, deadline)
            starts.append(Start(call: lastCall, input: slot.input))
        }
        return starts
    }

    /// A call has ended.
    mutating func returned(_ call: Int, _ result: Result<Output, any Error>, now: Int64) {
        guard let ended = calls.removeValue(forKey: call) else { return }
        counts.calls += 1
        counts.milliseconds = counts.milliseconds.saturatingAdd(now.saturatingSubtract(ended.began))
        if ended.isOverdue {
            overdue -= 1
            stuckAt = nil
            return
        }
        if calls.count == overdue { nextDeadline = .max }
        switch result {
        case .success(let output): done(ended.slot, .result(output))
        case .failure(let error): failed(ended.slot, error, now: now)
        }
    }

    /// Gives up the calls that have taken too long, and gives them, to be cancelled.
    mutating func expire(now: Int64) -> [Int] {
        // A clock at the end of all times, as a test driver's, lets none time out.
        guard nextDeadline <= now, now < .max else { return [] }
        nextDeadline = .max
        var expired: [Int] = []
        for (number, call) in calls where !call.isOverdue {
            if call.deadline <= now { expired.append(number) } else { nextDeadline = min(nextDeadline, call.deadline) }
        }
        expired.sort()
        for number in expired {
            guard let slot = calls[number]?.slot else { continue }
            calls[number]?.isOverdue = true
            overdue += 1
            failed(slot, AsyncTimeout(limit: policy.timeout), now: now)
        }
        if overdue >= maxInFlight { stuckAt = stuckAt ?? now.saturatingAdd(policy.timeout.milliseconds) }
        return expired
    }

    /// Whether calls that have timed out have kept all others from beginning for as long as one may take.
    func isStuck(now: Int64) -> Bool { stuckAt.map { $0 <= now } ?? false }

    /// The next slot to be handed on. It is to be finished, or tried again, before the next one is asked for.
    mutating func next() -> Ready? {
        while !ready.isEmpty {
            let number = ready.removeFirst()
            guard let slot = slots[number], case .done(let outcome) = slot.stage else { continue }
            slots[number]?.stage = .leaving(rounds: slot.rounds)
            return Ready(slot: number, input: slot.input, outcome: outcome)
        }
        return nil
    }

    /// A slot has been handed on, or its record was set aside.
    mutating func finish(_ number: Int) {
        guard let slot = slots.removeValue(forKey: number) else { return }
        if slots.isEmpty { lastError = nil }
        if let next = slot.next {
            slots[next]?.isFirst = true
            if case .done? = slots[next]?.stage { ready.append(next) }
        } else if let lane = slot.lane {
            lanes[lane] = nil
        }
    }

    /// A policy wants a slot that has failed to be tried again. It keeps its place in its lane.
    mutating func tryAgain(_ number: Int, at due: Int64) {
        slots[number]?.stage = .waiting
        slots[number]?.attempts = 0
        retries.insert(Retry(due: due, slot: number))
    }

    // MARK: - Slots

    private mutating func failed(_ number: Int, _ error: any Error, now: Int64) {
        guard let attempts = slots[number]?.attempts else { return }
        lastError = error
        guard attempts >= policy.attempts else {
            slots[number]?.stage = .waiting
            let pause = BadRecordPolicy.pause(afterAttempt: attempts, policy.pause, policy.longestPause)
            return retries.insert(Retry(due: now.saturatingAdd(pause), slot: number))
        }
        counts.failures += 1
        slots[number]?.rounds += 1
        done(number, .failure(error, rounds: slots[number]?.rounds ?? 1))
    }

    private mutating func done(_ number: Int, _ outcome: Outcome) {
        slots[number]?.stage = .done(outcome)
        if slots[number]?.isFirst == true { ready.append(number) }
    }
}
