import KafkaProtocol
import Testing

@testable import Millrace

/// A key-value store on both engines against a sorted dictionary, with changes, walks, flushes, commits, restarts and crashes at
/// random. On disk there is so little memory that most rows are not in it.
@Suite(.enabled(if: hasRocksDB, "RocksDB is not installed (apt-get install librocksdb7.8)"))
struct KeyValueModelTests {
    typealias Row = (value: String, timestamp: Int64)

    @Test(arguments: StoreEngine.allCases, 0..<12 as Range<UInt64>)
    func `a store does what a sorted dictionary does`(_ engine: StoreEngine, _ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var subject = try StoreUnderTest(engine, .rows) {
            KeyValueStore(name: "s", key: .string, value: .string, changelog: $0, context: $1)
        }
        var model: [String: Row] = [:]
        for time in 0..<3000 as Range<Int64> {
            let key = Self.key(&random)
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<35:
                let value = String(repeating: "v", count: Int.random(in: 0..<60, using: &random)) + "\(time)"
                try subject.store.put(key, value, timestamp: time)
                model[key] = (value, time)
            case 35..<45:
                try subject.store.put(key, nil, timestamp: time)
                model[key] = nil
            case 45..<60:
                try subject.store.update(key, headers: []) { row in
                    #expect(row?.value == model[key]?.value)
                    return ("\(row?.value.count ?? -1)", time)
                }
                model[key] = ("\(model[key]?.value.count ?? -1)", time)
            case 60..<78:
                let found = subject.store.get(key)
                #expect(found?.value == model[key]?.value)
                #expect(found?.timestamp == model[key]?.timestamp)
            case 78..<84: try expectWalk(subject.store, model, &random)
            case 84..<86: try changeDuringWalk(subject.store, &model, time, &random)
            case 86..<93: try subject.store.flush()
            case 93..<97: try subject.commit()
            case 97..<98:
                try subject.commit()
                try subject.restart()
            case 98:
                try subject.commit()
                try subject.crash()
            default:
                #expect(subject.store.all.map(\.key).sorted(by: Self.isBefore) == model.keys.sorted(by: Self.isBefore))
            }
        }
        try expectWalk(subject.store, model, &random)
        try subject.commit()
        #expect(engine == .memory ? subject.store.table.count == model.count : subject.store.table.count < model.count)
    }

    static func isBefore(_ a: String, _ b: String) -> Bool { Bytes(utf8: a) < Bytes(utf8: b) }

    static func key(_ random: inout SeededRandom) -> String {
        let number = Int.random(in: 0..<400, using: &random)
        return Bool.random(using: &random) ? "k\(number)" : "key-\(number / 10)-of-some-length"
    }

    /// What a walk over random bounds gives.
    private func expectWalk(_ store: KeyValueStore<String, String>, _ model: [String: Row], _ random: inout SeededRandom) throws {
        let (bounds, isWithin) = Self.bounds(&random)
        let wanted = model.keys.filter(isWithin).sorted(by: Self.isBefore)
        let isReversed = Bool.random(using: &random)
        let rows = isReversed ? store.rows(bounds).reversed() : store.rows(bounds)
        let found = Array(rows)
        #expect(found.map(\.key) == (isReversed ? wanted.reversed() : wanted))
        #expect(found.allSatisfy { model[$0.key]?.value == $0.value && model[$0.key]?.timestamp == $0.timestamp })
    }

    /// Rows that are deleted meanwhile do not show, those that are changed do as they are then, and new ones do not.
    private func changeDuringWalk(
        _ store: KeyValueStore<String, String>, _ model: inout [String: Row], _ time: Int64, _ random: inout SeededRandom
    ) throws {
        let (bounds, isWithin) = Self.bounds(&random)
        var left = model.keys.filter(isWithin).sorted(by: Self.isBefore)
        let isReversed = Bool.random(using: &random)
        if isReversed { left.reverse() }
        for row in isReversed ? store.rows(bounds).reversed() : store.rows(bounds) {
            left.removeAll { $0 != row.key && model[$0] == nil }
            #expect(left.first == row.key)
            if !left.isEmpty { left.removeFirst() }
            #expect(model[row.key]?.value == row.value)
            guard let other = model.keys.sorted().randomElement(using: &random) else { continue }
            if Bool.random(using: &random) {
                try store.put(other, nil, timestamp: time)
                model[other] = nil
            } else {
                try store.put(other, "changed \(time)", timestamp: time)
                model[other] = ("changed \(time)", time)
            }
            if Int.random(in: 0..<4, using: &random) == 0 { try store.flush() }
        }
        left.removeAll { model[$0] == nil }
        #expect(left.isEmpty)
    }

    static func bounds(_ random: inout SeededRandom) -> (RowBounds, (String) -> Bool) {
        switch Int.random(in: 0..<3, using: &random) {
        case 0: return (RowBounds(), { _ in true })
        case 1:
            let prefix = Bytes(utf8: "k\(Int.random(in: 0..<40, using: &random))")
            return (RowBounds(prefix: prefix), { $0.utf8.starts(with: prefix.array) })
        default:
            let (first, last) = (Bytes(utf8: key(&random)), Bytes(utf8: key(&random)))
            return (RowBounds(from: first, through: last), { !(Bytes(utf8: $0) < first) && !(last < Bytes(utf8: $0)) })
        }
    }
}
