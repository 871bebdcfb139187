import Foundation
import MillraceCommandLine

/// The medians of runs as a table.
struct WireReport {
    let runs: [WireRun]

    var text: String {
        var table = TextTable([
            "direction", "bytes", "client", "records/s", "MB/s", "client CPU s", "server CPU s", "to librdkafka",
            "CPU to librdkafka",
        ])
        for direction in WireRun.Direction.allCases {
            for size in Set(runs.map(\.recordSize)).sorted() {
                let reference = runs.filter {
                    $0.direction == direction && $0.recordSize == size && $0.client == .librdkafka
                }
                for client in WireClient.allCases {
                    let runs = runs.filter {
                        $0.direction == direction && $0.recordSize == size && $0.client == client
                    }
                    guard let first = runs.first else { continue }
                    let rate = median(runs, \.recordsPerSecond)
                    let hasRatio = client != .librdkafka && !reference.isEmpty
                    table.add([
                        direction.rawValue, "\(size)", client.rawValue, Figures.count(Int(rate)),
                        "\(Int(rate * Double(first.figures.bytes) / Double(first.figures.records) / 1_000_000))",
                        decimal(median(runs, \.figures.cpuSeconds)),
                        first.serverCPUSeconds == nil ? "-" : decimal(median(runs, serverCPU)),
                        hasRatio ? decimal(rate / median(reference, \.recordsPerSecond)) : "",
                        hasRatio ? decimal(median(runs, cpu) / median(reference, cpu)) : "",
                    ])
                }
            }
        }
        return table.text()
    }

    private func serverCPU(_ run: WireRun) -> Double { run.serverCPUSeconds ?? 0 }

    /// Of both sides.
    private func cpu(_ run: WireRun) -> Double { run.figures.cpuSeconds + serverCPU(run) }

    private func median(_ runs: [WireRun], _ value: (WireRun) -> Double) -> Double {
        let sorted = runs.map(value).sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    private func decimal(_ value: Double) -> String { String(format: "%.2f", value) }
}
