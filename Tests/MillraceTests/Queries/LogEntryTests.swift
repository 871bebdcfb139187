import Synchronization
import Testing

@testable import Millrace

/// Events as lines of a log.
@Suite struct LogEntryTests {
    @Test func `an entry has a level, the task and fields`() {
        let task = TaskID(subTopology: 1, partition: 2)
        let restored = StreamsLogEntry(.restored(task, store: "counts", records: 7))
        #expect(restored.level == .info && restored.task == task && restored.fields == ["store": "counts", "records": "7"])
        let warning = StreamsLogEntry(.warning("something is odd", about: task))
        #expect(warning.level == .warning && warning.message == "something is odd" && warning.task == task)
        let stopped = StreamsLogEntry(.stopped(task, because: StreamsError(.processing, "bad record")))
        #expect(stopped.level == .error && stopped.message.contains("bad record"))
        #expect(StreamsLogEntry(.state(.failed)).level == .error && StreamsLogEntry(.state(.running)).level == .info)
        #expect(StreamsLogEntry.Level.debug < .info && .info < .warning && .warning < StreamsLogEntry.Level.error)
    }

    @Test func `the log is told what the observer is told`() {
        let log = EventLog()
        let entries = EventLog.Entries()
        var configuration = StreamsConfiguration(applicationID: "app", observer: { log.note($0) })
        configuration.told(.running(TaskID(subTopology: 0, partition: 0)))
        configuration.log = { entries.note($0) }
        configuration.told(.waited(.seconds(1)))
        #expect(log.events.count == 2 && entries.all.map(\.message) == ["goes on after waiting"])
    }
}

extension EventLog {
    /// Keeps lines of a log.
    final class Entries: Sendable {
        private let state = Mutex<[StreamsLogEntry]>([])
        func note(_ entry: StreamsLogEntry) { state.withLock { $0.append(entry) } }
        var all: [StreamsLogEntry] { state.withLock { $0 } }
    }
}
