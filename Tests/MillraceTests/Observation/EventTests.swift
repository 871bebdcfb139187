import KafkaClient
import KafkaProtocol
import Synchronization
import Testing

@testable import Millrace

@Suite struct EventTests {
    static func states(_ events: [StreamsEvent]) -> [StreamsState] {
        events.compactMap { if case .state(let state) = $0 { state } else { nil } }
    }

    @Test func `states are told in order, to the observer and to every reader, and events end with the application`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                try await cluster.produce(Counting.records(100, seed: 3))
                let log = EventLog()
                let application = try StreamsApplication(
                    Counting.topology(), configuration: Counting.configuration(.exactlyOnce, log: log), client: cluster.client)
                #expect(application.state == .created)
                let readers = [application.events, application.events]
                try await application.run()
                #expect(application.state == .stopped)
                let order: [StreamsState] = [.rebalancing, .restoring, .running, .stopping, .stopped]
                for reader in readers {
                    var events: [StreamsEvent] = []
                    for await event in reader { events.append(event) }
                    #expect(Self.states(events).filter { order.contains($0) }.last == .stopped)
                    #expect(Self.states(events).first == .rebalancing && Self.states(events) == Self.states(log.events))
                    #expect(events.contains { if case .committed = $0 { true } else { false } })
                }
                for await _ in application.events { Issue.record("there are no events after the end") }
            }
        }
    }

    @Test func `an application that fails says so last`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                let log = EventLog()
                let application = try StreamsApplication(
                    Counting.topology(), configuration: Counting.configuration(.exactlyOnce, log: log), client: cluster.client)
                await #expect(throws: StreamsError.self) { try await application.run() }
                #expect(application.state == .failed && Self.states(log.events).last == .failed)
            }
        }
    }

    @Test func `a reader that lags misses the oldest events only`() async {
        let hub = EventHub { _ in }
        let events = hub.subscribe()
        for number in 0..<EventHub.capacity + 10 { hub.note(.warning("\(number)", about: nil)) }
        hub.enter(.stopped)
        var seen: [String] = []
        for await case .warning(let text, _) in events { seen.append(text) }
        #expect(seen.count == EventHub.capacity - 1 && seen.last == "\(EventHub.capacity + 9)")
    }

    @Test func `an observer may ask for the state, and stop the application`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let seen = Mutex<(application: StreamsApplication?, states: [StreamsState])>((nil, []))
                var configuration = Counting.configuration(.atLeastOnce, exitsWhenIdle: false)
                configuration.observer = { event in
                    guard case .state(let state) = event else { return }
                    let application = seen.withLock {
                        $0.states.append(state)
                        return $0.application
                    }
                    if state == .running { application?.stop() }
                }
                let application = try StreamsApplication(
                    Counting.topology(), configuration: configuration, client: cluster.client)
                seen.withLock { $0.application = application }
                try await application.run()
                #expect(seen.withLock { $0.states.suffix(2) } == [.stopping, .stopped])
                seen.withLock { $0.application = nil }
            }
        }
    }
}
