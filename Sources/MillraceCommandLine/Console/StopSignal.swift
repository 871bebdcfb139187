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
        var observers: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())

    /// No request yet.
    public init() {}

    /// Whether the request has been made.
    public var isRequested: Bool { state.withLock { $0.isRequested } }

    /// Makes the request. Returns whether it is the first.
    @discardableResult
    public func request() -> Bool {
        let (isFirst, observers) = state.withLock { state in
            let isFirst = !state.isRequested
            state.isRequested = true
            defer { state.observers = [:] }
            return (isFirst, Array(state.observers.values))
        }
        for observer in observers { observer() }
        return isFirst
    }

    /// A call that is to be made with the request.
    struct Observation: Sendable {
        fileprivate let id: Int
    }

    /// Calls `observer` once with the request; at once if it has been made already. The call comes from any thread and must
    /// return at once.
    func observe(_ observer: @escaping @Sendable () -> Void) -> Observation {
        let id = state.withLock { state -> Int? in
            guard !state.isRequested else { return nil }
            state.nextID += 1
            state.observers[state.nextID] = observer
            return state.nextID
        }
        if id == nil { observer() }
        return Observation(id: id ?? 0)
    }

    /// Takes back a call that has not been made. Returns whether it was still to come.
    @discardableResult
    func remove(_ observation: Observation) -> Bool {
        state.withLock { $0.observers.removeValue(forKey: observation.id) != nil }
    }

    /// Waits for the request; returns early, without one, if the task is cancelled.
    public func wait() async {
        let waiter = OneShotWaiter()
        let observation = observe { waiter.resume() }
        await withTaskCancellationHandler {
            await waiter.wait()
        } onCancel: {
            waiter.resume()
        }
        remove(observation)
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

/// Lets one task wait until it is resumed, before or after it began to.
private final class OneShotWaiter: Sendable {
    private enum State {
        case idle
        case waiting(CheckedContinuation<Void, Never>)
        case resumed
    }

    private let state = Mutex(State.idle)

    func wait() async {
        await withCheckedContinuation { continuation in
            let isResumed = state.withLock { state in
                if case .resumed = state { return true }
                state = .waiting(continuation)
                return false
            }
            if isResumed { continuation.resume() }
        }
    }

    func resume() {
        let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
            defer { state = .resumed }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        waiting?.resume()
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
