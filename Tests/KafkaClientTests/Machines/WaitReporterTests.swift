import KafkaProtocol
import Testing

@testable import KafkaClient

@Suite struct WaitReporterTests {
    func wait(_ what: String, _ reason: String = "gone", since: Int64 = 0) -> WaitBoard.Wait {
        WaitBoard.Wait(what: what, reason: reason, since: since)
    }

    @Test func `short waits are not told`() {
        var reporter = WaitReporter()
        let first = reporter.poll([wait("a", since: 1000)], nextLate: nil, now: 2000)
        #expect(first.report == nil && first.wakeAt == 3000)
        let second = reporter.poll([], nextLate: nil, now: 2500)
        #expect(second.report == nil && second.wakeAt == nil)
    }

    @Test func `a long wait is told soon, then at growing intervals, and once when it is over`() {
        var reporter = WaitReporter()
        var told: [Int64] = []
        var now: Int64 = 0
        while now < 1_000_000 {
            let (report, wakeAt) = reporter.poll([wait("a")], nextLate: nil, now: now)
            if case .waiting(let text, let time, let isOutage)? = report {
                #expect(text == "a (gone)" && time == now && isOutage)
                told.append(now)
            }
            now = wakeAt ?? .max
        }
        #expect(told == [2000, 7000, 17_000, 37_000, 77_000, 157_000, 317_000, 617_000, 917_000])
        #expect(reporter.poll([], nextLate: nil, now: 1_000_000).report == .over(milliseconds: 1_000_000))
        #expect(reporter.poll([], nextLate: nil, now: 1_000_001).report == nil)
    }

    @Test func `what is lost again is told again as soon`() {
        var reporter = WaitReporter()
        #expect(reporter.poll([wait("a")], nextLate: nil, now: 3000).report != nil)
        #expect(reporter.poll([], nextLate: nil, now: 4000).report == .over(milliseconds: 4000))
        #expect(reporter.poll([wait("a", since: 5000)], nextLate: nil, now: 8000).report == .waiting("a (gone)", milliseconds: 3000, isOutage: true))
    }

    @Test func `that brokers become the cause, or are it no longer, is told at once`() {
        var reporter = WaitReporter()
        var members = wait("members")
        members.isOutage = false
        #expect(reporter.poll([members], nextLate: nil, now: 3000).report == .waiting("members (gone)", milliseconds: 3000, isOutage: false))
        let both = [members, wait("broker", since: 3500)]
        #expect(reporter.poll(both, nextLate: nil, now: 5499).report == nil)
        let told = reporter.poll(both, nextLate: nil, now: 5500).report
        #expect(told == .waiting("members and 1 more (gone)", milliseconds: 5500, isOutage: true))
        #expect(reporter.poll([members], nextLate: nil, now: 5600).report == .waiting("members (gone)", milliseconds: 5600, isOutage: false))
        #expect(reporter.poll([members], nextLate: nil, now: 5700).report == nil)
    }

    @Test func `a look between two reports tells nothing`() {
        var reporter = WaitReporter()
        _ = reporter.poll([wait("a")], nextLate: nil, now: 3000)
        for now in stride(from: Int64(3001), to: 8000, by: 100) {
            #expect(reporter.poll([wait("a"), wait("b", since: now)], nextLate: nil, now: now).report == nil)
        }
    }

    @Test func `waits are put together by their reasons, oldest first, and no report grows without a bound`() {
        let waits = [wait("c", "x", since: 5), wait("a", "y", since: 1), wait("b", "x", since: 2)]
        #expect(WaitReporter.text(of: waits) == "a (y); b and 1 more (x)")
        let many = (0..<100).map { wait("w\($0)", "r\($0)", since: Int64($0)) }
        #expect(WaitReporter.text(of: many) == "w0 (r0); w1 (r1); w2 (r2); w3 (r3); and 96 other reasons")
    }

    @Test func `a request that should have been answered is told, one that the broker may keep is not`() {
        let board = WaitBoard()
        let fetch = board.began(.fetch, to: 1, keptFor: 4000, now: 0)
        let produce = board.began(.produce, to: 2, keptFor: nil, now: 0)
        #expect(board.look(lateAt: 2999, patience: 3000).waits == [])
        #expect(board.look(lateAt: 2999, patience: 3000).nextLate == 3000)
        let late = board.look(lateAt: 3000, patience: 3000)
        #expect(late.waits.map(\.what) == ["broker 2"] && late.nextLate == 7000)
        board.ended(produce)
        board.ended(fetch)
        #expect(board.look(lateAt: .max, patience: 3000).waits == [])
    }

    @Test func `a wait keeps its beginning, takes the newest reason, and goes with its owner`() {
        let board = WaitBoard()
        let (one, other) = (board.newOwner(), board.newOwner())
        let partition = TopicPartition("t", 0)
        board.note(.init(one, .write(partition)), "write", because: SomeError("first"), now: 5)
        board.note(.init(one, .write(partition)), "write", because: SomeError("second"), now: 9)
        board.note(.init(other, .write(partition)), "write too", because: SomeError("third"), now: 7)
        let waits = board.look(lateAt: 10, patience: 0).waits.sorted { $0.since < $1.since }
        #expect(waits == [wait("write", "second", since: 5), wait("write too", "third", since: 7)])
        board.clear(one)
        #expect(board.look(lateAt: 10, patience: 0).waits.map(\.what) == ["write too"])
        board.clear(.init(other, .write(partition)))
        #expect(!board.isWaiting)
    }
}

private struct SomeError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
