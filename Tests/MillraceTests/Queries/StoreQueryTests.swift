import KafkaClient
import KafkaProtocol
import Testing

@testable import KafkaBroker
@testable import Millrace

/// Stores of all kinds, looked into while the application runs, compared with what was put.
@Suite struct StoreQueryTests {
    /// Where rows are.
    enum Place: CaseIterable { case memory, disk }

    static func topology() throws -> Topology {
        let builder = StreamsBuilder()
        let input: KStream<String, Int64> = builder.stream("in")
        let grouped = input.groupByKey()
        _ = grouped.count(.as("counts"))
        _ = grouped.windowedBy(.tumbling(.milliseconds(100), grace: .seconds(1000))).count(.as("windows"))
        _ = grouped.windowedBy(SessionWindows.gap(.milliseconds(10), grace: .seconds(1000))).count(.as("sessions"))
        _ = grouped.windowedBy(SlidingWindows.difference(.milliseconds(50), grace: .seconds(1000))).count(.as("sliding"))
        let versions: KTable<String, Int64> = builder.table("prices", .versioned("history", historyRetention: .seconds(1000)))
        _ = versions
        let rates: GlobalKTable<String, Int64> = builder.globalTable("rates", .as("rates"))
        _ = rates
        return try builder.build()
    }

    /// Four hundred records of many keys, in order of time.
    static let records: [(key: String, value: Int64, time: Int64)] = {
        var random = SeededRandom(seed: 71)
        return (0..<1200).map { ("k\(Int.random(in: 0..<600, using: &random))", Int64($0), Int64($0) * 7) }
    }()

    static func inputs(_ topic: String) -> [StreamsCluster.Input] {
        records.map {
            StreamsCluster.Input(
                topic: topic, key: Bytes(utf8: $0.key), value: try? Serde.int64.bytes(of: $0.value), time: $0.time)
        }
    }

    /// Calls `body` with an application that has processed everything.
    static func withApplication(
        _ place: Place, _ body: @escaping @Sendable (StreamsApplication) async throws -> Void
    ) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 3, "prices": 2, "rates": 2])
                for topic in ["in", "prices", "rates"] { try await cluster.produce(inputs(topic)) }
                var configuration = Counting.configuration(.atLeastOnce, exitsWhenIdle: false)
                let directory = TemporaryDirectory()
                if place == .disk {
                    configuration.stateDirectory = directory.path
                    configuration.defaultStore = .rocksDB
                }
                let application = try StreamsApplication(topology(), configuration: configuration, client: cluster.client)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await application.run() }
                    while try await !cluster.isCommitted("app", ["in", "prices"]) { try await Task.sleep(for: .milliseconds(5)) }
                    try await body(application)
                    application.stop()
                    try await group.waitForAll()
                }
            }
        }
    }

    static let places: [Place] = hasRocksDB ? Place.allCases : [.memory]

    @Test(arguments: places)
    func `a key-value store gives what was put, by key and by range over all partitions`(_ place: Place) async throws {
        try await Self.withApplication(place) { application in
            let store = try application.store("counts", key: String.self, value: Int64.self)
            let model = Dictionary(grouping: Self.records, by: \.key).mapValues { Int64($0.count) }
            for key in model.keys.prefix(50) { #expect(try await store.get(key) == model[key]) }
            #expect(try await store.get("absent") == nil)
            let answer = try await store.look(up: Self.records[0].key)
            #expect(answer.lag == 0 && answer.value?.value == model[Self.records[0].key])
            // All of the partition is processed.
            let end = answer.position.offsets.first?.value ?? 0
            #expect(answer.position.offsets.count == 1 && end > 0)
            var far = QueryOptions(bound: answer.position)
            #expect(try await store.get(Self.records[0].key, far) == answer.value?.value)
            far.bound = QueryPosition(answer.position.offsets.mapValues { $0 + 1 })
            let beyond = await #expect(throws: QueryError.self) { try await store.get(Self.records[0].key, far) }
            #expect(beyond?.code == .notUpToBound)
            let keys = model.keys.sorted()
            #expect(try await texts(store.all()) == keys.map { "\($0)=\(model[$0] ?? 0)" })
            #expect(try await texts(store.reverseRange()) == keys.reversed().map { "\($0)=\(model[$0] ?? 0)" })
            let some = keys.filter { "k2" <= $0 && $0 <= "k5" }
            #expect(try await texts(store.range(from: "k2", to: "k5")) == some.map { "\($0)=\(model[$0] ?? 0)" })
            let prefixed = keys.filter { $0.hasPrefix("k31") }
            #expect(try await texts(store.prefix("k31")) == prefixed.map { "\($0)=\(model[$0] ?? 0)" })
            #expect(try await store.count() == model.count)
        }
    }

    @Test(arguments: places)
    func `window, session and sliding window stores give what was put`(_ place: Place) async throws {
        try await Self.withApplication(place) { application in
            let windows = try application.windowStore("windows", key: String.self, value: Int64.self)
            var model: [String: [Int64: Int64]] = [:]
            for record in Self.records { model[record.key, default: [:]][record.time / 100 * 100, default: 0] += 1 }
            let all = model.keys.sorted().flatMap { key in
                (model[key] ?? [:]).sorted { $0.key < $1.key }.map { "\(key)@\($0.key)/\($0.key + 100)=\($0.value)" }
            }
            #expect(try await texts(windows.all()) == all)
            #expect(try await texts(windows.fetchAll(from: .min, to: .max, reversed: true)) == all.reversed())
            let inside = all.filter { text in
                Int64(text.split(separator: "@")[1].split(separator: "/")[0]).map { 1000 <= $0 && $0 <= 4000 } ?? false
            }
            #expect(try await texts(windows.fetchAll(from: 1000, to: 4000)) == inside)
            for key in ["k5", "k77", "k300"] {
                let own = all.filter { $0.hasPrefix("\(key)@") }
                #expect(try await texts(windows.fetch(key)) == own)
                #expect(try await texts(windows.fetch(key, reversed: true)) == own.reversed())
                for (start, count) in model[key] ?? [:] { #expect(try await windows.fetch(key, start: start) == count) }
            }
            let sessions = try application.sessionStore("sessions", key: String.self, value: Int64.self)
            let sessionTexts = try await texts(sessions.all())
            // No two records of a key are within ten milliseconds but by chance.
            #expect(sessionTexts.count > 1000 && Set(sessionTexts).count == sessionTexts.count)
            #expect(try await texts(sessions.fetch("k5")) == sessionTexts.filter { $0.hasPrefix("k5@") })
            #expect(try await texts(sessions.fetch("k5", reversed: true)) == sessionTexts.filter { $0.hasPrefix("k5@") }.reversed())
            let times = Self.records.filter { $0.key == "k5" }.map(\.time)
            #expect(try await sessions.fetchSession("k5", start: times[0], end: times[0]) == 1)
            let sliding = try application.windowStore("sliding", key: String.self, value: Int64.self)
            let slidingTexts = try await texts(sliding.all())
            #expect(slidingTexts.count > 1000 && Set(slidingTexts).count == slidingTexts.count)
            #expect(try await texts(sliding.fetch("k5")) == slidingTexts.filter { $0.hasPrefix("k5@") })
        }
    }

    @Test func `a versioned store gives what was at any time, and a global store what there is`() async throws {
        try await Self.withApplication(.memory) { application in
            let history = try application.versionedStore("history", key: String.self, value: Int64.self)
            let rates = try application.store("rates", key: String.self, value: Int64.self)
            let byKey = Dictionary(grouping: Self.records, by: \.key)
            for (key, versions) in byKey.prefix(40) {
                #expect(try await history.get(key)?.value == versions.last?.value)
                let first = try await history.get(key, asOf: versions[0].time)
                #expect(first?.value == versions[0].value)
                #expect(first?.validTo == (versions.count > 1 ? versions[1].time : nil))
                #expect(try await history.get(key, asOf: versions[0].time - 1) == nil)
                #expect(try await rates.get(key) == versions.last?.value)
            }
            #expect(try await texts(rates.all()).count == byKey.count)
            #expect(try await rates.count() == byKey.count)
        }
    }

    @Test(arguments: places)
    func `raw stores give the bytes of the same rows`(_ place: Place) async throws {
        try await Self.withApplication(place) { application in
            #expect(
                application.stores.map(\.description) == [
                    "counts (keyValue of String and Int64)", "history (versioned of String and Int64)",
                    "rates (keyValue of String and Int64)", "sessions (session of String and Int64)",
                    "sliding (window of String and Int64)", "windows (window of String and Int64)",
                ])
            let counts = try application.rawStore("counts")
            let typed = try application.store("counts", key: String.self, value: Int64.self)
            #expect(
                try await rawTexts(counts.range(from: Bytes(utf8: "k2"), to: Bytes(utf8: "k5")))
                    == texts(typed.range(from: "k2", to: "k5")))
            let key = Self.records[0].key
            let row = try await counts.get(Bytes(utf8: key)).value
            let count = try #require(try await typed.get(key))
            #expect(try row?.value == Serde.int64.bytes(of: count))
            let windows = try application.rawStore("windows")
            let typedWindows = try application.windowStore("windows", key: String.self, value: Int64.self)
            #expect(try await rawTexts(windows.windows()) == texts(typedWindows.all()))
            #expect(try await rawTexts(windows.windows(of: Bytes(utf8: "k5"))) == texts(typedWindows.fetch("k5")))
            #expect(try await rawTexts(windows.prefix(Bytes(utf8: "k5"))) == texts(typedWindows.all()).filter { $0.hasPrefix("k5") })
            let time = Self.records.first { $0.key == "k5" }?.time ?? 0
            let history = try application.rawStore("history")
            #expect(try await history.get(Bytes(utf8: "k5"), asOf: time).value?.timestamp == time)
            let session = try await application.rawStore("sessions").get(Bytes(utf8: "k5"), window: Window(start: time, end: time))
            #expect(try session.value?.value == Serde.int64.bytes(of: 1))
            #expect(throws: QueryError.self) { try history.range() }
            #expect(throws: QueryError.self) { try counts.windows() }
            await #expect(throws: QueryError.self) { try await counts.get(Bytes([0xff, 0xfe])) }
        }
    }

    @Test func `what is asked for wrongly is told, with what there is`() async throws {
        let directory = TemporaryDirectory()
        let broker = try Broker.open(directory: directory.path)
        let client = KafkaClient(transport: broker.transport(clientID: "test"), clientID: "test")
        let application = try StreamsApplication(
            Self.topology(), configuration: Counting.configuration(.atLeastOnce), client: client)
        let unknown = #expect(throws: QueryError.self) {
            try application.store("count", key: String.self, value: Int64.self)
        }
        #expect(unknown?.code == .unknownStore && unknown?.message.contains("counts (keyValue of String and Int64)") == true)
        let wrong = #expect(throws: QueryError.self) {
            try application.store("counts", key: String.self, value: String.self)
        }
        #expect(wrong?.code == .wrongTypes && wrong?.message.contains("String and Int64") == true)
        let kind = #expect(throws: QueryError.self) {
            try application.store("windows", key: String.self, value: Int64.self)
        }
        #expect(kind?.code == .wrongTypes && kind?.message.contains("is window of") == true)
        // Before the application runs nobody knows how many partitions there are.
        let store = try application.store("counts", key: String.self, value: Int64.self)
        let early = await #expect(throws: QueryError.self) { try await store.get("k") }
        #expect(early?.code == .rebalancing && early?.isRetriable == true)
        let rows = await #expect(throws: QueryError.self) { for try await _ in store.all() {} }
        #expect(rows?.code == .rebalancing)
        let global = await #expect(throws: QueryError.self) {
            try await application.store("rates", key: String.self, value: Int64.self).get("k")
        }
        #expect(global?.code == .rebalancing)
        let tasks = await application.tasks
        #expect(tasks.isEmpty && application.lags.isEmpty)
    }
}

private func texts(_ rows: QueryRows<ReadOnlyStore<String, Int64>.Row>) async throws -> [String] {
    var texts: [String] = []
    for try await row in rows { texts.append("\(row.key)=\(row.value)") }
    return texts
}

private func texts(_ rows: QueryRows<WindowedRow<String, Int64>>) async throws -> [String] {
    var texts: [String] = []
    for try await row in rows { texts.append("\(row.key)=\(row.value)") }
    return texts
}

private func rawTexts(_ rows: QueryRows<RawRow>) async throws -> [String] {
    var texts: [String] = []
    for try await row in rows {
        let window = row.window.map { "@\($0.start)/\($0.end)" } ?? ""
        texts.append("\(row.key.string)\(window)=\(try Serde.int64.decode(row.value))")
    }
    return texts
}
