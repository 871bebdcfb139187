import Foundation
import MillraceCommandLine

/// The figures of a workload's runs, beside Kafka Streams'.
struct Report {
    let name: String
    /// Kafka Streams on the same workload, if that was measured.
    let reference: Reference?
    let runs: [Measurement]

    /// A line for each run, then the medians.
    var text: String {
        let isOfStore = runs.contains { $0.bytesPerRow != nil }
        var table = TextTable([
            "run", "records/s", "records/CPU s", "CPU s", "peak MB", isOfStore ? "bytes a row" : "first output ms", "result",
        ])
        for (number, run) in runs.enumerated() {
            table.add([
                "\(number + 1)", "\(Int(run.recordsPerSecond))", "\(Int(run.recordsPerCPUSecond))",
                decimal(run.cpuSeconds),
                "\(Int(run.peakMegabytes))",
                (isOfStore ? run.bytesPerRow : run.firstOutputSeconds.map { $0 * 1000 }).map { "\(Int($0))" }
                    ?? "-",
                run.faults.isEmpty ? "as expected" : run.faults.joined(separator: "; "),
            ])
        }
        return "\(name): \(Figures.count(runs.first?.records ?? 0)) records\n\(table.text(indent: "  "))\n\(reference.map(medians) ?? "")"
    }

    private func medians(beside reference: Reference) -> String {
        let first = firstOutput
        var medians = TextTable(["median", "here", "Kafka Streams", "ratio"])
        func add(_ name: String, _ here: Double, _ there: Double, _ digits: Int = 0) {
            medians.add([name, decimal(here, digits), decimal(there, digits), decimal(here / there)])
        }
        add("records/s", runs.median(\.recordsPerSecond), reference.recordsPerSecond)
        add("records/CPU s (here with the broker)", runs.median(\.recordsPerCPUSecond), reference.recordsPerCPUSecond)
        add("peak memory MB (here with the broker)", runs.median(\.peakMegabytes), reference.peakMegabytes)
        if let first { add("first output s", first, reference.firstOutputSeconds, 3) }
        return """
            \(medians.text(indent: "  "))  Kafka Streams: medians of shared/benchmarks/REFERENCE.md, another machine of two cores.

            """
    }

    private var firstOutput: Double? {
        let known = runs.filter { $0.firstOutputSeconds != nil }
        return known.isEmpty ? nil : known.median { $0.firstOutputSeconds ?? 0 }
    }

    private func decimal(_ value: Double, _ digits: Int = 2) -> String { String(format: "%.\(digits)f", value) }
}
