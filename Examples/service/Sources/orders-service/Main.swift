import Adapters
import Foundation
import Hummingbird
import KafkaClient
import KafkaNetwork
import Logging
import Millrace
import Orders
import ServiceLifecycle

/// The orders service: a topology beside an HTTP route that answers from its store, in one process.
///
/// `orders-service [BROKER [HTTP-PORT]]`, by default `localhost:9092` and 8080. Start it several times with other ports: they share the
/// partitions, and a route answers for those of its own instance.
@main struct OrdersService {
    static func main() async {
        let logger = Logger(label: "orders-service")
        do {
            try await run(logger)
        } catch {
            logger.critical("\(error)")
            exit(1)
        }
    }

    static func run(_ logger: Logger) async throws {
        let broker = CommandLine.arguments.dropFirst().first ?? "localhost:9092"
        let port = CommandLine.arguments.dropFirst(2).first.flatMap { Int($0) } ?? 8080
        let parts = broker.split(separator: ":")
        guard parts.count == 2, let brokerPort = Int(parts[1]) else {
            logger.critical("usage: orders-service [HOST:PORT [HTTP-PORT]]")
            exit(64)
        }
        try await withKafkaClient(
            bootstrap: [NetworkAddress(host: String(parts[0]), port: brokerPort)], clientID: "orders-service"
        ) { client in
            var configuration = StreamsConfiguration(applicationID: "orders-service", guarantee: .exactlyOnce)
            configuration.log = logBridge(to: logger)
            let application = try StreamsApplication(salesTopology(), configuration: configuration, client: client)
            let http = Application(
                router: routes(application), configuration: .init(address: .hostname("127.0.0.1", port: port)), logger: logger)
            let services = ServiceGroup(
                services: [StreamsService(application), MetricsBridge(application), http],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
            try await services.run()
        }
    }

    static func routes(_ application: StreamsApplication) -> Router<BasicRequestContext> {
        let router = Router()
        router.get("sales/{country}") { _, context -> String in
            let country = try context.parameters.require("country")
            do {
                let sales = try application.store("sales", key: String.self, value: Int64.self)
                guard let cents = try await sales.get(country) else { throw HTTPError(.notFound) }
                return "\(cents)\n"
            } catch let error as QueryError {
                // Another instance's partition, or one that is on its way: the message says which.
                throw HTTPError(.serviceUnavailable, message: "\(error)")
            }
        }
        return router
    }
}
