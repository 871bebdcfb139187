import KafkaProtocol

/// What failed of one record, or as results left at a commit: answered, and tried again, in order.
struct PendingFailures {
    /// The record, and the input that it came from; nil if it is about none.
    struct Origin {
        let source: SourceRecord
        /// Whether it has been read, so that it counts as processed.
        var isDecoded: Bool
        /// Whether it counts already: it has come out of an asynchronous step.
        var isProcessed = false

        var input: Int { source.input }
        var record: RecordView { source.view }
    }

    var origin: Origin?
    var failures: [StepFailure] = []
    /// The guards that hold others back.
    var holding: [StepGuard] = []

    init(_ origin: Origin?, _ failures: [StepFailure]) {
        self.origin = origin
        insert(failures)
        self.failures = failures
    }

    /// What came after steps that had waited comes before what waits still.
    mutating func insert(_ new: [StepFailure]) {
        failures.insert(contentsOf: new, at: 0)
        holding += new.compactMap(\.guardian).filter { $0.isHolding }
    }
}

/// A record, or what else failed, that is to be tried again: nothing else is processed and nothing is committed until then.
package struct RetryWait: Sendable {
    /// When, by the task's clock.
    package let due: Int64
    /// What, for those who read of it.
    package let what: String
    package let reason: any Error
}

extension StreamTask {
    /// What is to be tried again; nil if nothing is.
    package var retry: RetryWait? {
        guard let pending, let first = pending.failures.first else { return nil }
        let record = pending.origin.map { " with the record \(inputs[$0.input].topicPartition) offset \($0.record.offset)" }
        return RetryWait(
            due: first.due,
            what: "try \(first.step.map { "the step \($0)" } ?? "again") of task \(id) again"
                + (first.held == nil ? record ?? "" : " with a result that was held back") + ", which has failed \(first.attempt) times",
            reason: first.reason ?? StepsFailed())
    }

    /// Whether something is to be tried again.
    var isRetrying: Bool { pending != nil }

    /// Does with what could not be read or processed what the policies say.
    func recover(from error: any Error, in index: Int, _ slice: inout WorkSlice) throws {
        guard let failed = inputs[index].takeFailure() else { return try skipBrokenBatch(of: index, error) }
        let origin = PendingFailures.Origin(
            source: SourceRecord(input: index, view: failed.record), isDecoded: failed.isDecoded)
        context.settleOrigins(origin.source)
        if failed.isDecoded, error is StepsFailed {
            pending = PendingFailures(origin, context.takeFailures())
        } else {
            let step = failed.isDecoded ? context.step : sources[inputs[index].topicPartition.topic]
            let failure = StepFailure(
                kind: failed.isDecoded ? .processing : .undecodableRecord, step: step, error: error,
                again: failed.isDecoded ? nil : { [unowned self] in try readAgain(failed.record, of: index) })
            guard context.guards != nil, !failed.isDecoded else {
                if error is StreamsError, failed.isDecoded { throw error }
                throw self.error(failure, error, at: place(of: origin))
            }
            pending = PendingFailures(origin, [failure])
        }
        try settle(&slice)
    }

    /// Takes note of a result that had been held back, and after which a step threw that has no guard.
    func noteHeld(_ result: HeldResult, _ error: any Error) throws {
        if error is StreamsError { throw error }
        let failure = StepFailure(
            kind: error is RefusedRecordError ? .production : .processing, step: context.step ?? result.step, error: error,
            again: nil, held: result)
        guard context.guards != nil else { throw self.error(failure, error, at: nil) }
        context.note(failure)
    }

    private func readAgain(_ record: RecordView, of input: Int) throws {
        try inputs[input].port.again(record, &inputs[input], context)
    }

    /// Answers what has failed, and goes on with the next record unless something is to be tried again.
    func settle(_ slice: inout WorkSlice) throws {
        if let processed = try settle() { slice.note(min(processed, slice.next)) }
    }

    /// Answers what has failed and tries again what is due. Returns how many records have been processed by that; nil
    /// while something is to be tried again.
    private func settle() throws -> Int? {
        while var failure = pending?.failures.first {
            if let error = failure.error {
                switch answer(failure, error) {
                case .fail: throw self.error(failure, error, at: pending?.origin.map(place))
                case .skip:
                    pending?.failures.removeFirst()
                    try setAside(failure, error, nil)
                case .deadLetter(let topic):
                    pending?.failures.removeFirst()
                    try setAside(failure, error, topic)
                case .retry(let pause):
                    guard failure.again != nil else { throw self.error(failure, error, at: pending?.origin.map(place)) }
                    (failure.error, failure.reason) = (nil, error)
                    failure.due = context.now().saturatingAdd(max(0, pause.milliseconds))
                    pending?.failures[0] = failure
                }
            } else if failure.due <= context.now() {
                try tryAgain(failure)
            } else {
                return nil
            }
        }
        return try finish()
    }

    private func tryAgain(_ failure: StepFailure) throws {
        if let origin = pending?.origin, failure.held == nil {
            context.recordSource = inputs[origin.input].topicPartition
            context.recordOffset = origin.record.offset
        }
        // Brokers may take now what they refused.
        context.collector.takesRefused = failure.reason is RefusedRecordError
        defer {
            context.collector.takesRefused = false
            context.recordOffset = -1
        }
        do {
            try failure.again?()
            pending?.failures.removeFirst()
            if failure.kind == .undecodableRecord { pending?.origin?.isDecoded = true }
        } catch is StepsFailed {
            // It was read.
            pending?.failures.removeFirst()
            pending?.origin?.isDecoded = true
        } catch {
            if error is StreamsError { throw error }
            pending?.failures[0].error = error
            pending?.failures[0].attempt += 1
        }
        context.settleOrigins(pending?.origin?.source, held: failure.held)
        pending?.insert(context.takeFailures())
    }

    /// Nothing has failed any more.
    private func finish() throws -> Int {
        guard let done = pending else { return 0 }
        for guardian in done.holding { guardian.isHolding = false }
        pending = nil
        let drop = context.takeDrop()
        guard let origin = done.origin else { return 0 }
        if let drop { try sendDropped(origin, drop.reason, step: drop.step) }
        if origin.isProcessed { return 0 }
        inputs[origin.input].advance(past: origin.record.offset)
        return origin.isDecoded && drop?.reason != .badTime ? 1 : 0
    }

    /// Answers what failed as held-back results left, or in schedules.
    func settleResults() throws {
        guard context.noted > 0 else { return }
        _ = context.takeDrop()
        context.settleOrigins(nil)
        pending = PendingFailures(nil, context.takeFailures())
        _ = try settle()
    }

    // MARK: - Answers

    func answer(_ failure: StepFailure, _ error: any Error) -> StreamsFailure.Answer {
        let kind = context.isGlobal ? .globalTable : failure.kind
        let record = failure.held == nil ? pending?.origin : nil
        let refused = (error as? RefusedRecordError)?.times ?? 0
        return context.guards?.policy(for: kind, step: failure.guardian?.step ?? failure.step).answer(
            to: StreamsFailure(
                kind: kind, error: error, step: failure.step, task: id,
                record: record.map { origin in
                    let source = inputs[origin.input].topicPartition
                    return RecordMetadata(topic: source.topic, partition: source.partition, offset: origin.record.offset)
                },
                attempt: max(failure.attempt, refused), canRetry: failure.again != nil)) ?? .fail
    }

    private func place(of origin: PendingFailures.Origin) -> String {
        "\(inputs[origin.input].topicPartition) offset \(origin.record.offset)"
    }

    /// What the task fails with. `place`: where the record was read, if it is about one.
    func error(_ failure: StepFailure, _ error: any Error, at place: String?) -> StreamsError {
        let step = failure.step.map { " in the step \($0)" } ?? ""
        let attempts = failure.attempt > 1 ? " \(failure.attempt) times" : ""
        let record = place ?? "?"
        if let held = failure.held {
            return StreamsError(
                .processing, "a result that the step \(held.step) held back failed\(step)\(attempts)", underlying: error)
        }
        switch failure.kind {
        case .undecodableRecord:
            return StreamsError(.undecodableRecord, "cannot read the record \(record)\(attempts)", underlying: error)
        case .punctuation:
            return StreamsError(
                .processing, "a schedule of the processor \(failure.step ?? "?") of task \(id) failed\(attempts)",
                underlying: error)
        case .processing, .production, .globalTable:
            let what = place == nil ? "what came of a schedule of task \(id)" : "processing the record \(record)"
            return StreamsError(.processing, "\(what) failed\(step)\(attempts)", underlying: error)
        }
    }

    /// Leaves a record or a result out, with a letter to the topic if one is named.
    func setAside(_ failure: StepFailure, _ error: any Error, _ topic: String?) throws {
        if let held = failure.held {
            badRecords += 1
            guard let topic else { return }
            return try sendLetter(
                to: topic, key: held.key, windowBytes: held.windowBytes, value: held.value, timestamp: held.timestamp,
                held.headers + .errors(error, step: failure.step ?? held.step))
        }
        guard let origin = pending?.origin else {
            badRecords += 1
            return
        }
        if !origin.source.isCounted { badRecords += 1 }
        origin.source.isCounted = true
        guard let topic, origin.source.letters.insert(topic).inserted else { return }
        let source = inputs[origin.input].topicPartition
        let step = failure.kind == .undecodableRecord ? nil : failure.step
        try sendLetter(
            to: topic, origin, .errors(error, step: step, record: (source, origin.record.offset)))
    }

    /// Gives up what is left of a batch that cannot be read, if the policy allows it.
    private func skipBrokenBatch(of input: Int, _ error: any Error) throws {
        // Not the fault of a batch.
        if error is StreamsError { throw error }
        let (source, position) = (inputs[input].topicPartition, inputs[input].position)
        let kind = context.isGlobal ? StreamsFailure.Kind.globalTable : .undecodableRecord
        let answer = context.guards?.policy(for: kind, step: sources[source.topic]).answer(
            to: StreamsFailure(
                kind: kind, error: error, step: sources[source.topic], task: id,
                record: RecordMetadata(topic: source.topic, partition: source.partition, offset: position), attempt: 1,
                canRetry: false))
        switch answer {
        case nil, .fail, .retry:
            throw StreamsError(
                .undecodableRecord, "cannot read on in \(source) after offset \(position - 1)", underlying: error)
        case .skip, .deadLetter:
            badRecords += 1
            inputs[input].dropBrokenBatch()
        }
    }

    // MARK: - Letters

    /// Sends a record that steps left out by their rules to the topic for such.
    private func sendDropped(_ origin: PendingFailures.Origin, _ reason: DropReason, step: String?) throws {
        guard case .deadLetter(let topic) = droppedRecords else { return }
        let source = inputs[origin.input].topicPartition
        try sendLetter(
            to: topic, origin, .dropped(reason, step: reason == .badTime ? nil : step, record: (source, origin.record.offset)))
    }

    private func sendLetter(to topic: String, _ origin: PendingFailures.Origin, _ headers: [RecordHeader]) throws {
        let record = origin.record
        try sendLetter(
            to: topic, key: record.key, windowBytes: inputs[origin.input].port.windowBytes, value: record.value,
            timestamp: record.timestamp, record.headers + headers)
    }

    private func sendLetter(
        to topic: String, key: Bytes?, windowBytes: Int, value: Bytes?, timestamp: Int64, _ headers: [RecordHeader]
    ) throws {
        guard let target = deadLetters[topic] else {
            throw StreamsError(
                .configuration, "a policy sends a bad record to the topic \(topic), which it has not named before")
        }
        do {
            try (key ?? Bytes()).withUnsafeBytes { keyBytes throws(any Error) -> Void in
                try (value ?? Bytes()).withUnsafeBytes { valueBytes throws(any Error) -> Void in
                    try context.collector.collect(
                        target, partition: nil, timestamp: Swift.max(0, timestamp), key: key == nil ? nil : keyBytes,
                        windowBytes: windowBytes, value: value == nil ? nil : valueBytes, headers: headers)
                }
            }
        } catch let error as RefusedRecordError {
            throw StreamsError(.processing, "the dead-letter topic does not take a bad record", underlying: error)
        }
    }
}
