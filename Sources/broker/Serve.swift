import KafkaBroker
import KafkaProtocol
import MillraceCommandLine

let serveCommand = Command(
    "serve", "Serves the embedded broker to Kafka clients until it is stopped by SIGINT or SIGTERM.",
    discussion: """
        Settings have the names of Kafka's server.properties, for instance -o num.partitions=4 or
        -o log.retention.hours=168. Unlike Kafka's broker this one keeps records for ever unless it is told otherwise.
        """,
    options: [
        CommandOption("data", "DIR", "The data directory, which is made if it is missing.", isRequired: true),
        .listen(isRequired: true), .advertise,
        CommandOption("config", "FILE", "Settings, a line each: name=value."),
        CommandOption(
            "option", "NAME=VALUE", "A setting; goes before the file.", kind: .pair, isRepeatable: true, letter: "o"),
        CommandOption(
            "help-settings", "", "Shows all settings with their defaults and what they mean.",
            kind: .information { BrokerProperties.help }),
        .schemaRegistry,
    ] + CommandOption.http,
    messages: .log
) { invocation in
    let arguments = invocation.arguments
    let properties = try await brokerProperties(arguments)
    let server: ServerConfiguration
    do { server = try properties.serverConfiguration() } catch let error as ValueError { throw UsageError("\(error)") }
    var connector = BrokerConnector(
        configuration: properties.broker, console: invocation.console,
        listener: try arguments.brokerListener(server))
    connector.http = try arguments.http()
    connector.schemaRegistry = try arguments.schemaRegistry()
    let directory = try arguments.required("data")
    try await connector.withClient(of: .embedded(directory: directory), clientID: "broker") { _ in
        await invocation.stop.wait()
        invocation.console.info("stopping; a second signal ends at once")
    }
}

/// What `--config` and `-o` say.
private func brokerProperties(_ arguments: ParsedArguments) async throws -> BrokerProperties {
    var properties = BrokerProperties()
    if let path = arguments.text("config") {
        let text = try await InputReader.text(of: path)
        do { try properties.set(parsing: text) } catch { throw UsageError("\(path), \(error)") }
    }
    do {
        for (name, value) in try arguments.pairs("option") { try properties.set(name, to: value) }
    } catch let error as ValueError {
        throw UsageError("\(error)")
    }
    return properties
}
