internal import KafkaProtocol

/// Hands requests over to a broker of the same process: no socket, no encoding.
final class InProcessTransport: KafkaTransport {
    private let broker: Broker
    private let source: RequestSource

    init(broker: Broker, clientID: String) {
        self.broker = broker
        source = RequestSource(clientID: clientID, host: "/127.0.0.1", isInProcess: true)
    }

    func send<R: KafkaRequest>(_ request: R, to node: Int32?) async throws -> R.Response {
        try Task.checkCancellation()
        guard !source.connection.isClosed else { throw BrokerError(.closed, "the connection is closed") }
        let response = try await broker.answer(request, version: request.newestVersion, from: source)
        guard !source.connection.isClosed else { throw BrokerError(.closed, "the connection is closed") }
        try Task.checkCancellation()
        return response
    }

    var isInProcess: Bool { true }

    func close() async { source.connection.close() }
}
