import KafkaProtocol
import Testing

@testable import Millrace

/// Stores of waiting records and of subscriptions on both engines, with commits, restarts and crashes at random.
@Suite(.enabled(if: hasRocksDB, "RocksDB is not installed (apt-get install librocksdb7.8)"))
struct WaitingModelTests {
    typealias Store = JoinWaitingStore<String, String, String>

    static func make(_ changelog: ChangelogWriter?) -> Store {
        Store(name: "s", key: .string, left: .string, right: .string, changelog: changelog)
    }

    /// What leaves, and when to look again.
    static func release(_ store: Store, before limit: Int64, _ otherLimit: Int64) throws -> ([String], Int64) {
        var sent: [String] = []
        let next = try store.release(
            leftLimit: limit, rightLimit: otherLimit, at: limit, sendLeft: { sent.append("\($0) \($1) \($2) left") },
            sendRight: { sent.append("\($0) \($1) \($2) right") })
        return (sent, next)
    }

    /// A list of what waits says what leaves in which order; a store in memory that never restarts, when to look again.
    @Test(arguments: StoreEngine.allCases, 0..<16 as Range<UInt64>)
    func `waiting records leave as from a list`(_ engine: StoreEngine, _ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var subject = try StoreUnderTest(engine, .waiting) { changelog, _ in Self.make(changelog) }
        let other = Self.make(nil)
        var waiting: [(time: Int64, isLeft: Bool, key: String, value: String)] = []
        // In some runs one side waits for long, in some there is next to nothing on one.
        let (lag, share) = (Int64.random(in: 0..<3, using: &random) * 600, Int.random(in: 1..<10, using: &random))
        for number in 0..<3000 as Range<Int64> {
            let key = "k\(Int.random(in: 0..<20, using: &random))"
            let time = max(0, number / 2 - Int64.random(in: 0..<100, using: &random)) / 3 * 3
            let isLeft = Int.random(in: 0..<10, using: &random) < share
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<70:
                waiting.append((time, isLeft, key, "\(number)"))
                for store in [subject.store, other] {
                    if isLeft {
                        try store.left.insert(key, "\(number)", timestamp: time)
                    } else {
                        try store.right.insert(key, "\(number)", timestamp: time)
                    }
                }
            case 70..<85:
                waiting.removeAll { $0.time == time && $0.isLeft == isLeft && $0.key == key }
                for store in [subject.store, other] {
                    if isLeft {
                        try store.left.remove(key, timestamp: time, at: number)
                    } else {
                        try store.right.remove(key, timestamp: time, at: number)
                    }
                }
            case 85..<90:
                let (limit, otherLimit) = (number / 2 - 100, number / 2 - 100 - lag)
                let leaves = waiting.filter { $0.time < ($0.isLeft ? limit : otherLimit) }.sorted { a, b in
                    if a.time != b.time { return a.time < b.time }
                    if a.isLeft != b.isLeft { return b.isLeft }
                    if a.key != b.key { return KeyValueModelTests.isBefore(a.key, b.key) }
                    return (Int(a.value) ?? 0) < (Int(b.value) ?? 0)
                }
                waiting.removeAll { $0.time < ($0.isLeft ? limit : otherLimit) }
                let found = try Self.release(subject.store, before: limit, otherLimit)
                #expect(found.0 == leaves.map { "\($0.key) \($0.value) \($0.time) \($0.isLeft ? "left" : "right")" })
                #expect(found.1 == (try Self.release(other, before: limit, otherLimit)).1)
            case 90..<97: try subject.commit()
            default:
                try subject.commit()
                if Bool.random(using: &random) { try subject.restart() } else { try subject.crash() }
            }
            if engine == .rocksDB, number % 100 == 0 {
                try subject.commit()
                #expect(subject.store.left.entries.count <= 64 && subject.store.right.entries.count <= 64)
            }
        }
    }

    @Test(arguments: StoreEngine.allCases, 0..<8 as Range<UInt64>)
    func `subscriptions are found by what they refer to`(_ engine: StoreEngine, _ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var subject = try StoreUnderTest(engine, .rows) { changelog, _ in
            SubscriptionStore<String, String>(name: "s", foreignKey: .string, key: .string, changelog: changelog)
        }
        var model: [String: [String: Int32]] = [:]
        for number in 0..<2000 as Range<Int32> {
            let foreignKey = TimedModelTests.key(&random)
            let key = TimedModelTests.key(&random)
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<50:
                model[foreignKey, default: [:]][key] = number
                let subscription = Subscription(instruction: .join, key: key, hash: nil, partition: number)
                try subject.store.put(foreignKey, key, subscription, timestamp: 0)
            case 50..<75:
                model[foreignKey]?[key] = nil
                try subject.store.put(foreignKey, key, nil, timestamp: 0)
            case 75..<90:
                var found: [String] = []
                try subject.store.forEachSubscriber(of: foreignKey) { found.append("\($0.key) \($0.partition)") }
                let wanted = (model[foreignKey] ?? [:]).sorted { KeyValueModelTests.isBefore($0.key, $1.key) }
                #expect(found == wanted.map { "\($0.key) \($0.value)" })
            case 90..<97: try subject.commit()
            default:
                try subject.commit()
                if Bool.random(using: &random) { try subject.restart() } else { try subject.crash() }
            }
        }
    }
}
