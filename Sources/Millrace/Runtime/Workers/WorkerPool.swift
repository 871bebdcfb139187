import Foundation
import KafkaClient
import Synchronization

/// The threads that the steps of an application's tasks run on, apart from those of Swift's tasks: heartbeats, requests and
/// commits go on however long a closure takes or blocks.
///
/// A piece of work, a turn, goes to the thread that has been idle for the shortest time, or waits in line. There are as many
/// threads as cores; while turns take much longer than a slice, others come in their place (`WorkerPool+Growth.swift`).
final class WorkerPool: Sendable {
    typealias Turn = @Sendable () -> Void

    /// A thread, while it has nothing to do.
    final class Worker: Sendable {
        let number: Int
        let wake = DispatchSemaphore(value: 0)
        /// The turn that it is woken for; none to end.
        let next = Mutex<Turn?>(nil)
        init(number: Int) { self.number = number }
    }

    struct State {
        var line: [Turn] = []
        var idle: [Worker] = []
        /// When the busy threads began with their turns, by the clock.
        var busySince: [Int: Int64] = [:]
        var threads = 0
        var lastNumber = 0
        var isClosed = false
    }

    let state = Mutex(State())
    /// As many threads as can work at once.
    let width: Int
    private let name: String
    let now: @Sendable () -> Int64
    /// Turns have begun to wait in line.
    let pressure = Notifier()

    /// A pool for so many cores, without threads yet, which have that name and a number.
    init(
        _ name: String = "millrace-worker", width: Int = max(2, ProcessInfo.processInfo.activeProcessorCount),
        now: @escaping @Sendable () -> Int64
    ) {
        self.name = name
        self.width = width
        self.now = now
    }

    /// Runs `body` on one of the threads and gives what it returns or throws.
    ///
    /// If the calling task is cancelled meanwhile, this throws `CancellationError` at once, and `body` is left behind: it
    /// goes on by itself, and nothing waits for it.
    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        let answer = OneShot<Value>()
        try submit { answer.finish(Result { try body() }) }
        return try await answer.value()
    }

    /// As `run`, but waits for `body` whatever happens to the calling task.
    func runToEnd<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try submit { continuation.resume(with: Result { try body() }) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    /// Has a turn taken by one of the threads; if it has to wait, at the end of the line or as the `first`. Throws
    /// `CancellationError` once the pool is closed.
    func submit(first: Bool = false, _ turn: @escaping Turn) throws {
        enum Placed { case atWorker(Worker), inLine(isFirst: Bool), onNewThread(Worker) }
        let placed = try state.withLock { state throws(CancellationError) -> Placed in
            if state.isClosed { throw CancellationError() }
            if let worker = state.idle.popLast() {
                state.busySince[worker.number] = now()
                return .atWorker(worker)
            }
            state.line.insert(turn, at: first ? 0 : state.line.count)
            guard state.threads < width else { return .inLine(isFirst: state.line.count == 1) }
            return .onNewThread(newWorker(&state))
        }
        switch placed {
        case .atWorker(let worker):
            worker.next.withLock { $0 = turn }
            worker.wake.signal()
        case .inLine(let isFirst): if isFirst { pressure.notify() }
        case .onNewThread(let worker): start(worker)
        }
    }

    func newWorker(_ state: inout State) -> Worker {
        state.threads += 1
        state.lastNumber += 1
        return Worker(number: state.lastNumber)
    }

    func start(_ worker: Worker) {
        let thread = Thread { self.work(as: worker) }
        // As Linux has it; elsewhere a thread has half a megabyte, which deep values of users' types outgrow.
        thread.stackSize = 8 << 20
        thread.name = "\(name)-\(worker.number)"
        thread.start()
    }

    /// Lets the threads end, those that are busy after their turns. What waits in line is still done.
    func close() {
        let idle = state.withLock { state in
            state.isClosed = true
            defer { state.idle = [] }
            state.threads -= state.idle.count
            return state.idle
        }
        for worker in idle { worker.wake.signal() }
    }

    private func work(as worker: Worker) {
        while true {
            enum Next { case turn(Turn), wait, end }
            let next = state.withLock { state -> Next in
                state.busySince[worker.number] = nil
                if isSurplus(state) {
                    state.threads -= 1
                    return .end
                }
                guard state.line.isEmpty else {
                    state.busySince[worker.number] = now()
                    return .turn(state.line.removeFirst())
                }
                if state.isClosed {
                    state.threads -= 1
                    return .end
                }
                state.idle.append(worker)
                return .wait
            }
            switch next {
            case .turn(let turn): turn()
            case .end: return
            case .wait:
                worker.wake.wait()
                let turn = worker.next.withLock { next in
                    defer { next = nil }
                    return next
                }
                guard let turn else { return }
                turn()
            }
        }
    }
}
