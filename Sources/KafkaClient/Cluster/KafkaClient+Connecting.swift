public import KafkaNetwork

/// Connects to the cluster of the brokers at `bootstrap`, calls `body` with a client of it, and closes the connections.
///
/// The connections run beside `body`, as child tasks. Throws what `body` throws, and `.invalidConfiguration` for
/// certificates that cannot be used; a broker that cannot be reached shows in the
/// first call that needs one.
public func withKafkaClient<R: Sendable>(
    bootstrap: [NetworkAddress], clientID: String = "millrace", configuration: TCPConfiguration = TCPConfiguration(),
    retryPolicy: RetryPolicy = RetryPolicy(), allowsTopicCreation: Bool = true,
    _ body: @escaping @Sendable (KafkaClient) async throws -> R
) async throws -> R {
    let transport = try TCPTransport(bootstrap: bootstrap, clientID: clientID, configuration: configuration)
    let client = KafkaClient(
        transport: transport, clientID: clientID, retryPolicy: retryPolicy, allowsTopicCreation: allowsTopicCreation)
    async let running: Void = transport.run()
    do {
        let result = try await body(client)
        await transport.close()
        await running
        return result
    } catch {
        await transport.close()
        await running
        throw error
    }
}
