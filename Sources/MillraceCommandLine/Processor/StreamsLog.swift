public import Millrace
internal import Synchronization

/// Tells on a console what happens in a streams application: topics created, tasks, restoring, and totals at the end.
///
/// Made for `StreamsConfiguration.observer`: `observer: { log.note($0) }`.
public final class StreamsLog: Sendable {
    private struct Counts {
        var processed: Int64 = 0
        var processedInternal: Int64 = 0
        var dropped: Int64 = 0
        var bad: Int64 = 0
        var written: [String: Int64] = [:]

        mutating func add(_ totals: TaskTotals) {
            processed += totals.processed
            processedInternal += totals.processedInternal
            dropped += totals.dropped
            bad += totals.bad
            written.merge(totals.written, uniquingKeysWith: +)
        }
    }

    private struct State {
        var running: [TaskID: TaskTotals] = [:]
        var closed = Counts()
        var restored: Int64 = 0
        var hasFirstRecord = false
    }

    private let console: Console
    private let progress: ProgressReport
    /// The topics whose records are counted at the end.
    private let topics: [String]
    private let started = ContinuousClock.now
    private let state = Mutex(State())

    /// A log on `console`; its clock starts now. At the end it tells how many records were written to each of `topics`.
    public init(_ console: Console, countingRecordsOf topics: [String] = []) {
        self.console = console
        self.topics = topics
        self.progress = ProgressReport("restoring", on: console)
    }

    /// Tells of an event.
    public func note(_ event: StreamsEvent) {
        switch event {
        case .createdTopics(let names):
            console.info("created \(names.joined(separator: ", "))")
        case .assigned(let tasks):
            console.info("\(tasks.count) task\(tasks.count == 1 ? "" : "s") assigned")
            console.debug("tasks: \(tasks.map(\.description).joined(separator: ", "))")
        case .restoring(let task, let store, let records, let all):
            progress.update(
                fraction: all > 0 ? Double(records) / Double(all) : nil,
                "\(store) of task \(task), \(Figures.count(records)) of \(Figures.count(all)) records")
        case .restored(let task, let store, let records):
            state.withLock { $0.restored += records }
            console.debug("restored \(store) of task \(task): \(Figures.count(records)) records")
        case .running(let task):
            progress.finish()
            console.debug("task \(task) runs")
        case .firstRecord:
            let isFirst = state.withLock { state in
                defer { state.hasFirstRecord = true }
                return !state.hasFirstRecord
            }
            if isFirst { console.debug("first record after \(Figures.duration(.now - started))") }
        case .committed(let task, let totals):
            state.withLock { $0.running[task] = totals }
            console.debug(
                "task \(task) committed: \(Figures.count(totals.processed)) records processed, \(totals.lag) to come")
        case .closed(let task, let totals):
            state.withLock { state in
                state.running[task] = nil
                state.closed.add(totals)
            }
        case .waiting(let what, let time):
            console.warning("waiting for \(Figures.duration(time)): \(what)")
        case .waited(let time):
            console.info("goes on after waiting for \(Figures.duration(time))")
        case .warning(let message, let task):
            console.warning(message, about: task.map { "task \($0)" })
        }
    }

    /// Tells the totals.
    public func finish() {
        progress.finish()
        let (totals, restored) = state.withLock { state in
            (state.running.values.reduce(into: state.closed) { $0.add($1) }, state.restored)
        }
        let time = ContinuousClock.now - started
        var text = "processed \(Figures.count(totals.processed)) records in \(Figures.duration(time))"
        if totals.processedInternal > 0 { text += ", \(Figures.count(totals.processedInternal)) of its own topics" }
        if restored > 0 { text += ", restored \(Figures.count(restored))" }
        if totals.dropped > 0 {
            text += ", left out \(Figures.count(totals.dropped)) (late, or without a key or a time)"
        }
        if totals.bad > 0 { text += ", could not read \(Figures.count(totals.bad))" }
        console.info(text)
        let written = topics.compactMap { topic in totals.written[topic].map { "\(Figures.count($0)) to \(topic)" } }
        if !written.isEmpty { console.info("wrote " + written.joined(separator: ", ")) }
    }
}
