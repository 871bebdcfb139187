import Synchronization
import Testing

@testable import Millrace

@Suite struct WakeSignalTests {
    @Test func `a signal set before the wait is not lost, and is there once`() async throws {
        try await withTimeLimit {
            let signal = WakeSignal()
            signal.set()
            signal.set()
            await signal.wait()
            // Nothing is left of the second one: a wait goes on until the next.
            let order = Mutex<[String]>([])
            async let waiter: Void = {
                await signal.wait()
                order.withLock { $0.append("woken") }
            }()
            order.withLock { $0.append("set") }
            signal.set()
            await waiter
            #expect(order.withLock { $0 } == ["set", "woken"])
        }
    }

    @Test func `cancellation ends a wait`() async throws {
        try await withTimeLimit {
            let signal = WakeSignal()
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await signal.wait() }
                group.cancelAll()
            }
        }
    }

    @Test func `a wait ends when its time is up, or at once without time`() async throws {
        try await withTimeLimit {
            let signal = WakeSignal()
            await signal.wait(milliseconds: 5, sleep: { _ in })
            await signal.wait(milliseconds: 0, sleep: { _ in try await Task.sleep(for: .seconds(1000)) })
        }
    }

    @Test func `a signal ends a timed wait before its time`() async throws {
        try await withTimeLimit {
            let signal = WakeSignal()
            signal.set()
            await signal.wait(milliseconds: .max, sleep: { _ in try await Task.sleep(for: .seconds(1000)) })
        }
    }
}
