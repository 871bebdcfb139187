import KafkaClient
import KafkaProtocol
import Synchronization
import Testing

@testable import Millrace

/// Queries while instances come and go: an answer is right, or an error says why there is none.
@Suite struct QueryRebalanceTests {
    typealias Instance = RebalanceTests.Instance

    static func store(_ instance: Instance) throws -> ReadOnlyStore<String, Int64> {
        try instance.application.store("counts", key: String.self, value: Int64.self)
    }

    static func expected(_ records: [StreamsCluster.Input]) -> [String: Int64] {
        Counting.expected(records).compactMapValues { Int64($0) }
    }

    /// What came of queries.
    final class Tally: Sendable {
        private let counts = Mutex<[String: Int]>([:])
        func note(_ text: String) { counts.withLock { $0[text, default: 0] += 1 } }
        var all: [String: Int] { counts.withLock { $0 } }
    }

    /// Asks for all keys again and again until cancelled.
    static func ask(_ instance: Instance, _ expected: [String: Int64], _ tally: Tally) async throws {
        let store = try store(instance)
        while !Task.isCancelled {
            for (key, count) in expected {
                do throws(QueryError) {
                    let found = try await store[key]
                    tally.note(found == count ? "right" : "wrong")
                } catch {
                    tally.note("\(error.code)")
                }
            }
            do throws(QueryError) {
                for try await row in store.all() { tally.note(row.value == expected[row.key] ? "right row" : "wrong row") }
            } catch {
                tally.note("\(error.code)")
            }
            await Task.yield()
        }
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `answers are right, or errors say why there is none, while instances come and go`(
        _ guarantee: ProcessingGuarantee
    ) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 4, "out": 1])
                let stayer = try Instance(cluster, guarantee)
                let records = Counting.records(4000, seed: 21, partitions: 4)
                try await cluster.produce(records)
                let expected = Self.expected(records)
                let tally = Tally()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await stayer.application.run() }
                    await stayer.waitUntilRunning(8)
                    try await StandbyTests.allCommitted(cluster)
                    try await withThrowingTaskGroup(of: Void.self) { queries in
                        queries.addTask { try await Self.ask(stayer, expected, tally) }
                        for round in 1...2 {
                            let guest = try Instance(cluster, guarantee)
                            try await withThrowingTaskGroup(of: Void.self) { guests in
                                guests.addTask { try await guest.application.run() }
                                let asking = Task { try await Self.ask(guest, expected, tally) }
                                await guest.waitUntilRunning(4)
                                guest.application.stop()
                                try await guests.waitForAll()
                                asking.cancel()
                                try await asking.value
                            }
                            await stayer.waitUntilRunning(8 + 4 * round)
                        }
                        queries.cancelAll()
                    }
                    stayer.application.stop()
                    try await group.waitForAll()
                }
                let all = tally.all
                #expect(all["right"] ?? 0 > 0 && all["right row"] ?? 0 > 0, "\(all)")
                let allowed: Set = ["right", "right row", "notHere", "rebalancing", "behind", "stopped", "timedOut"]
                #expect(Set(all.keys).isSubset(of: allowed), "\(all)")
                #expect(all["notHere"] ?? 0 > 0, "\(all)")
            }
        }
    }

    /// Asks for all keys until cancelled, also of stores that are being restored: what they have had once is not taken back.
    static func askAnyway(_ instance: Instance, _ expected: [String: Int64], _ tally: Tally) async throws {
        let store = try store(instance)
        let options = QueryOptions(mostLag: .max)
        var last: [String: Int64] = [:]
        while !Task.isCancelled {
            for (key, count) in expected {
                do throws(QueryError) {
                    let found = try await store.get(key, options) ?? 0
                    tally.note(found >= last[key] ?? 0 && found <= count ? "old or right" : "wrong")
                    last[key] = found
                } catch {
                    tally.note("\(error.code)")
                }
            }
            do throws(QueryError) {
                for try await row in store.all(options) {
                    let isKnown = row.value >= last[row.key] ?? 0 && row.value <= expected[row.key] ?? 0
                    tally.note(isKnown ? "old or right" : "wrong row")
                }
            } catch {
                tally.note("\(error.code)")
            }
            await Task.yield()
        }
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func `while stores are restored answers are right, or old ones if they may be, or errors say why there is none`(
        _ seed: UInt64
    ) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let records = Counting.records(3000, seed: seed, partitions: 2)
                try await cluster.produce(records)
                try await cluster.run(Counting.topology(), Counting.configuration(.atLeastOnce, commitInterval: .milliseconds(5)))
                let expected = Self.expected(records)
                let (strict, anyway) = (Tally(), Tally())
                let instance = try Instance(cluster, seed % 2 == 0 ? .atLeastOnce : .exactlyOnce)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await instance.application.run() }
                    try await withThrowingTaskGroup(of: Void.self) { queries in
                        queries.addTask { try await Self.ask(instance, expected, strict) }
                        queries.addTask { try await Self.askAnyway(instance, expected, anyway) }
                        await instance.waitUntilRunning(4)
                        while strict.all["right row"] == nil || anyway.all["old or right"] == nil { await Task.yield() }
                        queries.cancelAll()
                        try await queries.waitForAll()
                    }
                    instance.application.stop()
                    try await group.waitForAll()
                }
                let allowed: Set = ["right", "right row", "rebalancing", "behind", "timedOut"]
                #expect(Set(strict.all.keys).isSubset(of: allowed) && strict.all["rebalancing"] ?? 0 > 0, "\(strict.all)")
                #expect(Set(anyway.all.keys).isSubset(of: ["old or right", "rebalancing", "behind", "timedOut"]), "\(anyway.all)")
            }
        }
    }

    @Test func `an instance says which other one has a key, and who follows it`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 4, "out": 1])
                let records = Counting.records(1000, seed: 22, partitions: 4)
                try await cluster.produce(records)
                let expected = Self.expected(records)
                let instances = try ["one:1", "two:2"].map { server in
                    try Instance(cluster, .atLeastOnce) {
                        $0.server = server
                        $0.standbys = 1
                    }
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for instance in instances { group.addTask { try await instance.application.run() } }
                    // Each has half of the tasks, and follows the others that have state.
                    while true {
                        let known = instances.map { $0.application.allMetadata }
                        let isSettled = known.allSatisfy { all in
                            all.count == 2 && all.allSatisfy { $0.tasks.count == 4 && $0.standbys.count == 2 }
                        }
                        if isSettled, try await cluster.isCommitted("app", ["in", "app-counts-repartition"]) { break }
                        try await Task.sleep(for: .milliseconds(5))
                    }
                    let stores = try instances.map(Self.store)
                    var elsewhere = 0
                    for (key, count) in expected {
                        let places = try instances.map { try $0.application.metadata(for: key, store: "counts") }
                        #expect(places[0].partition == places[1].partition)
                        #expect(places[0].active?.server == places[1].active?.server)
                        #expect(places[0].active?.isLocal != places[1].active?.isLocal)
                        #expect(places[0].standbys.map(\.server) == places[1].standbys.map(\.server))
                        let home = try #require(["one:1", "two:2"].firstIndex(of: places[0].active?.server ?? ""))
                        #expect(places[0].standbys.map(\.server) == [["two:2", "one:1"][home]])
                        #expect(try await stores[home].get(key) == count)
                        let other = await #expect(throws: QueryError.self) { try await stores[1 - home].get(key) }
                        #expect(other?.code == .notHere && other?.location?.active?.server == places[0].active?.server)
                        #expect(other?.message.contains(["one:1", "two:2"][home]) == true)
                        elsewhere += home
                    }
                    #expect(elsewhere > 0 && elsewhere < expected.count)
                    for instance in instances { instance.application.stop() }
                    try await group.waitForAll()
                }
                let ended = await #expect(throws: QueryError.self) { try await Self.store(instances[0]).get("v1") }
                #expect(ended?.code == .stopped)
            }
        }
    }

    static let places: [Bool] = hasRocksDB ? [false, true] : [false]

    @Test(arguments: places)
    func `a standby answers if it may, with its lag, and has the right rows when its task comes`(_ isOnDisk: Bool) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 1, "out": 1])
                let directories = (TemporaryDirectory(), TemporaryDirectory())
                let topology = try Self.windowedTopology()
                func instance(_ directory: TemporaryDirectory) throws -> Instance {
                    try Instance(cluster, .exactlyOnce, topology: topology) {
                        $0.standbys = 1
                        if isOnDisk {
                            $0.stateDirectory = directory.path
                            $0.defaultStore = .rocksDB
                        }
                    }
                }
                let (leaver, stayer) = (try instance(directories.0), try instance(directories.1))
                let records = Self.records(500)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await leaver.application.run() }
                    await leaver.waitUntilRunning(1)
                    group.addTask { try await stayer.application.run() }
                    let store = try Self.store(stayer)
                    let windows = try stayer.application.windowStore("windows", key: String.self, value: Int64.self)
                    for round in 1...3 {
                        try await cluster.produce(records)
                        while try await !cluster.isCommitted("app", ["in"]) { try await Task.sleep(for: .milliseconds(5)) }
                        // The standby comes to the end of both changelogs: an end that it has not heard of is no lag.
                        while true {
                            let answer = try? await store.look(up: "v1", QueryOptions(mostLag: .max))
                            let sum = try? await Self.sum(windows.all(QueryOptions(mostLag: .max)))
                            if answer?.lag == 0, answer?.value?.value == Int64(round * 50), sum == Int64(round * 500) { break }
                            try await Task.sleep(for: .milliseconds(5))
                        }
                        for key in 0..<10 {
                            let key = "v\(key)"
                            #expect(try await store.get(key, QueryOptions(mostLag: 0)) == Int64(round * 50))
                            let sum = try await Self.sum(windows.fetch(key, QueryOptions(mostLag: 0)))
                            #expect(sum == Int64(round * 50))
                        }
                        #expect(try await Self.sum(windows.all(QueryOptions(mostLag: .max))) == Int64(round * 500))
                        let strict = await #expect(throws: QueryError.self) { try await store.get("v1") }
                        #expect(strict?.code == .notHere)
                        let bound = QueryPosition([TopicPartition(topic: "in", partition: 0): 1])
                        let bounded = await #expect(throws: QueryError.self) {
                            try await store.get("v1", QueryOptions(mostLag: .max, bound: bound))
                        }
                        #expect(bounded?.code == .notUpToBound && bounded?.location?.active?.isLocal == false)
                        let lags = stayer.application.lags
                        #expect(lags.count == 2 && lags.allSatisfy { $0.state == .standby && $0.records == 0 })
                    }
                    leaver.application.stop()
                    await stayer.waitUntilRunning(1)
                    let followed = stayer.log.events.reduce(Int64(0)) {
                        if case .followed(_, "counts", let records, _) = $1 { $0 + records } else { $0 }
                    }
                    let promotions = stayer.log.events.count { if case .unfollowed(_, isPromoted: true) = $0 { true } else { false } }
                    #expect(followed >= 10 && promotions == 1)
                    for key in 0..<10 { #expect(try await store.get("v\(key)") == 150) }
                    #expect(try await Self.sum(windows.all()) == 1500)
                    try await cluster.produce(records)
                    stayer.application.stopWhenIdle()
                    try await group.waitForAll()
                }
                #expect(
                    try await cluster.table("out", .string, .int64)
                        == Dictionary(
                            uniqueKeysWithValues: (0..<10).map { ("v\($0)", "200") }))
            }
        }
    }

    static func windowedTopology() throws -> Topology {
        let builder = StreamsBuilder()
        let grouped = (builder.stream("in") as KStream<String, String>).groupByKey()
        grouped.count(.as("counts")).toStream().to("out")
        _ = grouped.windowedBy(.tumbling(.milliseconds(100), grace: .seconds(1000))).count(.as("windows"))
        return try builder.build()
    }

    static func records(_ count: Int) -> [StreamsCluster.Input] {
        (0..<count).map {
            StreamsCluster.Input(key: Bytes(utf8: "v\($0 % 10)"), value: Bytes(utf8: "x"), time: Int64($0))
        }
    }

    static func sum(_ rows: QueryRows<WindowedRow<String, Int64>>) async throws -> Int64 {
        var sum: Int64 = 0
        for try await row in rows { sum += row.value }
        return sum
    }
}
