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

    /// Adds a request and waits until there is room for another. Returns whether to go on.
    func add(_ frame: Bytes) async -> Bool {
        state.withLock { $0.frames.append(frame) }
        changed.added.fire()
        while true {
            let (isFull, goesOn) = state.withLock { ($0.frames.count >= Self.capacity, !$0.isFinished) }
            guard goesOn, !Task.isCancelled else { return false }
            guard isFull else { return true }
            await changed.taken.wait()
        }
    }

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
