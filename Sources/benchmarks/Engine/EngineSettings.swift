import Foundation
import Millrace
import MillraceCommandLine

/// What the environment says about a run of `benchmarks engine` (section 6 of the workloads' definition).
struct EngineSettings: Sendable {
    let workload: EngineWorkload
    let bootstrap: BrokerAddress
    let applicationID: String
    let inputs: [String]
    let output: String
    let guarantee: ProcessingGuarantee
    let commitInterval: Duration
    /// The store cache; nil for the workload's own.
    let cacheBytes: Int?
    /// Where local state is kept; nil for none.
    let stateDirectory: String?
    /// Whether stores were asked to be on disk.
    let wantsPersistentStores: Bool

    /// Reads the variables. Throws `UsageError` that names the one that is missing or wrong.
    init(_ environment: [String: String]) throws {
        func value(_ name: String) throws -> String {
            guard let value = environment[name], !value.isEmpty else {
                throw UsageError("the environment variable \(name) is missing")
            }
            return value
        }
        func number(_ name: String) throws -> Int? {
            guard let text = environment[name], !text.isEmpty else { return nil }
            guard let number = Int(text), number >= 0 else { throw UsageError("\(name) is \"\(text)\", not a number") }
            return number
        }
        let name = try value("BENCH_WORKLOAD")
        guard let workload = EngineWorkload(rawValue: name) else {
            let known = EngineWorkload.allCases.map(\.rawValue).joined(separator: ", ")
            throw UsageError("BENCH_WORKLOAD is \"\(name)\", not one of \(known)")
        }
        self.workload = workload
        do {
            bootstrap = try BrokerAddress(parsing: try value("BENCH_BOOTSTRAP"))
        } catch let error as ValueError {
            throw UsageError("BENCH_BOOTSTRAP: \(error)")
        }
        applicationID = try value("BENCH_APP_ID")
        inputs = try value("BENCH_INPUT").split(separator: ",").map(String.init)
        guard inputs.count == workload.inputCount else {
            throw UsageError("BENCH_INPUT names \(inputs.count) topics; \(name) reads \(workload.inputCount)")
        }
        output = environment["BENCH_OUTPUT"] ?? ""
        guard workload == .restore || !output.isEmpty else {
            throw UsageError("the environment variable BENCH_OUTPUT is missing")
        }
        switch environment["BENCH_GUARANTEE"] ?? "at_least_once" {
        case "at_least_once": guarantee = .atLeastOnce
        case "exactly_once_v2": guarantee = .exactlyOnce
        case let other: throw UsageError("BENCH_GUARANTEE is \"\(other)\", not at_least_once or exactly_once_v2")
        }
        commitInterval = .milliseconds(try number("BENCH_COMMIT_MS") ?? 1000)
        cacheBytes = try number("BENCH_CACHE_BYTES")
        stateDirectory = environment["BENCH_STATE_DIR"].flatMap { $0.isEmpty ? nil : $0 }
        wantsPersistentStores = environment["BENCH_STORE"] == "rocksdb"
    }
}

/// The workloads that an engine can be asked for.
enum EngineWorkload: String, CaseIterable, Sendable {
    case ysb, clicks, passthrough, keycount, join, restore, latency

    /// The workload whose topology it has; nil for `restore`, which has its own.
    var workload: Workload? {
        switch self {
        case .ysb: .ysb
        case .clicks, .latency: .clicks
        case .passthrough: .passthrough
        case .keycount: .keycount
        case .join: .join
        case .restore: nil
        }
    }

    /// The number of input topics.
    var inputCount: Int { workload?.inputs.count ?? 1 }

    /// The store cache if none is given.
    var cacheBytes: Int { self == .latency ? 0 : workload?.cacheBytes ?? 0 }
}
