internal import KafkaProtocol
internal import Synchronization

/// Requests of one connection that were read and not answered yet, in order. One task adds, another takes.
final class RequestQueue: Sendable {
    private struct State {
        var frames: [Bytes] = []
        var isFinished = false
    }

    /// How many requests are read before the one in front of them is taken.
    private static let capacity = 2

    private let state = Mutex(State())
    private let changed = (added: Signal(), taken: Signal())

    /// Adds a request.
    func add(_ frame: Bytes) {
        state.withLock { $0.frames.append(frame) }
        changed.added.fire()
    }

    /// Whether no other request should be added now; nil if none should be any more.
    var isFull: Bool? { state.withLock { $0.isFinished ? nil : $0.frames.count >= Self.capacity } }

    /// Waits until a request was taken or `wake` was called; for the task that adds.
    func waitForTaken() async { await changed.taken.wait() }

    /// Lets the task that adds look anew.
    func wake() { changed.taken.fire() }

    /// No more requests come; those that are there are to be answered still.
    func finish() {
        state.withLock { $0.isFinished = true }
        changed.added.fire()
        changed.taken.fire()
    }

    /// The bytes of requests that nobody will take any more.
    var bytesLeft: Int { state.withLock { $0.frames.reduce(0) { $0 + $1.count } } }

    /// The next request, nil when there will be none.
    func next() async -> Bytes? {
        while true {
            let (frame, isFinished) = state.withLock { state -> (Bytes?, Bool) in
                (state.frames.isEmpty ? nil : state.frames.removeFirst(), state.isFinished)
            }
            if let frame {
                changed.taken.fire()
                return frame
            }
            guard !isFinished, !Task.isCancelled else { return nil }
            await changed.added.wait()
        }
    }
}
