import Foundation
import KafkaProtocol
import Millrace
import MillraceTesting

/// How a case ended.
enum Outcome: Equatable, Sendable {
    case passed
    /// What was expected and what came, in lines.
    case failed([String])
}

extension Outcome {
    /// Runs the case or description in a file; with `restarts` the tasks start anew after each step of the input, from what they
    /// have in the state directory if there is one. With an engine, stores that can be are kept there on RocksDB.
    init(of file: URL, restarts: Bool = false, stateDirectory: String? = nil, engine: RowEngine? = nil) {
        do {
            let asked = try ConformanceCase(contentsOf: file)
            let text = file.deletingPathExtension().appendingPathExtension("txt")
            let lines =
                if FileManager.default.fileExists(atPath: text.path) {
                    try asked.differences(toDescription: String(contentsOf: text, encoding: .utf8))
                } else {
                    try asked.run(restarts: restarts, stateDirectory: stateDirectory, engine: engine)
                }
            self = lines.isEmpty ? .passed : .failed(lines)
        } catch {
            self = .failed(["\(error)"])
        }
    }
}

extension ConformanceCase {
    /// The text that describes the case's topology.
    func describe() throws -> String {
        try CaseTopology(statements, isOptimized: isOptimized).topology().describe().description
    }

    /// What is different from the expected description; nothing if it is equal.
    func differences(toDescription expected: String) throws -> [String] {
        let actual = try describe()
        return actual == expected ? [] : ["expected:"] + expected.lines + ["actual:"] + actual.lines
    }

    /// Sends the input through the topology; gives what is different from what was expected.
    func run(restarts: Bool = false, stateDirectory: String? = nil, engine: RowEngine? = nil) throws -> [String] {
        let build = try CaseTopology(statements, isOptimized: isOptimized)
        let driver = try TopologyTestDriver(
            build.topology(), cacheBytes: cacheBytes,
            stateDirectory: restarts || engine != nil ? stateDirectory : nil, engine: engine)
        var actual: [String: [CaseRecord]] = [:]
        for (step, action) in input.enumerated() {
            if restarts { try driver.restart() }
            switch action {
            case .record(let topic, let record):
                guard let types = build.inputs[topic] else { throw CaseError("step \(step): nothing reads \(topic)") }
                try driver.pipe(
                    topic, key: record.key.map { try types.key.serde.bytes(of: $0) },
                    value: record.value.map { try types.value.serde.bytes(of: $0) },
                    timestamp: record.timestamp ?? 0,
                    headers: record.headers.map { RecordHeader(key: $0[0], value: Bytes(utf8: $0[1])) })
            case .advanceWallClock(let time): try driver.advanceWallClock(by: .milliseconds(time))
            }
            for (topic, types) in build.outputs {
                actual[topic, default: []] += try driver.read(topic).map { record in
                    CaseRecord(
                        key: try record.key.map { try types.key.serde.decode($0) },
                        value: try record.value.map { try types.value.serde.decode($0) },
                        timestamp: record.timestamp,
                        headers: record.headers.map { [$0.key, $0.value?.string ?? "null"] }, step: step)
                }
            }
        }
        var lines: [String] = []
        for topic in Set(expected.keys).union(actual.keys).sorted() {
            lines += differences("topic \(topic)", expected: expected[topic] ?? [], actual: actual[topic] ?? [])
        }
        for (name, store) in expectedStores.sorted(by: { $0.key < $1.key }) {
            guard let content = build.stores[name]?(driver) else {
                lines.append("store \(name): there is none of kind \(store.kind)")
                continue
            }
            if content.kind != store.kind {
                lines.append("store \(name): expected kind \(store.kind), actual \(content.kind)")
            }
            lines += differences(
                "store \(name)", expected: store.entries,
                actual: content.entries.sorted { $0.comesBefore($1) })
        }
        for lookUp in versioned {
            let store = try driver.versionedStore(lookUp.store, key: Cell.self, value: Cell.self)
            let found = store.get(lookUp.key, asOf: lookUp.asOf ?? .max)
            // The end of a value's time is there only where the reference tells it.
            let validTo = lookUp.validTo == nil ? nil : found?.validTo
            if found?.value == lookUp.value, found?.timestamp == lookUp.timestamp, validTo == lookUp.validTo {
                continue
            }
            lines.append(
                "store \(lookUp.store) at \(lookUp.asOf.map(String.init) ?? "the end"): expected "
                    + "\(lookUp.value.text) from \(lookUp.timestamp ?? -1) to \(lookUp.validTo ?? -1), actual "
                    + "\((found?.value).text) from \(found?.timestamp ?? -1) to \(found?.validTo ?? -1)")
        }
        return lines
    }

    private func differences(_ place: String, expected: [CaseRecord], actual: [CaseRecord]) -> [String] {
        guard expected != actual else { return [] }
        return (0..<max(expected.count, actual.count)).flatMap { index -> [String] in
            let wanted = index < expected.count ? expected[index] : nil
            let found = index < actual.count ? actual[index] : nil
            if wanted == found { return ["\(place) [\(index)]          \(found?.description ?? "")"] }
            return [
                "\(place) [\(index)] expected \(wanted?.description ?? "nothing")",
                "\(place) [\(index)]   actual \(found?.description ?? "nothing")",
            ]
        }
    }
}

extension String {
    fileprivate var lines: [String] { split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" } }
}
