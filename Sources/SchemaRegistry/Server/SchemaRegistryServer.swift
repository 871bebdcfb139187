public import MillraceHTTP
public import KafkaClient
public import KafkaNetwork
internal import KafkaProtocol

/// A schema registry with Confluent's REST interface, kept in the topic `_schemas` of a Kafka cluster in Confluent's layout.
///
/// It is meant to be the only one of its cluster, such as the embedded broker: two at a time could give one id to two schemas. Avro and JSON
/// Schema are checked for compatibility; schemas in Protocol Buffers are kept as they are, one version a subject unless its compatibility
/// is `NONE`. There are no contexts, rule sets, metadata and aliases of subjects.
public final class SchemaRegistryServer: Sendable {
    private let server: HTTPServer
    private let topic: RegistryTopic
    private let store: RegistryStore

    /// The address that it listens on.
    public var address: NetworkAddress { server.address }

    /// Opens the port; `log` is told what is remarkable. Clients show the configuration's token as it is, or as the password of any user.
    ///
    /// Throws `NetworkError` as `HTTPServer` does.
    public init(
        client: KafkaClient, configuration: HTTPConfiguration, log: @escaping @Sendable (String) -> Void = { _ in }
    ) throws {
        var configuration = configuration
        configuration.limits.body = 1 << 20
        configuration.refusal = RegistryMessages.refusal
        topic = RegistryTopic(client: client, log: log)
        store = RegistryStore(log: topic)
        server = try HTTPServer(RegistryRoutes(store: store).router, configuration: configuration, log: log)
    }

    /// Reads the topic, which it makes if it is missing, then answers until the task is cancelled; `ready` is called in between. Run it as
    /// a child task, once.
    ///
    /// Throws `SchemaRegistryError` if the topic cannot be used, `KafkaError` if it cannot be read.
    public func run(ready: @escaping @Sendable () -> Void = {}) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer {
                group.cancelAll()
                server.stop()
            }
            try await topic.prepare()
            group.addTask { [topic, store] in try await topic.run { store.apply($0) } }
            group.addTask { [topic, store, server] in
                try await topic.catchUp()
                ready()
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await store.run() }
                    group.addTask { await server.run() }
                    await group.next()
                    group.cancelAll()
                }
            }
            try await group.next()
        }
    }
}
