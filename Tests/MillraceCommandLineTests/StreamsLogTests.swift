import Millrace
import Synchronization
import Testing

@testable import MillraceCommandLine

@Suite struct StreamsLogTests {
    /// A log with a clock that stands still unless it is moved.
    private final class Story: Sendable {
        private let state = Mutex((lines: [String](), now: ContinuousClock.now))

        func log() -> StreamsLog {
            let console = Console(level: .info, isTerminal: false) { text in
                self.state.withLock { $0.lines.append(String(text.dropLast())) }
            }
            return StreamsLog(console, clock: { self.state.withLock { $0.now } })
        }

        func advance(_ seconds: Int) { state.withLock { $0.now += .seconds(seconds) } }

        func take() -> [String] {
            state.withLock { state in
                defer { state.lines = [] }
                return state.lines
            }
        }
    }

    private let first = TaskID(subTopology: 0, partition: 1)
    private let second = TaskID(subTopology: 0, partition: 2)

    @Test func `restoring tells how fast it goes and how long it will take`() {
        let story = Story()
        let log = story.log()
        log.note(.restoring(first, store: "counts", records: 300_000, of: 5_000_000))
        #expect(story.take() == [])
        story.advance(5)
        log.note(.restoring(second, store: "counts", records: 10, of: 100))
        #expect(story.take() == ["restoring: 10 %, counts of task 0_2, 10 of 100 records"])
        story.advance(5)
        log.note(.restoring(first, store: "counts", records: 2_300_000, of: 5_000_000))
        #expect(
            story.take() == [
                "restoring: 46 %, counts of task 0_1, 2,300,000 of 5,000,000 records, 200,000 a second, 13.5 s left"
            ])
        story.advance(10)
        log.note(.restoring(second, store: "counts", records: 10, of: 100))
        #expect(story.take() == ["restoring: 10 %, counts of task 0_2, 10 of 100 records"])
        story.advance(5)
        log.note(.restoring(first, store: "counts", records: 5_000_000, of: 5_000_000))
        #expect(
            story.take() == [
                "restoring: 100 %, counts of task 0_1, 5,000,000 of 5,000,000 records, 188,000 a second"
            ])
    }

    @Test func `a store that is restored anew has the speed of that time`() {
        let story = Story()
        let log = story.log()
        let restarts: [(StreamsEvent, rate: String)] = [
            (.restored(first, store: "counts", records: 200), "20 a second, 25.0 s left"),
            (.assigned([second]), "20 a second, 25.0 s left"),
            (.restoring(first, store: "counts", records: 100, of: 1000), "40 a second, 12.5 s left"),
        ]
        for (restart, rate) in restarts {
            log.note(.restoring(first, store: "counts", records: 200, of: 1000))
            story.advance(3600)
            log.note(restart)
            log.note(.restoring(first, store: "counts", records: 300, of: 1000))
            story.advance(10)
            log.note(.restoring(first, store: "counts", records: 500, of: 1000))
            #expect(
                story.take().last == "restoring: 50 %, counts of task 0_1, 500 of 1,000 records, \(rate)", "\(restart)")
            log.note(.restored(first, store: "counts", records: 500))
        }
    }

    @Test func `figures beyond all bounds are told all the same`() {
        let story = Story()
        let log = story.log()
        log.note(.restoring(first, store: "counts", records: .min, of: .max))
        story.advance(5)
        log.note(.restoring(first, store: "counts", records: .max, of: .max))
        log.note(.restoring(first, store: "counts", records: .min, of: .min))
        story.advance(100_000_000)
        log.note(.restoring(first, store: "counts", records: .min + 5000, of: .max))
        #expect(story.take().count == 2)
    }
}
