import Millrace
import Synchronization
import Testing

@testable import MillraceCommandLine

@Suite struct LogTests {
    /// A console with a clock of its own.
    private final class Log: Sendable {
        private let state = Mutex((lines: [String](), now: 1_795_788_185_123 as Int64))

        var lines: [String] { state.withLock { $0.lines } }

        func advance(_ milliseconds: Int64) { state.withLock { $0.now += milliseconds } }

        func console(_ style: Console.Style = .log) -> Console {
            Console(level: .info, style: style, isTerminal: false, now: { self.state.withLock { $0.now } }) { text in
                self.state.withLock { $0.lines.append(String(text.dropLast())) }
            }
        }

        func take() -> [String] {
            state.withLock { state in
                defer { state.lines = [] }
                return state.lines
            }
        }
    }

    @Test func `lines have time, level and subject`() {
        let log = Log()
        let console = log.console()
        console.info("listening on 127.0.0.1:9092")
        console.warning("no space left on device", about: "orders-3")
        console.error("broker: ended\nin two lines")
        console.debug("not told")
        #expect(
            log.lines == [
                "2026-11-27T14:03:05.123Z INFO  listening on 127.0.0.1:9092",
                "2026-11-27T14:03:05.123Z WARN  orders-3: no space left on device",
                "2026-11-27T14:03:05.123Z ERROR broker: ended\n    in two lines",
            ])
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"), (951_782_400_007, "2000-02-29T00:00:00.007Z"),
            (Int64.max, "292278994-08-17T07:12:55.807Z"), (Int64.min, "-292275055-05-16T16:47:04.192Z"),
        ] as [(Int64, String)])
    func `any time has a text`(_ time: Int64, _ text: String) {
        #expect(LogLine.timestamp(time) == text)
    }

    @Test func `plain messages keep their form and name their subject`() {
        let log = Log()
        let console = log.console(.plain)
        console.info("created orders")
        console.warning("is full", about: "orders-3")
        #expect(log.lines == ["created orders", "warning: orders-3: is full"])
    }

    @Test func `a message that comes 800 times is told a few times, with how often it came`() {
        let log = Log()
        let console = log.console(.plain)
        for _ in 0..<800 {
            console.warning("no space left on device", about: "orders-3")
            log.advance(100)
        }
        console.finish()
        #expect(
            log.lines == [
                "warning: orders-3: no space left on device",
                "warning: orders-3: no space left on device (49 more like it in 5.0 s)",
                "warning: orders-3: no space left on device (100 more like it in 10.0 s)",
                "warning: orders-3: no space left on device (200 more like it in 20.0 s)",
                "warning: orders-3: no space left on device (400 more like it in 40.0 s)",
                "warning: orders-3: no space left on device (50 more like it in 1 min 20 s)",
            ])
    }

    @Test func `topics that were made are told, with the configs that they were given`() {
        let log = Log()
        let streams = StreamsLog(log.console(.plain))
        streams.note(.createdTopics(["clicks", "counts"], configs: ["retention.ms": "-1", "a": "b"]))
        streams.note(.createdTopics(["app-counts-changelog"], configs: [:]))
        #expect(log.lines == ["created clicks, counts with a=b, retention.ms=-1", "created app-counts-changelog"])
    }

    @Test func `the same fault of many subjects is told of some, then counted`() {
        let log = Log()
        let console = log.console(.plain)
        for number in 0..<2000 { console.warning("no space for \(number) bytes", about: "orders-\(number)") }
        #expect(log.take().count == 25)
        log.advance(60_000)
        console.info("another word")
        #expect(
            log.take() == [
                "warning: orders-1999: no space for 1999 bytes (1,975 more like it in 1 min 0 s)", "another word",
            ])
    }

    @Test func `what is new is told at once, and what comes back after a pause, too`() {
        let log = Log()
        let console = log.console(.plain)
        for _ in 0..<3 { console.warning("a") }
        console.warning("b")
        #expect(log.take() == ["warning: a", "warning: b"])
        log.advance(5_000)
        console.warning("c")
        #expect(log.take() == ["warning: a (2 more like it in 5.0 s)", "warning: c"])
        log.advance(10_000)
        console.warning("a")
        #expect(log.take() == ["warning: a"])
    }

    @Test func `messages of any number are told when there are too many to count`() {
        var limiter = RepeatLimiter(burst: 1, firstInterval: 1000)
        for number in 0..<5000 {
            let passes = limiter.passes(.init(subject: nil, message: "m"), as: "\(number)", now: 0)
            #expect(passes)
        }
    }
}
