import MillraceHTTP
import MillraceJSON
import Synchronization

/// What has happened lately, for pages that come later, and whoever listens to what happens now. Bounded: the oldest goes first.
final class LiveFeed: Sendable {
    /// An event as it is sent.
    typealias Event = (name: String, data: JSONValue)

    private struct State {
        var samples: [LiveSample] = []
        var events: [Event] = []
        /// The numbers of panels, by title.
        var numbers: [String: [Double]] = [:]
        var listeners: [UInt64: AsyncStream<Event>.Continuation] = [:]
        var lastListener: UInt64 = 0
    }

    /// A quarter of an hour of samples, and so many events.
    static let sampleCount = 450
    static let eventCount = 200
    /// So many events wait for a listener.
    static let waiting = 256

    private let state = Mutex(State())

    /// What has happened, the oldest first.
    var history: (samples: [LiveSample], events: [Event]) { state.withLock { ($0.samples, $0.events) } }

    /// Whether somebody listens.
    var isListenedTo: Bool { state.withLock { !$0.listeners.isEmpty } }

    /// Adds a sample.
    func note(_ sample: LiveSample) {
        send(("sample", sample.json)) { state in
            if state.samples.count >= Self.sampleCount { state.samples.removeFirst() }
            state.samples.append(sample)
        }
    }

    /// Adds the numbers that panels show now. Panels that are gone are forgotten.
    func note(_ panels: [LivePanel]) {
        state.withLock { state in
            let before = state.numbers
            state.numbers = [:]
            for panel in panels {
                guard case .number(let number) = panel.content else { continue }
                state.numbers[panel.title] = (before[panel.title] ?? []).suffix(Self.sampleCount - 1) + [number]
            }
        }
    }

    /// The numbers of panels in the last quarter of an hour, by title.
    var numbers: [String: [Double]] { state.withLock { $0.numbers } }

    /// Adds an event.
    func note(_ event: Event) {
        send(event) { state in
            if state.events.count >= Self.eventCount { state.events.removeFirst() }
            state.events.append(event)
        }
    }

    /// Tells those who listen now of an event that nobody needs to know later.
    func tell(_ event: Event) { send(event) { _ in } }

    /// What happens from now on.
    func listen() -> AsyncStream<Event> {
        let (stream, listener) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(Self.waiting))
        let number = state.withLock { state in
            state.lastListener += 1
            state.listeners[state.lastListener] = listener
            return state.lastListener
        }
        listener.onTermination = { [weak self] _ in _ = self?.state.withLock { $0.listeners.removeValue(forKey: number) } }
        return stream
    }

    private func send(_ event: Event, _ change: (inout State) -> Void) {
        let listeners = state.withLock { state in
            change(&state)
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.yield(event) }
    }
}
