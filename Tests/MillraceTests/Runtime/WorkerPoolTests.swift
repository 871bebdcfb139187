import Dispatch
import Synchronization
import Testing

@testable import Millrace

@Suite struct WorkerPoolTests {
    /// A clock that the test moves.
    final class Clock: Sendable {
        let time = Atomic<Int64>(1000)
        var now: Int64 { time.load(ordering: .relaxed) }
    }

    struct Failed: Error {}

    @Test func `a turn gives what it returns or throws`() async throws {
        let pool = WorkerPool(width: 2, now: { 0 })
        defer { pool.close() }
        #expect(try await pool.run { 7 } == 7)
        await #expect(throws: Failed.self) { try await pool.run { throw Failed() } }
        #expect(try await pool.runToEnd { "done" } == "done")
    }

    @Test func `there are no more threads than cores while turns are short, and they take their turns in order`() async throws {
        let pool = WorkerPool(width: 2, now: { 0 })
        defer { pool.close() }
        let total = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<500 { group.addTask { try await pool.run { number } } }
            return try await group.reduce(0, +)
        }
        #expect(total == 500 * 499 / 2)
        #expect(pool.threadCount <= 2)
        pool.addThreads()
        #expect(pool.threadCount <= 2)
    }

    @Test func `turns that block are made up for by other threads, which go when the turns end`() async throws {
        let clock = Clock()
        let pool = WorkerPool(width: 2, now: { clock.now })
        defer { pool.close() }
        let door = DispatchSemaphore(value: 0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            let begun = AsyncStream.makeStream(of: Void.self)
            for _ in 0..<2 {
                group.addTask {
                    try await pool.run {
                        begun.continuation.yield()
                        door.wait()
                    }
                }
            }
            var iterator = begun.stream.makeAsyncIterator()
            for _ in 0..<2 { await iterator.next() }
            // They have not blocked for long yet: the third waits in line.
            let third = Task { try await pool.run { 3 } }
            while pool.state.withLock({ $0.line.isEmpty }) { await Task.yield() }
            pool.addThreads()
            #expect(pool.threadCount == 2)
            clock.time.add(WorkerPool.longTurn, ordering: .relaxed)
            pool.addThreads()
            #expect(try await third.value == 3)
            for _ in 0..<2 { door.signal() }
            try await group.waitForAll()
        }
        // Threads that are one too many end after their next turn.
        for _ in 0..<100 where pool.threadCount > 2 { _ = try await pool.run {} }
        #expect(pool.threadCount <= 2)
    }

    @Test func `who is cancelled leaves a turn behind that blocks`() async throws {
        let pool = WorkerPool(width: 2, now: { 0 })
        defer { pool.close() }
        let door = DispatchSemaphore(value: 0)
        let ended = DispatchSemaphore(value: 0)
        let begun = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            try await pool.run {
                begun.continuation.yield()
                door.wait()
                ended.signal()
            }
        }
        for await _ in begun.stream { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        door.signal()
        #expect(try await pool.run { ended.wait(timeout: .now() + 60) } == .success)
    }

    @Test func `after its end a pool takes no turns, and those that it had are done`() async throws {
        let pool = WorkerPool(width: 1, now: { 0 })
        #expect(try await pool.run { 1 } == 1)
        pool.close()
        await #expect(throws: CancellationError.self) { try await pool.run { 2 } }
        await #expect(throws: CancellationError.self) { try await pool.runToEnd { 2 } }
    }
}
