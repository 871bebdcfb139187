import KafkaProtocol

/// Carries `body` out although the caller is cancelled, such as to say goodbye, but for `limit` at most.
///
/// The task is no child, as children inherit the cancellation; it is awaited here, so that nothing outlives the call.
package func shieldedFromCancellation(
    for limit: Duration, _ environment: ClientEnvironment, _ body: @escaping @Sendable () async -> Void
) async {
    await Task {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await body() }
            group.addTask { try? await environment.sleep(limit.milliseconds) }
            await group.next()
            group.cancelAll()
        }
    }.value
}
