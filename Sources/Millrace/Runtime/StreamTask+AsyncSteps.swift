import KafkaProtocol

/// How it is with the calls of a task's asynchronous steps.
package struct CallsReport: Sendable {
    /// Records that have come to such a step and were not handed on.
    package var inFlight = 0
    /// Whether one has no room, so that the task takes nothing in.
    package var isFull = false
    /// When there is something to do by the clock alone.
    package var nextDue: Int64?
    /// The step with most records, how many these are, and why a call has failed last.
    package var busiest: (step: String, records: Int, error: (any Error)?)?
    /// A step with calls that have timed out and do not end, and how many.
    package var overdue: (step: String, calls: Int)?
}

extension StreamTask {
    /// How many records are in asynchronous steps: nothing is committed before they are handed on.
    package var inFlight: Int { context.asyncSteps.reduce(0) { $0 + $1.inFlight } }

    /// The calls of asynchronous steps that have not ended.
    package var calls: AsyncCalls { context.calls }

    /// How many records may come before an asynchronous step has no room.
    var room: Int { context.asyncSteps.reduce(.max) { min($0, $1.room) } }

    /// How it is with the calls.
    var callsReport: CallsReport {
        guard hasAsyncSteps else { return CallsReport() }
        var report = CallsReport(inFlight: inFlight, isFull: room == 0)
        for step in context.asyncSteps {
            if let due = step.nextDue { report.nextDue = min(report.nextDue ?? .max, due) }
            let overdue = step.figures.overdue
            if overdue > 0 { report.overdue = (step.name, overdue) }
            if step.inFlight > report.busiest?.records ?? 0 { report.busiest = (step.name, step.inFlight, step.lastError) }
        }
        return report
    }

    /// Begins calls for what has come to asynchronous steps outside of `process`.
    func beginCalls() throws {
        let now = context.now()
        for step in context.asyncSteps { try step.look(now: now) }
    }

    /// Hands on what calls have brought, as long as the slice goes on, and begins others.
    func deliver(_ slice: inout WorkSlice) throws {
        let now = context.now()
        for step in context.asyncSteps {
            try step.look(now: now)
            while !isRetrying, slice.goesOn(), let ready = step.nextReady() {
                deliveredRecords += 1
                slice.note(1)
                try handOn(ready, of: step, &slice)
            }
        }
        // What was handed on made room, and may have come to a later step.
        try beginCalls()
        context.recordOffset = -1
    }

    /// Sends a result downstream, or does what the policies say with a record whose calls have failed.
    private func handOn(_ ready: AsyncReady, of step: any AsyncStepping, _ slice: inout WorkSlice) throws {
        let origin = ready.origin
        context.recordSource = origin.source
        context.recordOffset = origin.offset
        switch ready.outcome {
        case .failure(let error, let rounds):
            var failure = StepFailure(kind: .processing, step: step.name, error: error, again: {}, held: origin.held)
            failure.attempt = rounds
            try answer(failure, error, origin, of: step, ready.slot)
        case .result(let send):
            var failures: [StepFailure] = []
            do {
                try send()
            } catch {
                if error is StreamsError { throw error }
                let failure = StepFailure(
                    kind: error is RefusedRecordError ? .production : .processing, step: context.step, error: error, again: send,
                    held: origin.held)
                guard context.guards != nil else { throw self.error(failure, error, at: place(of: origin)) }
                failures.append(failure)
            }
            guard context.noted > 0 || !failures.isEmpty else { return }
            context.settleOrigins(origin.record, held: origin.held)
            failures += context.takeFailures()
            if let held = origin.held {
                for index in failures.indices where failures[index].held == nil { failures[index].held = held }
            }
            pending = pendingFailures(of: origin, failures)
            try settle(&slice)
        }
    }

    /// Does with a record whose calls have failed what the policies say. A step that is to be tried again holds up only what comes
    /// after the record in its lane.
    private func answer(
        _ failure: StepFailure, _ error: any Error, _ origin: CallOrigin, of step: any AsyncStepping, _ slot: Int
    ) throws {
        pending = pendingFailures(of: origin, [failure])
        switch answer(failure, error) {
        case .fail: throw self.error(failure, error, at: place(of: origin))
        case .retry(let pause): step.tryAgain(slot, at: context.now().saturatingAdd(max(0, pause.milliseconds)))
        case .skip:
            try setAside(failure, error, nil)
            step.setAside(slot)
        case .deadLetter(let topic):
            try setAside(failure, error, topic)
            step.setAside(slot)
        }
        pending = nil
    }

    private func pendingFailures(of origin: CallOrigin, _ failures: [StepFailure]) -> PendingFailures {
        PendingFailures(
            origin.record.map { PendingFailures.Origin(source: $0, isDecoded: true, isProcessed: true) }, failures)
    }

    private func place(of origin: CallOrigin) -> String? {
        origin.offset >= 0 ? "\(origin.source) offset \(origin.offset)" : nil
    }
}
