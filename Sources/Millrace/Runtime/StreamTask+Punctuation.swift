extension StreamTask {
    /// Calls what is due on schedules by the wall clock; says whether anything was.
    package func punctuate(wallClock now: Int64) throws -> Bool {
        try punctuate(.wallClock, now: now)
    }

    /// When the wall clock will next make a schedule due; nil if there is none.
    package var nextPunctuation: Int64? { context.punctuations.nextWallClock }

    /// Takes note of a time that another task has come to: for the test driver, whose tasks stand for a single one.
    package func advanceStreamTime(to time: Int64) { context.streamTime = max(context.streamTime, time) }

    /// Calls what is due on schedules by stream time; says whether anything was.
    @discardableResult
    package func punctuateByStreamTime() throws -> Bool {
        try punctuate(.streamTime, now: context.streamTime)
    }

    /// A schedule that throws is left out until it is due again, or tried again, if the policy says so, as in Kafka Streams
    /// (KIP-1033). The others that are due have their turn. There is no record to be sent to the dead-letter topic.
    private func punctuate(_ time: PunctuationTime, now: Int64) throws -> Bool {
        guard !isRetrying else { return false }
        context.recordOffset = -1
        let hasFired = try context.punctuations.fire(time, now: now) { error, again in
            if error is StreamsError { throw error }
            let failure = StepFailure(kind: .punctuation, step: context.step, error: error, again: again)
            guard context.guards != nil else { throw self.error(failure, error, at: nil) }
            context.note(failure)
        }
        try settleResults()
        return hasFired
    }
}
