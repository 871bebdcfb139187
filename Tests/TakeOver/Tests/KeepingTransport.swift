import KafkaClient
import KafkaProtocol

/// A transport on which nothing is deleted, so that a test sees what was in topics that the application tidies up.
struct KeepingTransport: KafkaTransport {
    let inner: any KafkaTransport

    func send<R: KafkaRequest>(_ request: R, to node: Int32?) async throws -> R.Response {
        if let request = request as? DeleteRecordsRequest,
            let answer = DeleteRecordsResponse(
                topics: request.topics.map { topic in
                    .init(name: topic.name, partitions: topic.partitions.map { .init(partitionIndex: $0.partitionIndex, lowWatermark: 0) })
                }) as? R.Response
        {
            return answer
        }
        return try await inner.send(request, to: node)
    }

    func close() async { await inner.close() }
}
