import Dispatch
import Synchronization

/// Lets one task wait until a socket can be read from or written to. The system watches the socket only while
/// somebody waits, so an idle connection costs no more than its memory.
final class Readiness: Sendable {
    /// What is waited for.
    enum Direction { case reading, writing }

    private struct State {
        var source: (any DispatchSourceProtocol)?
        var isArmed = false
        var isClosed = false
        var waiter: CheckedContinuation<Void, any Error>?
    }

    private let descriptor: SocketDescriptor
    private let direction: Direction
    private let state = Mutex(State())

    init(_ descriptor: SocketDescriptor, _ direction: Direction) {
        self.descriptor = descriptor
        self.direction = direction
    }

    /// Returns when the socket is ready, or its connection has failed, which the next system call then says. Throws
    /// `.closed` after `close()`, `CancellationError` when the task is cancelled.
    func wait() async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if let failure = start(continuation) { continuation.resume(throwing: failure) }
            }
        } onCancel: {
            takeWaiter()?.resume(throwing: CancellationError())
        }
    }

    /// Ends a wait with `.closed` and watches no more.
    func close() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            if !state.isClosed {
                state.isClosed = true
                state.source?.cancel()
                // A cancelled source tells its cancellation only when it is not suspended.
                if !state.isArmed { state.source?.resume() }
                state.source = nil
            }
            return state.waiter.take()
        }
        waiter?.resume(throwing: NetworkError(.closed, "the connection is closed"))
    }

    private func start(_ continuation: CheckedContinuation<Void, any Error>) -> (any Error)? {
        state.withLock { state in
            if state.isClosed { return NetworkError(.closed, "the connection is closed") }
            if Task.isCancelled { return CancellationError() }
            if state.waiter != nil { return NetworkError(.other, "two tasks wait for one direction of a connection") }
            do {
                let source = try state.source ?? makeSource()
                state.source = source
                state.waiter = continuation
                if !state.isArmed { source.resume() }
                state.isArmed = true
                return nil
            } catch {
                return error
            }
        }
    }

    private func makeSource() throws(NetworkError) -> any DispatchSourceProtocol {
        let number = try descriptor.retain()
        let queue = DispatchQueue.global()
        let source: any DispatchSourceProtocol =
            switch direction {
            case .reading: DispatchSource.makeReadSource(fileDescriptor: number, queue: queue)
            case .writing: DispatchSource.makeWriteSource(fileDescriptor: number, queue: queue)
            }
        source.setEventHandler { [weak self] in self?.becomeReady() }
        source.setCancelHandler { [descriptor] in descriptor.release() }
        return source
    }

    private func becomeReady() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            if state.isArmed, !state.isClosed {
                state.source?.suspend()
                state.isArmed = false
            }
            return state.waiter.take()
        }
        waiter?.resume()
    }

    private func takeWaiter() -> CheckedContinuation<Void, any Error>? { state.withLock { $0.waiter.take() } }
}
