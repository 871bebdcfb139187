internal import MillraceHTTP
internal import MillraceJSON
internal import KafkaBroker
internal import MillraceMetrics

extension HTTPServer {
    /// Serves a broker's metrics. Throws `NetworkError`.
    convenience init(_ broker: Broker, _ configuration: HTTPConfiguration, _ console: Console) throws {
        var configuration = configuration
        configuration.opened = { [configuration] in console.info("metrics on \(configuration.page(at: $0))metrics") }
        var router = HTTPRouter([
            HTTPRoute("GET", "/healthz", "Whether the broker lives.", isOpen: true) { _ in .json(["state": "running"]) },
            HTTPRoute("GET", "/metrics", "All metrics in Prometheus' text format.", type: "text/plain") { _ in
                .text(broker.metrics.prometheusText, type: "text/plain; version=0.0.4; charset=utf-8")
            },
        ])
        let description = router.openAPI(title: "broker", version: "1")
        router.routes.append(HTTPRoute("GET", "/openapi.json", "This description.") { _ in .json(description) })
        try self.init(router, configuration: configuration) { console.warning($0, about: "HTTP") }
    }
}
