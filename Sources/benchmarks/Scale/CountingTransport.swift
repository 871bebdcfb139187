import KafkaProtocol
import Synchronization

/// Counts the requests of an engine, and the ends of transactions among them.
final class CountingTransport: KafkaTransport {
    private let inner: any KafkaTransport
    private let sent = Atomic(0)
    private let ended = Atomic(0)

    init(_ inner: any KafkaTransport) { self.inner = inner }

    /// How many requests were sent.
    var requests: Int { sent.load(ordering: .relaxed) }
    /// How many transactions were ended.
    var transactions: Int { ended.load(ordering: .relaxed) }

    func send<R: KafkaRequest>(_ request: R, to node: Int32?) async throws -> R.Response {
        sent.wrappingAdd(1, ordering: .relaxed)
        if R.apiKey == .endTxn { ended.wrappingAdd(1, ordering: .relaxed) }
        return try await inner.send(request, to: node)
    }

    var isInProcess: Bool { inner.isInProcess }

    func close() async { await inner.close() }
}
