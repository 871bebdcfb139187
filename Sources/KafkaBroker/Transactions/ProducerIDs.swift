internal import KafkaProtocol
internal import Synchronization

/// Gives out producer ids, each once for ever: blocks of them are reserved in the file `producer-ids` first.
final class ProducerIDs: Sendable {
    private struct State {
        var next: Int64
        var end: Int64
    }

    private static let fileName = "producer-ids"
    private static let blockSize: Int64 = 1000

    private let directory: DataDirectory
    private let clock: BrokerClock
    private let report: BrokerReport
    private let told = Mutex(ToldFaults())
    private let state: Mutex<State>

    /// `last` is the largest id that is known to have been given out, -1 for none: a file that is gone, or older, must not
    /// have a new producer taken for an old one, whose batches are repeated.
    init(in directory: DataDirectory, above last: Int64 = -1, clock: BrokerClock, report: BrokerReport) throws {
        self.directory = directory
        self.clock = clock
        self.report = report
        var first: Int64 = 0
        if let text = try directory.read(Self.fileName) {
            let name = "\(directory.path)/\(Self.fileName)"
            let lines = try PropertyFile(parsing: text, name: name).lines
            guard let line = lines.first, line.count == 2, let next = Int64(line[1]), next >= 0 else {
                throw BrokerError(.corrupt, "\(name) names no producer id")
            }
            first = next
        }
        if first <= last {
            report("\(directory.path)/\(Self.fileName) is missing or old: producer ids up to \(last) are in use already")
            first = last.saturatingAdd(1)
        }
        state = Mutex(State(next: first, end: first))
    }

    /// A producer id that was never given out before.
    func next() throws -> Int64 {
        try state.withLock { state in
            if state.next == state.end {
                guard let end = state.end.checkedAdd(Self.blockSize) else {
                    throw BrokerError(.corrupt, "\(directory.path)/\(Self.fileName): there are no producer ids left")
                }
                do {
                    try directory.replace(Self.fileName, with: PropertyFile(lines: [["next", "\(end)"]]).text)
                } catch {
                    // An answer has room for no more than a code.
                    let log = TopicPartition(TopicName.transactionState, 0)
                    told.note(RequestError(error), of: log, report, now: clock.monotonic())
                    throw error
                }
                state.end = end
            }
            defer { state.next += 1 }
            return state.next
        }
    }
}
