import Millrace

/// One of the workloads: its data, its topology, and what must come out.
struct Workload: Sendable {
    /// The name on the command line.
    let name: String
    /// One sentence for the help.
    let summary: String
    /// The input topics, by position in the arguments of `topology`.
    let inputs: [DataSet]
    /// The store cache in bytes.
    let cacheBytes: Int
    /// Builds the topology.
    let topology: @Sendable (_ inputs: [String], _ output: String) throws -> Topology
    /// What to read for the result: each with the topic's name for an application and an output topic.
    let results: [ExpectedResult]
    /// Kafka Streams on the same workload, if that was measured.
    var reference: Reference?

    /// The number of records that are counted as input.
    func records(at scale: Scale) -> Int { inputs.reduce(0) { $0 + ($1.isSideTable ? 0 : $1.count(at: scale)) } }

    /// All workloads that are measured in one process with the broker.
    static let all: [Workload] = [.ysb, .clicks, .passthrough, .keycount, .join]
}

/// What a topic must hold after a run.
struct ExpectedResult: Sendable {
    /// What the result is called.
    let name: String
    /// The topic, from the application's id and the output topic.
    let topic: @Sendable (_ applicationID: String, _ output: String) -> String
    let kind: ResultKind
    /// The checksum at a scale, nil if it is not known. Asked for when the run is over.
    let expected: @Sendable (Scale) throws -> Checksum?

    /// A result in the output topic.
    static func output(_ name: String, _ kind: ResultKind, full: Checksum, fiftieth: Checksum) -> ExpectedResult {
        ExpectedResult(
            name: name, topic: { _, output in output }, kind: kind,
            expected: { [Scale.full: full, .fiftieth: fiftieth][$0] })
    }
}

/// Kafka Streams' figures for a workload: medians on two cores of an AMD EPYC, at-least-once, stores in memory where there
/// are stores (`shared/benchmarks/REFERENCE.md`, "Medians, throughput"; Kafka Streams 4.0, its broker's CPU not counted).
struct Reference: Sendable {
    /// Records a second from the start of the process.
    let recordsPerSecond: Double
    /// Records per CPU second of the engine alone.
    let recordsPerCPUSecond: Double
    /// Peak resident memory in MB.
    let peakMegabytes: Double
    /// From the start of the process to the first output record.
    let firstOutputSeconds: Double
}
