/// The figures of one run.
struct Measurement: Codable, Sendable {
    var workload: String
    var scale: Scale
    /// Input records.
    var records: Int
    /// From the start of the process, broker and topics included, to the last commit.
    var seconds: Double
    /// User and system time of the whole process, its broker included, from its start to the last commit.
    var cpuSeconds: Double
    /// The peak of resident memory until the end of the run, in MB (10^6 bytes).
    var peakMegabytes: Double
    /// From the start of the process to the first record in the output topic; nil if there is none.
    var firstOutputSeconds: Double?
    /// Resident memory that came with the restored rows, in bytes by their number; nil if nothing is restored.
    var bytesPerRow: Double?
    /// What the results are, by their names.
    var results: [String: String]
    /// What is wrong with them; empty if nothing is.
    var faults: [String]

    var recordsPerSecond: Double { Double(records) / seconds }
    var recordsPerCPUSecond: Double { Double(records) / cpuSeconds }
}

extension [Measurement] {
    /// The measurement with the median of each figure.
    func median(_ value: (Measurement) -> Double) -> Double {
        let sorted = map(value).sorted()
        guard !sorted.isEmpty else { return 0 }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}
