internal import MillraceHTTP
internal import KafkaBroker
internal import KafkaClient
internal import SchemaRegistry

extension BrokerConnector {
    /// Runs `body` beside the schema registry, if there is one to be, once that answers.
    func withSchemaRegistry<R: Sendable>(
        _ broker: Broker, _ body: @escaping @Sendable () async throws -> R
    ) async throws -> R {
        guard var configuration = schemaRegistry else { return try await body() }
        let clientID = "schema-registry"
        let client = KafkaClient(transport: broker.transport(clientID: clientID), clientID: clientID, allowsTopicCreation: false)
        configuration.opened = { _ in }
        let server = try SchemaRegistryServer(client: client, configuration: configuration) { [console] in
            console.warning($0, about: "schema registry")
        }
        let ready = AsyncStream.makeStream(of: Void.self)
        return try await withThrowingTaskGroup(of: R?.self) { group in
            group.addTask {
                try await server.run { ready.continuation.finish() }
                return nil
            }
            group.addTask { [console, configuration] in
                for await _ in ready.stream {}
                try Task.checkCancellation()
                console.info("schema registry on \(configuration.page(at: server.address))")
                return try await body()
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }
}
