internal import Dispatch
internal import Synchronization
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A request to stop, made once: by SIGINT, by SIGTERM or by the program itself.
public final class StopSignal: Sendable {
    private struct State {
        var isRequested = false
        var nextID = 0
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    /// No request yet.
    public init() {}

    /// Whether the request has been made.
    public var isRequested: Bool { state.withLock { $0.isRequested } }

    /// Makes the request. Returns whether it is the first.
    @discardableResult
    public func request() -> Bool {
        let (first, waiters) = state.withLock { state in
            let first = !state.isRequested
            state.isRequested = true
            defer { state.waiters = [:] }
            return (first, Array(state.waiters.values))
        }
        for waiter in waiters { waiter.resume() }
        return first
    }

    /// Waits for the request; returns early, without one, if the task is cancelled.
    public func wait() async {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now = state.withLock { state in
                    if state.isRequested || Task.isCancelled { return true }
                    state.waiters[id] = continuation
                    return false
                }
                if now { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }

    /// Runs `body` and cancels it when the request is made. Returns or throws what `body` does.
    public func cancelling<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async throws -> R {
        try await withThrowingTaskGroup(of: R?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                await self.wait()
                return nil
            }
            defer { group.cancelAll() }
            while let next = try await group.next() {
                if let result = next { return result }
                group.cancelAll()
            }
            throw CancellationError()
        }
    }
}

/// Turns SIGINT and SIGTERM into a stop request; the second signal ends the process at once.
final class SignalWatcher {
    private let sources: [any DispatchSourceSignal]

    init(_ stop: StopSignal) {
        let queue = DispatchQueue(label: "millrace.signals")
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                if !stop.request() { _exit(128 + number) }
            }
            source.resume()
            return source
        }
    }
}

/// Makes writing to a closed pipe an error instead of the end of the process.
func ignoreClosedPipes() {
    signal(SIGPIPE, SIG_IGN)
}
