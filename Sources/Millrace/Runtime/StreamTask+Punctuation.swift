extension StreamTask {
    /// Calls what is due on schedules by the wall clock; says whether anything was.
    package func punctuate(wallClock now: Int64) throws -> Bool {
        try punctuating { try context.punctuations.fire(.wallClock, now: now) }
    }

    /// When the wall clock will next make a schedule due; nil if there is none.
    package var nextPunctuation: Int64? { context.punctuations.nextWallClock }

    /// Takes note of a time that another task has come to: for the test driver, whose tasks stand for a single one.
    package func advanceStreamTime(to time: Int64) { context.streamTime = max(context.streamTime, time) }

    /// Calls what is due on schedules by stream time; says whether anything was.
    @discardableResult
    package func punctuateByStreamTime() throws -> Bool {
        try punctuating { try context.punctuations.fire(.streamTime, now: context.streamTime) }
    }

    /// A schedule that throws is left out until it is due again, if the policy for bad records says so, as in Kafka Streams
    /// (KIP-1033). There is no record to be sent to the dead-letter topic.
    private func punctuating(_ body: () throws -> Bool) throws -> Bool {
        context.recordOffset = -1
        var hasFailed = false
        while true {
            do {
                return try body() || hasFailed
            } catch let error as StreamsError {
                throw error
            } catch {
                guard onBadRecord != .fail else {
                    throw StreamsError(
                        .processing, "a schedule of the processor \(context.step ?? "?") of task \(id) failed",
                        underlying: error)
                }
                // The others that are due have their turn.
                badRecords += 1
                hasFailed = true
            }
        }
    }
}
