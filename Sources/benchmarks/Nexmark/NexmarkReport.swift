import Foundation
import MillraceCommandLine

/// The figures of queries, medians of their runs, beside Flink's.
struct NexmarkReport {
    let queries: [NexmarkQuery]
    let runs: [Measurement]

    var text: String {
        var table = TextTable([
            "query", "", "events/s", "events/CPU s", "CPU s", "peak MB", "Flink: events/s a core", "ratio", "result",
        ])
        for query in queries {
            let runs = runs.filter { $0.workload == query.name }
            let rate = runs.median(\.recordsPerCPUSecond)
            let faults = runs.flatMap(\.faults)
            table.add([
                query.name, query.summary, "\(Int(runs.median(\.recordsPerSecond)))", "\(Int(rate))",
                String(format: "%.2f", runs.median(\.cpuSeconds)), "\(Int(runs.median(\.peakMegabytes)))", "\(Int(query.flinkRate))",
                String(format: "%.1f", rate / query.flinkRate),
                runs.allSatisfy(\.results.isEmpty) ? "not checked" : faults.isEmpty ? "as expected" : faults.joined(separator: "; "),
            ])
        }
        return """
            \(table.text())
            CPU is that of the whole process, its broker included. Flink: what github.com/nexmark/nexmark publishes for version 1.13, on
            other machines; its events are made within the process, where these come from a topic on disk.

            """
    }
}
