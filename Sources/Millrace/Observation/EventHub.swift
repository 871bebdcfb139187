import Synchronization

/// Where all that an application tells passes: to the observer, and to whoever reads its `events`. Knows its state.
final class EventHub: Sendable {
    /// So many events wait for a reader of `events`; the oldest go first.
    static let capacity = 4096

    private let observer: @Sendable (StreamsEvent) -> Void
    private let state = Mutex(State())

    private struct State {
        var tracker = StateTracker()
        /// Changes of state that are to be told, in order, and whether somebody is telling them.
        var untold: [StreamsState] = []
        var isTelling = false
        var readers: [UInt64: AsyncStream<StreamsEvent>.Continuation] = [:]
        var lastReader: UInt64 = 0
    }

    init(_ observer: @escaping @Sendable (StreamsEvent) -> Void) { self.observer = observer }

    /// What the application is doing.
    var current: StreamsState { state.withLock { $0.tracker.state } }

    /// Something has happened.
    func note(_ event: StreamsEvent) {
        change {
            $0.note(event)
        } before: {
            self.tell(event)
        }
    }

    /// Brokers are away, or there again.
    func note(disconnected: Bool) { change { $0.note(disconnected: disconnected) } }

    /// The application begins, is to stop, or has ended, with which the events end.
    func enter(_ phase: StateTracker.Phase) {
        change { $0.enter(phase) }
        let readers = state.withLock { state -> [AsyncStream<StreamsEvent>.Continuation] in
            guard state.tracker.state.isFinal else { return [] }
            defer { state.readers = [:] }
            return Array(state.readers.values)
        }
        for reader in readers { reader.finish() }
    }

    /// What happens from now on.
    func subscribe() -> AsyncStream<StreamsEvent> {
        let (stream, reader) = AsyncStream.makeStream(
            of: StreamsEvent.self, bufferingPolicy: .bufferingNewest(Self.capacity))
        let number = state.withLock { state -> UInt64? in
            guard !state.tracker.state.isFinal else { return nil }
            state.lastReader += 1
            state.readers[state.lastReader] = reader
            return state.lastReader
        }
        guard let number else {
            reader.finish()
            return stream
        }
        reader.onTermination = { [weak self] _ in _ = self?.state.withLock { $0.readers.removeValue(forKey: number) } }
        return stream
    }

    /// Changes the tracker, calls `before`, and tells of the state if that is another then. Changes are told in the order in which
    /// they came, by one thread at a time, and with no lock held.
    private func change(_ body: (inout StateTracker) -> Void, before: () -> Void = {}) {
        state.withLock { state in
            let old = state.tracker.state
            body(&state.tracker)
            if state.tracker.state != old { state.untold.append(state.tracker.state) }
        }
        before()
        while let next = state.withLock({ state -> StreamsState? in
            guard !state.isTelling, !state.untold.isEmpty else { return nil }
            state.isTelling = true
            return state.untold.removeFirst()
        }) {
            tell(.state(next))
            state.withLock { $0.isTelling = false }
        }
    }

    private func tell(_ event: StreamsEvent) {
        observer(event)
        for reader in state.withLock({ Array($0.readers.values) }) { reader.yield(event) }
    }
}
