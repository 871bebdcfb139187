import KafkaProtocol
import MillraceTestSupport
import Testing

@testable import Millrace

/// Changelogs in which a number of any width stands at any place of a key or a value, and records of all times: a store takes
/// them up or says that it cannot read them, and works on.
@Suite(.timeLimit(.minutes(5))) struct RestoreBoundaryTests {
    @Test(arguments: BoundaryCase.Operator.allCases, boundarySeeds)
    func `a store is restored from whatever its changelog holds`(_ kind: BoundaryCase.Operator, _ seed: UInt64) async throws {
        var random = SeededRandom(seed: seed &* 77 &+ UInt64(kind.rawValue))
        var restored = 0
        var cases = 0
        while cases < 10 {
            let made = BoundaryCase(kind, &random)
            guard let topology = try? made.topology() else { continue }
            cases += 1
            let collector = MemoryCollector()
            let task = try StreamTask.make(topology, collector, onBadRecord: .skip)
            try work(task, made)
            let changelog = collector.written.filter { $0.topic.hasPrefix("app-") && $0.topic.hasSuffix("-changelog") }
            guard !changelog.isEmpty else { continue }
            for _ in 0..<20 {
                await Task.yield()
                let next = try StreamTask.make(topology, MemoryCollector(), onBadRecord: .skip)
                let damaged = Int.random(in: changelog.indices, using: &random)
                for (index, record) in changelog.enumerated() {
                    let (key, value, time) = index == damaged ? change(record, &random) : (record.key, record.value, record.timestamp)
                    do {
                        try next.restore(
                            store: String(record.topic.dropFirst(4).dropLast(10)), key: key ?? Bytes(), value: value,
                            timestamp: time, headers: record.headers)
                        restored += 1
                    } catch {
                        #expect(index == damaged, "\(kind) \(record.topic): \(error)")
                    }
                }
                try work(next, made)
            }
        }
        // Not all have a store in the first sub-topology; that of `versioned` is the same as that of `tableJoin`.
        #expect(restored > 0 || [.plain, .schedules, .versioned].contains(kind))
    }

    /// Puts the case's records through a task, and all that is held back.
    private func work(_ task: StreamTask, _ made: BoundaryCase) throws {
        for (number, record) in made.records.enumerated() {
            let batch = try batch(at: Int64(number), [(record.key, record.value, record.time)])
            task.feed(record.topic, batch)
            for index in task.inputs.indices { task.inputs[index].isAtEnd = true }
            _ = try task.process(limit: 10)
        }
        try task.flush()
    }

    /// A record with a boundary value somewhere in its key, its value, or as its time.
    private func change(
        _ record: (topic: String, key: Bytes?, value: Bytes?, timestamp: Int64, headers: [RecordHeader]),
        _ random: inout SeededRandom
    ) -> (Bytes?, Bytes?, Int64) {
        func put(_ bytes: Bytes?) -> Bytes? {
            guard let bytes, bytes.count > 0 else { return bytes }
            let width = [1, 2, 4, 8].filter { $0 <= bytes.count }.randomElement(using: &random) ?? 1
            let value = Int64.boundaryValues.randomElement(using: &random) ?? 0
            var changed = bytes.array
            let place = Int.random(in: 0...bytes.count - width, using: &random)
            for index in 0..<width { changed[place + index] = UInt8(truncatingIfNeeded: value >> (8 * Int64(width - 1 - index))) }
            return Bytes(changed)
        }
        switch Int.random(in: 0..<3, using: &random) {
        case 0: return (put(record.key), record.value, record.timestamp)
        case 1: return (record.key, put(record.value), record.timestamp)
        default: return (record.key, record.value, Int64.boundaryValues.randomElement(using: &random) ?? 0)
        }
    }
}
