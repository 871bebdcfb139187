internal import KafkaProtocol
internal import Synchronization

/// Hands requests over to a broker of the same process: no socket, no encoding.
final class InProcessTransport: KafkaTransport {
    private let broker: Broker
    private let source: RequestSource
    private let isClosed = Atomic(false)

    init(broker: Broker, clientID: String) {
        self.broker = broker
        source = RequestSource(clientID: clientID, host: "/127.0.0.1", isInProcess: true)
    }

    func send<R: KafkaRequest>(_ request: R, to node: Int32?) async throws -> R.Response {
        try Task.checkCancellation()
        guard !isClosed.load(ordering: .acquiring) else { throw BrokerError(.closed, "the connection is closed") }
        let response = try await broker.answer(request, version: R.stableVersions.upperBound, from: source)
        guard !isClosed.load(ordering: .acquiring) else { throw BrokerError(.closed, "the connection is closed") }
        try Task.checkCancellation()
        return response
    }

    func close() async { isClosed.store(true, ordering: .releasing) }
}
