extension MetricSnapshot {
    /// The metrics in Prometheus' text format, version 0.0.4.
    ///
    /// `process-total` of `stream-task-metrics` is called `kafka_stream_task_metrics_process_total`; a distribution is a summary.
    public var prometheusText: String {
        var families: [MetricDescriptor: [Metric]] = [:]
        var order: [MetricDescriptor] = []
        for metric in metrics {
            if families[metric.descriptor] == nil { order.append(metric.descriptor) }
            families[metric.descriptor, default: []].append(metric)
        }
        var text = ""
        for descriptor in order {
            let name = descriptor.prometheusName
            text += "# HELP \(name) \(descriptor.summary.replacing("\\", with: "\\\\").replacing("\n", with: "\\n"))\n"
            text += "# TYPE \(name) \(descriptor.kind == .distribution ? "summary" : descriptor.kind.rawValue)\n"
            for metric in families[descriptor] ?? [] {
                switch metric.value {
                case .number(let value): text += Self.line(name, metric.tags, value)
                case .distribution(let value):
                    for quantile in value.quantiles {
                        text += Self.line(name, metric.tags + [MetricTag("quantile", "\(quantile.part)")], quantile.value)
                    }
                    text += Self.line(name + "_sum", metric.tags, value.sum)
                    text += Self.line(name + "_count", metric.tags, Double(value.count))
                }
            }
        }
        return text
    }

    private static func line(_ name: String, _ tags: [MetricTag], _ value: Double) -> String {
        let labels = tags.map { "\(legal($0.name))=\"\(escaped($0.value))\"" }.joined(separator: ",")
        return "\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(text(value))\n"
    }

    private static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return Int64(exactly: value).map { "\($0)" } ?? "\(value)"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    /// A name of letters, digits and underscores.
    static func legal(_ name: String) -> String {
        String(
            String.UnicodeScalarView(
                name.unicodeScalars.map { scalar in
                    switch scalar {
                    case "a"..."z", "A"..."Z", "0"..."9", "_": scalar
                    default: "_"
                    }
                }))
    }
}

extension MetricDescriptor {
    /// The name in Prometheus' text.
    public var prometheusName: String { "kafka_" + MetricSnapshot.legal("\(group)_\(name)") }
}
