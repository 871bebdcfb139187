public import Millrace
internal import Synchronization

/// Tells on a console what happens in a streams application: topics created, tasks, restoring, and totals at the end.
///
/// Made for `StreamsConfiguration.observer`: `observer: { log.note($0) }`.
public final class StreamsLog: Sendable {
    private struct Counts {
        var processed: Int64 = 0
        var processedInternal: Int64 = 0
        var dropped = DroppedRecords()
        var bad: Int64 = 0
        var written: [String: Int64] = [:]

        mutating func add(_ totals: TaskTotals) {
            processed += totals.processed
            processedInternal += totals.processedInternal
            dropped = dropped + totals.dropped
            bad += totals.bad
            written.merge(totals.written, uniquingKeysWith: +)
        }

        /// Records that did not come through.
        var lost: Int64 { dropped.total + bad }

        /// What was left out, as the rest of a sentence.
        var lossText: String {
            var text = ""
            let reasons = [
                (dropped.late, "late"), (dropped.null, "without a key or value"), (dropped.badTime, "with a negative time"),
                (dropped.other, "for other reasons"),
            ].filter { $0.0 > 0 }.map { "\(Figures.count($0.0)) \($0.1)" }
            if !reasons.isEmpty {
                text += ", left out \(Figures.count(dropped.total)) (\(reasons.joined(separator: ", ")))"
            }
            if bad > 0 { text += ", could not read or process \(Figures.count(bad))" }
            return text
        }
    }

    private struct State {
        var running: [TaskID: TaskTotals] = [:]
        var closed = Counts()
        var restored: Int64 = 0
        var restoreRates = RestoreRates()
        var hasFirstRecord = false
        /// What has been told, and when.
        var told = Counts()
        var toldAt: ContinuousClock.Instant
    }

    /// How often running numbers are told, if they have changed.
    static let interval = Duration.seconds(60)
    /// How soon records that were left out are told for the first time.
    static let firstInterval = Duration.seconds(5)

    private let console: Console
    private let progress: ProgressReport
    /// The topics whose records are counted at the end.
    private let topics: [String]
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let started: ContinuousClock.Instant
    private let state: Mutex<State>

    /// A log on `console`; its clock starts now. At the end it tells how many records were written to each of `topics`.
    public convenience init(_ console: Console, countingRecordsOf topics: [String] = []) {
        self.init(console, countingRecordsOf: topics, clock: { .now })
    }

    /// A log with a clock of its own.
    init(
        _ console: Console, countingRecordsOf topics: [String] = [],
        clock: @escaping @Sendable () -> ContinuousClock.Instant
    ) {
        self.console = console
        self.topics = topics
        self.progress = ProgressReport("restoring", on: console, clock: clock)
        self.clock = clock
        started = clock()
        state = Mutex(State(toldAt: started))
    }

    /// Tells of an event.
    public func note(_ event: StreamsEvent) {
        switch event {
        case .state(let state): console.debug("state: \(state)")
        case .createdTopics(let names, let configs):
            let given = configs.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
            console.info("created \(names.joined(separator: ", "))\(given.isEmpty ? "" : " with \(given)")")
        case .assigned(let tasks):
            state.withLock { $0.restoreRates.keep(tasks) }
            console.info("\(tasks.count) task\(tasks.count == 1 ? "" : "s") assigned")
            console.debug("tasks: \(tasks.map(\.description).joined(separator: ", "))")
        case .following(let tasks):
            console.info("\(tasks.count) standby\(tasks.count == 1 ? "" : "s")")
            console.debug("standbys: \(tasks.map(\.description).joined(separator: ", "))")
        case .loaded(let task, let store, let records):
            console.debug("loaded \(store) of task \(task): \(Figures.count(records)) records of local state")
        case .restoring(let task, let store, let records, let all):
            let rate = state.withLock { $0.restoreRates.note(task, store, records: records, of: all, now: clock()) }
            progress.update(
                fraction: all > 0 ? Double(records) / Double(all) : nil,
                "\(store) of task \(task), \(Figures.count(records)) of \(Figures.count(all)) records\(rate)")
        case .restored(let task, let store, let records):
            state.withLock { state in
                state.restored += records
                state.restoreRates.end(task, store)
            }
            console.debug("restored \(store) of task \(task): \(Figures.count(records)) records")
        case .followed(let task, let store, let records, _):
            console.debug("standby \(task) took \(Figures.count(records)) records of \(store)")
        case .unfollowed(let task, let isPromoted):
            console.debug("standby \(task) \(isPromoted ? "begins as a task" : "ended")")
        case .paused(let subTopologies):
            let list = subTopologies.map(String.init).joined(separator: ", ")
            console.info(subTopologies.isEmpty ? "goes on" : "paused: sub-topology \(list)")
        case .running(let task):
            progress.finish()
            console.debug("task \(task) runs")
        case .firstRecord:
            let isFirst = state.withLock { state in
                defer { state.hasFirstRecord = true }
                return !state.hasFirstRecord
            }
            if isFirst { console.debug("first record after \(Figures.duration(clock() - started))") }
        case .committed(let task, let totals):
            state.withLock { $0.running[task] = totals }
            console.debug(
                "task \(task) committed: \(Figures.count(totals.processed)) records processed, \(totals.lag) to come")
            if let text = state.withLock({ Self.runningNumbers(&$0, now: clock()) }) { console.info(text) }
        case .closed(let task, let totals):
            state.withLock { state in
                state.running[task] = nil
                state.closed.add(totals)
            }
        case .stopped(let task, let error):
            console.warning("has failed for good and is stopped, the others go on: \(error)", about: "task \(task)")
        case .waiting(let what, let time):
            console.warning("waiting for \(Figures.duration(time)): \(what)")
        case .waited(let time):
            console.info("goes on after waiting for \(Figures.duration(time))")
        case .warning(let message, let task):
            console.warning(message, about: task.map { "task \($0)" })
        }
    }

    /// The numbers since the last time that they were told, if it is time: what was processed, and what was left out and
    /// why. Nil if not, or if nothing has changed.
    private static func runningNumbers(_ state: inout State, now: ContinuousClock.Instant) -> String? {
        let totals = state.running.values.reduce(into: state.closed) { $0.add($1) }
        let isFirstLoss = state.told.lost == 0 && totals.lost > 0
        let time = now - state.toldAt
        guard time >= (isFirstLoss ? firstInterval : interval), totals.processed > state.told.processed || isFirstLoss
        else { return nil }
        defer { (state.told, state.toldAt) = (totals, now) }
        let rate = Double(totals.processed - state.told.processed) / max(0.001, time / .seconds(1))
        return "processed \(Figures.count(totals.processed)) records so far (\(Figures.count(Int64(rate))) a second)"
            + totals.lossText
    }

    /// Tells the totals.
    public func finish() {
        progress.finish()
        let (totals, restored) = state.withLock { state in
            (state.running.values.reduce(into: state.closed) { $0.add($1) }, state.restored)
        }
        let time = clock() - started
        var text = "processed \(Figures.count(totals.processed)) records in \(Figures.duration(time))"
        if totals.processedInternal > 0 { text += ", \(Figures.count(totals.processedInternal)) of its own topics" }
        if restored > 0 { text += ", restored \(Figures.count(restored))" }
        console.info(text + totals.lossText)
        let written = topics.compactMap { topic in totals.written[topic].map { "\(Figures.count($0)) to \(topic)" } }
        if !written.isEmpty { console.info("wrote " + written.joined(separator: ", ")) }
    }
}
