import MillraceCommandLine

/// What a benchmark has measured.
struct BenchResult: Sendable {
    var records: Int
    /// Of keys and values.
    var bytes: Int
    var seconds: Double
    /// Of this process, with its broker if that is embedded.
    var cpuSeconds: Double
    /// From handing a batch over to its acknowledgement, in seconds, sorted; nil when there is none.
    var latencies: [Double]?

    private var recordsPerSecond: Double { seconds > 0 ? Double(records) / seconds : 0 }
    private var megabytesPerSecond: Double { seconds > 0 ? Double(bytes) / seconds / 1_000_000 : 0 }

    private var latencyFigures: [(name: String, milliseconds: Double)] {
        guard let latencies, !latencies.isEmpty else { return [] }
        func percentile(_ part: Double) -> Double {
            latencies[min(latencies.count - 1, Int(part * Double(latencies.count)))] * 1000
        }
        return [
            ("average", latencies.reduce(0, +) / Double(latencies.count) * 1000), ("p50", percentile(0.5)),
            ("p95", percentile(0.95)), ("p99", percentile(0.99)), ("p999", percentile(0.999)),
            ("max", (latencies.last ?? 0) * 1000),
        ]
    }

    /// Two or three lines to be read.
    var text: String {
        var text = """
            \(Figures.count(records)) records in \(rounded(seconds)) s: \(Figures.count(Int(recordsPerSecond))) records/s, \
            \(rounded(megabytesPerSecond)) MB/s
            \(rounded(cpuSeconds)) s of CPU in this process

            """
        let latency = latencyFigures
        if !latency.isEmpty {
            text +=
                "ms from batch to acknowledgement: "
                + latency.map { "\($0.name) \(rounded($0.milliseconds))" }.joined(separator: ", ") + "\n"
        }
        return text
    }

    /// The same as a line of JSON.
    var json: String {
        var fields = [
            "\"records\":\(records)", "\"bytes\":\(bytes)", "\"seconds\":\(seconds)", "\"cpuSeconds\":\(cpuSeconds)",
            "\"recordsPerSecond\":\(recordsPerSecond)", "\"megabytesPerSecond\":\(megabytesPerSecond)",
        ]
        let latency = latencyFigures
        if !latency.isEmpty {
            fields.append(
                "\"latencyMilliseconds\":{"
                    + latency.map { "\"\($0.name)\":\($0.milliseconds)" }.joined(separator: ",") + "}")
        }
        return "{\(fields.joined(separator: ","))}\n"
    }

    private func rounded(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
}
