public import KafkaProtocol
import Synchronization

extension KafkaClient {
    /// The broker that coordinates; asks once if it is not known.
    func node(of coordinator: Coordinator) async throws -> Int32 {
        if let known = cluster.coordinators.withLock({ $0[coordinator] }) { return known }
        let request = FindCoordinatorRequest(keyType: coordinator.keyType, coordinatorKeys: [coordinator.key.string])
        let response = try await send(request, to: nil)
        let found = response.coordinators.first { Name($0.key) == coordinator.key } ?? response.coordinators.first
        let error = KafkaErrorCode(rawValue: found?.errorCode ?? response.errorCode)
        guard error == .none else { throw KafkaError.broker(error, "find the coordinator of \(coordinator)") }
        let node = found?.nodeId ?? response.nodeId
        cluster.coordinators.withLock { $0[coordinator] = node }
        return node
    }

    /// Another broker may coordinate now.
    func forget(_ coordinator: Coordinator) {
        _ = cluster.coordinators.withLock { $0.removeValue(forKey: coordinator) }
    }

    /// Sends `request` to the coordinator once. Errors that `errorCode` finds in the response and that concern the
    /// coordinator make the next call look it up again.
    func sendOnce<R: KafkaRequest>(
        _ request: R, to coordinator: Coordinator, errorCode: (R.Response) -> Int16
    ) async throws -> R.Response {
        do {
            let response = try await send(request, to: node(of: coordinator))
            if KafkaErrorCode(rawValue: errorCode(response)).isAboutCoordinator { forget(coordinator) }
            return response
        } catch let error as KafkaError where error.code == .connection {
            forget(coordinator)
            throw error
        }
    }

    /// Sends `request` to the coordinator, again while the error that `errorCode` finds in the response is one that a retry
    /// can help. Throws any other error, as one of `what`.
    public func send<R: KafkaRequest>(
        _ request: R, to coordinator: Coordinator, _ what: String, timeout: Duration? = nil,
        errorCode: (R.Response) -> Int16
    ) async throws -> R.Response {
        try await retrying(what, timeout: timeout) { _ in
            let response = try await sendOnce(request, to: coordinator, errorCode: errorCode)
            let error = KafkaErrorCode(rawValue: errorCode(response))
            guard error == .none else { throw KafkaError.broker(error, what) }
            return response
        }
    }
}
