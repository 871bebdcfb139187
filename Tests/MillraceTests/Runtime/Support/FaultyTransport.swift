import KafkaClient
import KafkaProtocol
import Synchronization

@testable import Millrace

/// A transport on which chosen requests go wrong.
final class FaultyTransport: KafkaTransport {
    enum Fault: Sendable {
        /// The request gets to the broker as it is.
        case none
        /// The request does not get to the broker.
        case lost
        /// The broker handles the request, but its answer does not arrive.
        case answerLost
        /// This is the answer, and the broker hears nothing.
        case answer(any KafkaResponse)
    }

    struct Broken: Error {}

    typealias Handler = @Sendable (_ request: any KafkaRequest, _ number: Int) async throws -> Fault

    private let inner: any KafkaTransport
    private let handlers: [Int16: Handler]
    private let counts = Mutex<[Int16: Int]>([:])

    /// `handlers` are asked about the requests of their APIs, which are counted from 1.
    init(_ inner: any KafkaTransport, _ handlers: [APIKey: Handler]) {
        self.inner = inner
        self.handlers = Dictionary(uniqueKeysWithValues: handlers.map { ($0.key.rawValue, $0.value) })
    }

    func send<R: KafkaRequest>(_ request: R, to node: Int32?) async throws -> R.Response {
        let key = R.apiKey.rawValue
        guard let handler = handlers[key] else { return try await inner.send(request, to: node) }
        let number = counts.withLock { counts in
            counts[key, default: 0] += 1
            return counts[key, default: 0]
        }
        switch try await handler(request, number) {
        case .none: return try await inner.send(request, to: node)
        case .lost: throw Broken()
        case .answerLost:
            _ = try await inner.send(request, to: node)
            throw Broken()
        case .answer(let response):
            guard let response = response as? R.Response else { throw Broken() }
            return response
        }
    }

    func close() async { await inner.close() }
}

extension StreamsCluster {
    /// The same cluster over a transport on which requests go wrong.
    func with(
        _ handlers: [APIKey: FaultyTransport.Handler], retryPolicy: RetryPolicy = RetryPolicy()
    ) -> StreamsCluster {
        StreamsCluster(
            broker: broker,
            client: KafkaClient(
                transport: FaultyTransport(client.transport, handlers), clientID: "faulty", retryPolicy: retryPolicy))
    }
}

/// A door that is shut until it is opened for good.
final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiters: [WakeSignal])>((false, []))

    func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            return state.waiters
        }
        for waiter in waiters { waiter.set() }
    }

    /// Waits until the gate is open, or the task is cancelled.
    func pass() async throws {
        let signal = WakeSignal()
        let isOpen = state.withLock { state in
            state.waiters.append(signal)
            return state.isOpen
        }
        if !isOpen { await signal.wait() }
        try Task.checkCancellation()
    }
}

/// Something that is on or off.
final class Switch: Sendable {
    private let state = Atomic(false)

    var isOn: Bool { state.load(ordering: .acquiring) }

    func turn(_ on: Bool) { state.store(on, ordering: .releasing) }
}
