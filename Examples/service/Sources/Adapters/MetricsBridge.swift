import CoreMetrics
public import Millrace
import MillraceMetrics
public import ServiceLifecycle

/// Hands the metrics of an application to swift-metrics, every ten seconds: gauges, called as in Prometheus' text, with their tags as
/// dimensions. Counters are gauges, too, as they begin anew with a task's life; a distribution is one for each of its quantiles.
public struct MetricsBridge: Service {
    private let application: StreamsApplication
    private let interval: Duration

    public init(_ application: StreamsApplication, every interval: Duration = .seconds(10)) {
        self.application = application
        self.interval = interval
    }

    /// Runs until it is cancelled, or the services are shut down.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: interval)) != nil {
                for metric in application.metrics.metrics { record(metric) }
            }
        }
    }

    private func record(_ metric: Metric) {
        let name = "kafka_\(metric.descriptor.group)_\(metric.descriptor.name)".map { $0 == "-" ? "_" : $0 }
        let dimensions = metric.tags.map { ($0.name, $0.value) }
        switch metric.value {
        case .number(let number): Gauge(label: String(name), dimensions: dimensions).record(number)
        case .distribution(let distribution):
            for quantile in distribution.quantiles {
                Gauge(label: String(name), dimensions: dimensions + [("quantile", "\(quantile.part)")]).record(quantile.value)
            }
        }
    }
}
