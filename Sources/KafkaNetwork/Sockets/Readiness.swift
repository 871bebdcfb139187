import CShims
import Synchronization

/// Lets a task wait until a socket can be read from or has been hung up, and another until it can be written to. The system watches the
/// socket only while somebody waits, so an idle connection costs no more than its memory.
final class Readiness: Sendable {
    /// What is waited for.
    struct Directions: OptionSet {
        let rawValue: Int32
        static let reading = Directions(rawValue: Int32(MILLRACE_POLLER_READ))
        /// The peer sends nothing more, whether or not there is something left to read; on macOS nobody is told.
        static let hangup = Directions(rawValue: Int32(MILLRACE_POLLER_HANGUP))
        static let writing = Directions(rawValue: Int32(MILLRACE_POLLER_WRITE))
    }

    private typealias Waiter = CheckedContinuation<Void, any Error>

    private struct State {
        /// The poller's name for the socket, from the first wait on.
        var token: UInt64?
        var isClosed = false
        var reader: Waiter?
        var writer: Waiter?
        var watcher: Waiter?

        var waitedFor: Directions {
            [reader == nil ? [] : .reading, writer == nil ? [] : .writing, watcher == nil ? [] : .hangup]
        }

        mutating func take(_ directions: Directions) -> [Waiter] {
            let first = directions.contains(.reading) ? reader.take() : nil
            let second = directions.contains(.writing) ? writer.take() : nil
            let third = directions.contains(.hangup) ? watcher.take() : nil
            return [first, second, third].compactMap { $0 }
        }
    }

    private let descriptor: SocketDescriptor
    private let state = Mutex(State())

    init(_ descriptor: SocketDescriptor) { self.descriptor = descriptor }

    /// Returns when the socket is ready for `direction`, or its connection has failed, which the next system call then
    /// says. Throws `.closed` after `close()`, `CancellationError` when the task is cancelled.
    func wait(for direction: Directions) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                do {
                    try start(continuation, direction)
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        } onCancel: {
            resume(state.withLock { $0.take(direction) }, throwing: CancellationError())
        }
    }

    /// Ends waits with `.closed` and watches no more.
    func close() {
        let (waiters, token) = state.withLock { state in
            state.isClosed = true
            return (state.take([.reading, .writing, .hangup]), state.token.take())
        }
        if let token { try? Poller.shared().remove(token) }
        resume(waiters, throwing: NetworkError(.closed, "the connection is closed"))
    }

    /// Takes the poller's word that the socket is ready for `directions`.
    func becomeReady(_ directions: Directions) {
        let waiters = state.withLock { state in
            let ready = state.take(directions)
            // The poller reports once and then watches for nothing, so who waits on is armed for again.
            if !state.waitedFor.isEmpty, (try? arm(&state)) == nil { return ready + state.take([.reading, .writing, .hangup]) }
            return ready
        }
        for waiter in waiters { waiter.resume() }
    }

    private func start(_ waiter: Waiter, _ direction: Directions) throws {
        try state.withLock { state in
            if state.isClosed { throw NetworkError(.closed, "the connection is closed") }
            try Task.checkCancellation()
            guard state.waitedFor.isDisjoint(with: direction) else {
                throw NetworkError(.other, "two tasks wait for one direction of a connection")
            }
            switch direction {
            case .reading: state.reader = waiter
            case .hangup: state.watcher = waiter
            default: state.writer = waiter
            }
            do {
                try arm(&state)
            } catch {
                _ = state.take(direction)
                throw error
            }
        }
    }

    private func arm(_ state: inout State) throws {
        let poller = try Poller.shared()
        let token = state.token ?? poller.add(self)
        state.token = token
        try descriptor.use { try poller.arm($0, token, state.waitedFor) }
    }

    private func resume(_ waiters: [Waiter], throwing error: any Error) {
        for waiter in waiters { waiter.resume(throwing: error) }
    }
}
