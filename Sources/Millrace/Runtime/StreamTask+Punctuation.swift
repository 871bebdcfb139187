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

    private func punctuating(_ body: () throws -> Bool) throws -> Bool {
        context.recordOffset = -1
        do {
            return try body()
        } catch let error as StreamsError {
            throw error
        } catch {
            throw StreamsError(.processing, "a schedule of a processor of task \(id) failed", underlying: error)
        }
    }
}
