import KafkaProtocol
import Testing

@testable import KafkaBroker

/// Random appends, repeated batches, transactions, reopenings with and without a crash, deletions, rolls and
/// compactions, compared with a simple model after each.
@Suite struct LogModelTests {
    private struct Model {
        struct Entry: Equatable {
            var offset: Int64
            var value: String
            var producer: Int64
            var isTransactional: Bool
            /// nil while the transaction is open.
            var isCommitted: Bool?
        }

        var entries: [Entry] = []
        var end: Int64 = 0
        var start: Int64 = 0
        var sequences: [Int64: Int32] = [:]
        var last: [Int64: (values: [String], sequence: Int32, offset: Int64)] = [:]
        var open: [Int64: Int64] = [:]

        var stable: Int64 { max(start, open.values.min() ?? end) }
        var visible: [String] { entries.filter { $0.offset >= start }.map { "\($0.offset):\($0.value)" } }
        var committed: [String] {
            entries.filter { $0.offset >= start && $0.offset < stable && $0.isCommitted == true }
                .map { "\($0.offset):\($0.value)" }
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `the log does what a simple model does`(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        try withDirectory { root in
            let configuration = settings {
                $0.segmentBytes = [300, 700, 2000].randomElement(using: &random) ?? 300
                $0.indexIntervalBytes = [0, 100, 1000].randomElement(using: &random) ?? 0
                $0.retentionMs = -1
            }
            var log = try openLog(root, configuration)
            var model = Model()
            for step in 0..<150 {
                try act(step, &log, &model, root, configuration, &random)
                #expect(log.highWatermark == model.end)
                #expect(log.lastStableOffset == model.stable)
                #expect(log.logStartOffset == model.start)
                if step % 10 == 0 { try compare(log, model, &random) }
            }
            try compare(log, model, &random)
        }
    }

    private func compare(_ log: PartitionLog, _ model: Model, _ random: inout SeededGenerator) throws {
        let maxBytes = Int.random(in: 1...2000, using: &random)
        #expect(try log.all(maxBytes: maxBytes).map { "\($0.offset):\($0.value ?? "")" } == model.visible)
        #expect(
            try log.all(maxBytes: maxBytes, isolation: .readCommitted).map { "\($0.offset):\($0.value ?? "")" }
                == model.committed)
        guard model.start < model.end else { return }
        let offset = Int64.random(in: model.start..<model.end, using: &random)
        #expect(
            try log.all(from: offset, maxBytes: maxBytes).map(\.offset)
                == model.entries.map(\.offset).filter { $0 >= offset })
    }

    private func act(
        _ step: Int, _ log: inout PartitionLog, _ model: inout Model, _ root: String, _ configuration: LogConfiguration,
        _ random: inout SeededGenerator
    ) throws {
        let producer = Int64.random(in: 1...3, using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<25:
            let values = (0..<Int.random(in: 1...5, using: &random)).map { "s\(step).\($0)" }
            let result = try log.append(batch(values, timestamp: Int64(step)), now: Int64(step))
            record(values, result, producer: -1, transactional: false, &model)
        case 25..<60:
            let values = (0..<Int.random(in: 1...5, using: &random)).map { "p\(producer).\(step).\($0)" }
            let transactional = producer != 1
            let sequence = model.sequences[producer] ?? 0
            let result = try log.append(
                batch(
                    values, timestamp: Int64(step), producer: producer, sequence: sequence, transactional: transactional
                ),
                now: Int64(step))
            #expect(!result.duplicate)
            model.sequences[producer] = sequence + Int32(values.count)
            model.last[producer] = (values, sequence, result.baseOffset)
            record(values, result, producer: producer, transactional: transactional, &model)
        case 60..<68:
            guard let last = model.last[producer] else { return }
            let result = try log.append(
                batch(last.values, producer: producer, sequence: last.sequence, transactional: producer != 1),
                now: Int64(step))
            #expect(result.duplicate && result.baseOffset == last.offset)
        case 68..<80:
            guard producer != 1 else { return }
            let commit = Bool.random(using: &random)
            let result = try log.appendControl(
                commit: commit, producerId: producer, producerEpoch: 0, coordinatorEpoch: 0, now: Int64(step))
            #expect(result.baseOffset == model.end)
            model.end += 1
            model.open[producer] = nil
            for place in model.entries.indices
            where model.entries[place].producer == producer && model.entries[place].isCommitted == nil {
                model.entries[place].isCommitted = commit
            }
        case 80..<86:
            try log.close()
            log = try openLog(root, configuration, now: Int64(step))
        case 86..<92:
            // A crash: the old log is simply let go.
            log = try openLog(root, configuration, now: Int64(step))
        case 92..<95:
            try log.maintain(now: Int64(step))
        case 95..<97:
            try log.flush()
        default:
            let target = Int64.random(in: model.start...max(model.start, model.end - model.end / 4), using: &random)
            #expect(try log.deleteRecords(before: target) == target)
            model.start = target
        }
    }

    private func record(
        _ values: [String], _ result: PartitionLog.AppendResult, producer: Int64, transactional: Bool,
        _ model: inout Model
    ) {
        #expect(result.baseOffset == model.end)
        for value in values {
            model.entries.append(
                .init(
                    offset: model.end, value: value, producer: producer, isTransactional: transactional,
                    isCommitted: transactional ? nil : true))
            model.end += 1
        }
        if transactional, model.open[producer] == nil { model.open[producer] = result.baseOffset }
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func `compaction keeps what a table of the topic holds`(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        try withDirectory { root in
            let configuration = settings {
                $0.cleanupPolicy = .compact
                $0.segmentBytes = [300, 1000].randomElement(using: &random) ?? 300
                $0.indexIntervalBytes = 100
                $0.deleteRetentionMs = 20
                $0.minCleanableDirtyRatio = 0.1
            }
            var log = try openLog(root, configuration)
            var table: [String: String] = [:]
            for step in 0..<300 {
                let records = (0..<Int.random(in: 1...4, using: &random)).map { number -> (String?, String?) in
                    let key = "k\(Int.random(in: 0..<20, using: &random))"
                    let value = Int.random(in: 0..<4, using: &random) == 0 ? nil : "v\(step).\(number)"
                    return (key, value)
                }
                let sequence = Int32(log.highWatermark)
                try log.append(
                    batch(records, timestamp: Int64(step), producer: 1, sequence: sequence), now: Int64(step))
                for (key, value) in records { table[key ?? ""] = value }
                switch Int.random(in: 0..<20, using: &random) {
                case 0: try log.maintain(now: Int64(step))
                case 1: try log.compact(now: Int64(step), force: true)
                case 2: log = try openLog(root, configuration, now: Int64(step))
                case 3:
                    try log.close()
                    log = try openLog(root, configuration, now: Int64(step))
                default: continue
                }
                var found: [String: String] = [:]
                for record in try log.all() { found[record.key ?? ""] = record.value }
                #expect(found == table, "step \(step)")
            }
        }
    }
}
