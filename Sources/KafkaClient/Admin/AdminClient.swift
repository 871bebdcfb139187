import KafkaProtocol
import Synchronization

/// Creates, describes and changes topics, configs and groups. Calls retry what a retry can help and throw `KafkaError`.
public final class AdminClient: Sendable {
    /// The cluster.
    public let client: KafkaClient

    /// An admin of the cluster of `client`.
    public init(client: KafkaClient) { self.client = client }

    /// Sends `request` to the controller, again while `errors` finds one that a retry can help. Throws the first other error.
    func sendToController<R: KafkaRequest>(
        _ request: R, _ what: String,
        errors: (R.Response) -> [(name: String, code: Int16, message: String?)]
    ) async throws -> R.Response {
        try await client.retrying(what) { attempt in
            let controller = try await controller(refresh: attempt > 1)
            let response = try await client.send(request, to: controller)
            for error in errors(response) where error.code != 0 {
                let code = KafkaErrorCode(rawValue: error.code)
                var failure = KafkaError.broker(code, "\(what) \(error.name)", message: error.message)
                // A topic that is not there does not come by waiting.
                if code == .unknownTopicOrPartition { failure.isRetriable = false }
                throw failure
            }
            return response
        }
    }

    private func controller(refresh: Bool) async throws -> Int32? {
        if !refresh, let known = client.cluster.metadata.withLock({ $0.controller }) { return known }
        _ = try await client.describeTopics([])
        return client.cluster.metadata.withLock { $0.controller }
    }
}
