/// Stands before a step in a task that may go on after failures. What the step throws is noted, and the steps before it go on, as
/// in Kafka Streams; once the record is through, the task does what the policies say (`StreamTask+Failures`).
///
/// Tasks that end with the first failure have no guards.
@usableFromInline
final class StepGuard {
    let step: String
    let isSink: Bool
    private let mayRetry: Bool
    private let context: TaskContext
    /// Whether a record waits here to be tried again: those that come after it wait behind it.
    @exclusivity(unchecked) @usableFromInline var isHolding = false

    init(step: String, isSink: Bool, mayRetry: Bool, context: TaskContext) {
        self.step = step
        self.isSink = isSink
        self.mayRetry = mayRetry
        self.context = context
    }

    /// The step has thrown; `again` calls it again with the same record.
    @usableFromInline
    func failed(_ error: any Error, _ again: @escaping () throws -> Void) throws {
        // No fault of a record.
        if error is StreamsError { throw error }
        if mayRetry { isHolding = true }
        let marked = context.step.flatMap { context.unguardedSteps.contains($0) ? $0 : nil }
        context.note(
            StepFailure(
                kind: isSink ? .production : .processing, step: marked ?? step, guardian: self, error: error, again: again))
    }

    /// `call` waits until the records before it are done.
    @usableFromInline
    func hold(_ call: @escaping () throws -> Void) {
        context.note(
            StepFailure(kind: isSink ? .production : .processing, step: step, guardian: self, error: nil, again: call))
    }
}

/// Something that failed in a task and has not been answered yet, or that waits behind such.
struct StepFailure {
    let kind: StreamsFailure.Kind
    /// The step that threw, for those who read of it.
    let step: String?
    /// The guard of the step; nil if it is no step's failure.
    let guardian: StepGuard?
    /// What was thrown; nil while it waits to be tried.
    var error: (any Error)?
    /// Tries again; nil if that is not possible.
    let again: (() throws -> Void)?
    /// The result that had been held back.
    var held: HeldResult?
    /// Which note of its record it is.
    var number = 0
    /// How often it has failed.
    var attempt: Int
    /// When it is tried again, by the task's clock.
    var due = Int64.min
    /// Why it is tried again.
    var reason: (any Error)?

    init(
        kind: StreamsFailure.Kind, step: String?, guardian: StepGuard? = nil, error: (any Error)?,
        again: (() throws -> Void)?, held: HeldResult? = nil
    ) {
        self.kind = kind
        self.step = step
        self.guardian = guardian
        self.error = error
        self.again = again
        self.held = held
        attempt = error == nil ? 0 : 1
    }
}

/// Steps have noted failures, or dropped a record that is to be told of: the record is handed to the task.
@usableFromInline
struct StepsFailed: Error {
    @usableFromInline init() {}
}

extension TaskContext {
    func note(_ failure: StepFailure) {
        var failure = failure
        noted += 1
        failure.number = noted
        failures.append(failure)
    }

    /// Steps left out the record being processed: the first reason counts.
    func note(_ reason: DropReason) {
        guard drop == nil else { return }
        noted += 1
        drop = (noted, reason, step)
    }

    /// The failures noted since the last time.
    func takeFailures() -> [StepFailure] {
        defer { failures = [] }
        if drop == nil { noted = 0 }
        return failures
    }

    /// Why the record being processed was left out, if it was.
    func takeDrop() -> (reason: DropReason, step: String?)? {
        defer {
            drop = nil
            if failures.isEmpty { noted = 0 }
        }
        return drop.map { ($0.reason, $0.step) }
    }

    /// What was noted after the note `number` is about a result that was held back, and not about the record.
    @usableFromInline
    func claim(after number: Int, _ result: HeldResult) {
        for index in failures.indices where failures[index].number > number && failures[index].held == nil {
            failures[index].held = result
        }
        for origin in newOrigins where origin.number > number && origin.held == nil { origin.held = result }
        if let drop, drop.number > number { self.drop = nil }
    }
}

extension TaskAssembly {
    /// The guard of a step; nil where there is none.
    @usableFromInline
    func stepGuard(of node: String) -> StepGuard? {
        guard let policies = context.guards, !context.unguardedSteps.contains(node) else { return nil }
        let isSink = sinks.contains(node)
        let kind = context.isGlobal ? StreamsFailure.Kind.globalTable : isSink ? .production : .processing
        return StepGuard(
            step: node, isSink: isSink, mayRetry: policies.policy(for: kind, step: node).mayRetry, context: context)
    }

    /// Whether a step that sends several results of a record knows all before it sends the first, as it may be tried again.
    @usableFromInline
    func knowsResultsFirst(of node: String) -> Bool {
        context.guards?.policy(for: .processing, step: node).mayRetry ?? false
    }

    /// What comes after a source, with a look at what failed there where tasks may go on after failures.
    @usableFromInline
    func noticing<Key, Value>(_ next: Outlet<Key, Value>) -> Outlet<Key, Value> {
        let context = self.context
        guard context.guards != nil || context.notesDrops else { return next }
        return Outlet { key, value, timestamp, headers in
            try next(key, value, timestamp, headers)
            if context.noted > 0 { throw StepsFailed() }
        }
    }
}
