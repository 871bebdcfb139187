import KafkaClient
import Millrace
import Synchronization

/// All that is known while the demo runs: what was sent, how far the application is, what the output topics say.
final class DemoStatus: Sendable {
    /// What is known, at one moment.
    struct Contents: Sendable {
        var view: ResultsView
        var sent: Int64 = 0
        /// The lines that were in the topic before.
        var sentBefore: Int64 = 0
        /// The part of the input file that is sent, 0 to 1.
        var shareSent: Double?
        var tasks: [TaskID: TaskTotals] = [:]
        var processedBefore: Int64 = 0
        var droppedBefore: Int64 = 0
        var latency = LatencyMeter()
        /// What goes on when nothing flows yet, and warnings.
        var notice: String?
        /// Where Kafka clients can connect.
        var address: String?
        /// Where a browser sees all this.
        var page: String?
        var started: ContinuousClock.Instant?
        var sendingEnded: ContinuousClock.Instant?
        var ended: ContinuousClock.Instant?

        /// The lines that tasks have processed and committed.
        var processed: Int64 {
            tasks.reduce(processedBefore) { $0 + ($1.key.subTopology == 0 ? $1.value.processed : 0) }
        }
        /// The records that tasks have still to process, those in the application's own topics included.
        var lag: Int64 { tasks.values.reduce(0) { $0 + $1.lag } }
        /// The records left out because they came too late.
        var dropped: Int64 { tasks.values.reduce(droppedBefore) { $0 + $1.dropped.total } }
    }

    /// The records that may be under way: more is sent as fast as it is processed.
    private static let room: Int64 = 200_000
    private let contents: Mutex<Contents>
    private let progress: AsyncStream<Void>
    private let progressed: AsyncStream<Void>.Continuation

    init(horizon: Duration) {
        contents = Mutex(Contents(view: ResultsView(horizon: horizon)))
        (progress, progressed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Calls `body` with what is known now.
    func read<R: Sendable>(_ body: (borrowing Contents) -> R) -> R { contents.withLock { body($0) } }

    /// Other programs can connect.
    func noteListening(on address: String) { contents.withLock { $0.address = address } }

    /// A browser can look.
    func noteServing(_ page: String) { contents.withLock { $0.page = page } }

    /// Lines begin to be sent, to a topic that has some already.
    func noteStart(linesBefore: Int64) {
        contents.withLock {
            $0.sentBefore = linesBefore
            $0.started = .now
        }
    }

    /// No more lines are sent.
    func noteSendingEnd() { contents.withLock { $0.sendingEnded = .now } }

    /// All results are there.
    func noteEnd() { contents.withLock { $0.ended = .now } }

    /// So many lines are on their way to the broker.
    func noteSent(total: Int, share: Double? = nil) {
        contents.withLock {
            $0.sent = Int64(total)
            $0.shareSent = share
            $0.latency.noteSent($0.sentBefore + Int64(total), at: .now)
        }
    }

    /// Waits while many records are sent and not processed. For the one task that sends.
    func waitForRoom() async throws {
        var iterator = progress.makeAsyncIterator()
        while read({ max($0.sent - $0.processed, $0.lag) > Self.room }) {
            guard await iterator.next() != nil else { throw CancellationError() }
        }
    }

    /// Takes in records of an output topic.
    func apply(_ fetched: FetchedBatches, of topic: OutputTopic) throws {
        try contents.withLock { contents in
            try fetched.forEachRecord { try contents.view.apply($0, of: topic) }
            contents.latency.noteSeen(contents.view.lines, at: .now)
        }
    }

    /// Takes in what the application tells.
    func note(_ event: StreamsEvent) {
        contents.withLock { contents in
            switch event {
            case .createdTopics, .firstRecord, .loaded, .state, .following, .followed, .unfollowed: break
            case .assigned: contents.notice = nil
            case .restoring(_, let store, let records, let all):
                contents.notice = "restoring \(store): \(records) of \(all)"
            case .restored, .running: contents.notice = nil
            case .committed(let task, let totals): contents.tasks[task] = totals
            case .closed(let task, let totals):
                contents.tasks[task] = nil
                if task.subTopology == 0 { contents.processedBefore += totals.processed }
                contents.droppedBefore += totals.dropped.total
            case .waiting(let what, let time): contents.notice = "waiting for \(time): \(what)"
            case .waited: contents.notice = nil
            case .paused(let subTopologies): contents.notice = subTopologies.isEmpty ? nil : "paused"
            case .stopped(let task, let error): contents.notice = "task \(task) has failed: \(error)"
            case .warning(let message, _): contents.notice = message
            }
        }
        progressed.yield()
    }

    /// Takes in a message for the user.
    func warn(_ message: String) { contents.withLock { $0.notice = message } }
}
