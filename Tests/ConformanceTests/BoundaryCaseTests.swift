import Foundation
import MillraceTestSupport
import Testing

@testable import conformance

/// Recorded cases of all kinds each number of which is, in turn, at the ends of its range and at those of its neighbours':
/// sizes, grace, retention, limits, times and values. What comes out must come without a trap, and be the same with
/// restarts, or the case is refused.
@Suite(.timeLimit(.minutes(5))) struct BoundaryCaseTests {
    /// One case of each kind, another one for each seed.
    static let cases: [CaseFile] = boundarySeeds.flatMap { seed -> [CaseFile] in
        let kinds = Dictionary(grouping: ConformanceTests.cases) { $0.file.deletingLastPathComponent().lastPathComponent }
        return kinds.sorted { $0.key < $1.key }.map { $0.value[Int(seed) % $0.value.count] }
    }

    @Test(arguments: cases) func `a topology takes numbers of all sizes`(_ file: CaseFile) async throws {
        let json = try JSONDecoder().decode(JSONValue.self, from: Data(contentsOf: file.file))
        // Of the input the first records will do.
        let numbers = json.integers.filter { path in
            switch path.first {
            case .field("topology"), .field("config"): true
            case .field("input"): [0, 1, 2, 5].contains { path.starts(with: [.field("input"), .element($0)]) }
            default: false
            }
        }
        #expect(!numbers.isEmpty)
        var random = RandomCase(seed: UInt64(numbers.count))
        var ran = 0
        for path in numbers {
            // The ends, and some in between.
            for value in [Int64.min, -1, 0, .max] + (0..<2).map({ _ in random.pick(Int64.boundaryValues) }) {
                await Task.yield()
                var changed = json.replacing(path[...], by: value)
                if random.below(3) == 0 { changed = changed.replacing(random.pick(numbers)[...], by: random.pick(Int64.boundaryValues)) }
                guard let output = try? ConformanceCase(Fields(changed, "the case")).run() else { continue }
                ran += 1
                let restarted = try ConformanceCase(Fields(changed, "the case")).run(restarts: true)
                #expect(output == restarted, "\(path) = \(value)")
            }
        }
        #expect(ran > 0)
    }
}

/// A step on the way to a value within a JSON text.
private enum PathStep: Hashable {
    case field(String)
    case element(Int)
}

extension JSONValue {
    /// The ways to all integers.
    fileprivate var integers: [[PathStep]] {
        switch self {
        case .integer: [[]]
        case .array(let list): list.enumerated().flatMap { index, value in value.integers.map { [.element(index)] + $0 } }
        case .object(let fields):
            fields.sorted { $0.key < $1.key }.flatMap { name, value in value.integers.map { [.field(name)] + $0 } }
        default: []
        }
    }

    /// The same with another integer there.
    fileprivate func replacing(_ path: ArraySlice<PathStep>, by value: Int64) -> JSONValue {
        switch (self, path.first) {
        case (.array(var list), .element(let index)?):
            list[index] = list[index].replacing(path.dropFirst(), by: value)
            return .array(list)
        case (.object(var fields), .field(let name)?):
            fields[name] = fields[name]?.replacing(path.dropFirst(), by: value)
            return .object(fields)
        default: return .integer(value)
        }
    }
}
