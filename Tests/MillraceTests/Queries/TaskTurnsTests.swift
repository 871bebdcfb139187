import Dispatch
import KafkaClient
import Synchronization
import Testing

@testable import Millrace

/// The line of turns of a task: its runner's, and queries between them.
@Suite struct TaskTurnsTests {
    /// Turns on two threads, and a turn that goes on until it is let go.
    private final class Fixture: Sendable {
        let pool = WorkerPool(width: 2, now: { 0 })
        let queryPool = WorkerPool(width: 1, now: { 0 })
        let turns: TaskTurns
        let notes = Mutex<[String]>([])
        private let door = DispatchSemaphore(value: 0)
        private let begun = WakeSignal()

        init() { turns = TaskTurns(pool, queries: queryPool, waiting: Notifier()) }

        deinit {
            pool.close()
            queryPool.close()
        }

        func note(_ text: String) { notes.withLock { $0.append(text) } }

        /// A turn of the runner that has begun, and ends after `open`.
        func block() async -> Task<Void, any Error> {
            let turn = Task {
                try await turns.run {
                    self.begun.set()
                    self.door.wait()
                    self.note("work")
                }
            }
            await begun.wait()
            return turn
        }

        func open() { door.signal() }

        /// A query that waits in line.
        func query(_ text: String, until deadline: Int64 = .max, after count: Int) async -> Task<String, any Error> {
            let query = Task {
                try await turns.query(until: deadline) {
                    self.note(text)
                    return text
                }
            }
            while turns.waitingCount <= count { await Task.yield() }
            return query
        }
    }

    /// Counts turns that are under way at once.
    private final class Overlaps: Sendable {
        private let counts = Mutex((now: 0, most: 0, all: 0))

        func note() {
            counts.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1), $0.all + 1) }
            counts.withLock { $0.now -= 1 }
        }

        var most: Int { counts.withLock { $0.most } }
        var all: Int { counts.withLock { $0.all } }
    }

    @Test func `a query is answered at once while no turn is under way`() async throws {
        let fixture = Fixture()
        #expect(try await fixture.turns.query(until: 0) { 5 } == 5)
        #expect(try await fixture.turns.run { 6 } == 6)
        #expect(fixture.turns.since == nil)
    }

    @Test func `a query waits for the end of the turn that is under way, and comes before the next`() async throws {
        let fixture = Fixture()
        let work = await fixture.block()
        let first = await fixture.query("first", after: 0)
        let second = await fixture.query("second", after: 1)
        let next = Task { try await fixture.turns.run { fixture.note("next") } }
        while fixture.turns.waitingCount <= 2 { await Task.yield() }
        #expect(fixture.notes.withLock { $0 } == [])
        fixture.open()
        try await work.value
        #expect(try await [first.value, second.value] == ["first", "second"])
        try await next.value
        #expect(fixture.notes.withLock { $0 } == ["work", "first", "second", "next"])
    }

    @Test func `turns and queries never overlap`() async throws {
        let fixture = Fixture()
        let overlaps = Overlaps()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for _ in 0..<300 { try await fixture.turns.run { overlaps.note() } } }
            for _ in 0..<6 { group.addTask { for _ in 0..<100 { try await fixture.turns.query(until: .max) { overlaps.note() } } } }
            try await group.waitForAll()
        }
        #expect(overlaps.most == 1 && overlaps.all == 900)
    }

    @Test func `queries are answered in the middle of a turn that stops for them`() async throws {
        let fixture = Fixture()
        #expect(!fixture.turns.queriesWait)
        let begun = WakeSignal()
        let turn = Task {
            try await fixture.turns.run {
                begun.set()
                while !fixture.turns.queriesWait {}
                fixture.note("before")
                fixture.turns.answerQueries()
                #expect(!fixture.turns.queriesWait)
                fixture.note("after")
            }
        }
        await begun.wait()
        let answer = try await fixture.turns.query(until: .max) {
            fixture.note("query")
            return 5
        }
        try await turn.value
        #expect(answer == 5 && fixture.notes.withLock { $0 } == ["before", "query", "after"])
    }

    @Test func `a query does not wait for threads that other tasks have`() async throws {
        let fixture = Fixture()
        let others = (0..<2).map { _ in TaskTurns(fixture.pool, queries: fixture.queryPool, waiting: Notifier()) }
        let (door, begun) = (DispatchSemaphore(value: 0), Overlaps())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for other in others {
                group.addTask {
                    try await other.run {
                        begun.note()
                        door.wait()
                    }
                }
            }
            while begun.all < 2 { await Task.yield() }
            let work = Task { try await fixture.turns.run { fixture.note("work") } }
            while fixture.turns.waitingCount == 0 { await Task.yield() }
            #expect(try await fixture.turns.query(until: .max) { 5 } == 5)
            #expect(fixture.notes.withLock { $0 } == [])
            for _ in others { door.signal() }
            try await group.waitForAll()
            try await work.value
        }
    }

    @Test func `after the last turn queries are refused, those that wait too`() async throws {
        let fixture = Fixture()
        let (door, begun) = (DispatchSemaphore(value: 0), WakeSignal())
        let end = Task {
            try await fixture.turns.end {
                begun.set()
                door.wait()
                fixture.note("end")
            }
        }
        await begun.wait()
        let waiting = await fixture.query("never", after: 0)
        door.signal()
        try await end.value
        await #expect(throws: TaskTurns.Refusal.over) { try await waiting.value }
        await #expect(throws: TaskTurns.Refusal.over) { try await fixture.turns.query(until: .max) { 1 } }
        #expect(fixture.notes.withLock { $0 } == ["end"])
    }

    @Test func `what waits behind a turn that is left behind is refused at once, and the ending comes after it`() async throws {
        let fixture = Fixture()
        let work = await fixture.block()
        let waiting = await fixture.query("never", after: 0)
        let isUnderWay = fixture.turns.leaveBehind { fixture.note("closed") }
        #expect(isUnderWay)
        await #expect(throws: TaskTurns.Refusal.over) { try await waiting.value }
        await #expect(throws: TaskTurns.Refusal.over) { try await fixture.turns.query(until: .max) { 1 } }
        await #expect(throws: CancellationError.self) { try await fixture.turns.run {} }
        fixture.open()
        try await work.value
        while fixture.turns.since != nil { await Task.yield() }
        while fixture.notes.withLock({ $0.count }) < 2 { await Task.yield() }
        #expect(fixture.notes.withLock { $0 } == ["work", "closed"])
    }

    @Test func `a runner that was cancelled before its turn began leaves nothing in the line`() async throws {
        let fixture = Fixture()
        let work = await fixture.block()
        let next = Task { try await fixture.turns.run { fixture.note("next") } }
        while fixture.turns.waitingCount == 0 { await Task.yield() }
        next.cancel()
        await #expect(throws: CancellationError.self) { try await next.value }
        work.cancel()
        #expect(fixture.turns.leaveBehind {} && fixture.turns.waitingCount == 0)
        fixture.open()
    }

    @Test func `queries that have waited for too long are refused, and too many too`() async throws {
        let fixture = Fixture()
        let work = await fixture.block()
        let late = await fixture.query("late", until: 99, after: 0)
        let patient = await fixture.query("patient", until: 200, after: 1)
        #expect(fixture.turns.expire(now: 100))
        await #expect(throws: TaskTurns.Refusal.late) { try await late.value }
        var others: [Task<String, any Error>] = []
        for number in 1..<TaskTurns.most { others.append(await fixture.query("other", after: number)) }
        await #expect(throws: TaskTurns.Refusal.crowded) { try await fixture.turns.query(until: .max) { 1 } }
        fixture.open()
        try await work.value
        #expect(try await patient.value == "patient")
        for other in others { #expect(try await other.value == "other") }
        #expect(!fixture.turns.expire(now: .max))
    }

    @Test func `a closed pool refuses`() async throws {
        let fixture = Fixture()
        fixture.pool.close()
        fixture.queryPool.close()
        await #expect(throws: CancellationError.self) { try await fixture.turns.query(until: .max) { 1 } }
        await #expect(throws: CancellationError.self) { try await fixture.turns.run {} }
    }
}
