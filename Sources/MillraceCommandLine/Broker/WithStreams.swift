internal import KafkaBroker
public import Millrace

/// Runs an application with a broker, the embedded one or a cluster, while `body` does something beside it: `withStreams` of Millrace
/// for tests and scripts that need no server.
///
/// ```swift
/// var configuration = StreamsConfiguration(applicationID: "totals", missingTopics: .create(partitions: 4))
/// try await withStreams(topology, configuration: configuration, broker: .embedded(directory: "/tmp/totals")) { application in
///     let producer = Producer(client: application.client)
///     …
/// }
/// ```
/// The broker ends after the application, which ends after a last commit. Throws what opening the broker throws, and as the other.
public func withStreams<Result: Sendable>(
    _ topology: Topology, configuration: StreamsConfiguration, broker address: BrokerAddress,
    console: Console = Console(level: .warning), startsWithin limit: Duration = .seconds(60),
    _ body: @escaping @Sendable (_ application: StreamsApplication) async throws -> Result
) async throws -> Result {
    var settings = BrokerConfiguration()
    // A topic that nobody asked for would only hide a mistake.
    settings.autoCreateTopics = false
    let connector = BrokerConnector(configuration: settings, console: console)
    return try await connector.withClient(of: address, clientID: configuration.applicationID, allowsTopicCreation: false) { client in
        try await withStreams(topology, configuration: configuration, client: client, startsWithin: limit, body)
    }
}
