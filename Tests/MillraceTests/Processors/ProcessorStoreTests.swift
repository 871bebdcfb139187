import KafkaProtocol
import Millrace
import MillraceTesting
import Testing

/// The stores of processors.
@Suite struct ProcessorStoreTests {
    /// Runs `body` in a processor with that store, once, as of stream time 100.
    func use(
        _ stores: [StoreBuilder], _ body: @escaping @Sendable (ClosureProcessor.Context) throws -> Void
    ) throws -> TopologyTestDriver {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.process(stores: stores, named: "p") {
            ClosureProcessor(onRecord: { _, context in try body(context) })
        }.to("out")
        let driver = try TopologyTestDriver(builder.build())
        try driver.pipe("in", "k", "v", at: 100)
        return driver
    }

    @Test func `a key-value store is read by ranges and prefixes, in the order of bytes`() throws {
        _ = try use([.keyValue("s", key: .string, value: .int64)]) { context in
            let table: StateTable<String, Int64> = try context.keyValueStore("s")
            for (number, key) in ["b", "aé", "a", "ab", "B", "abc", "c"].enumerated() {
                try table.put(key, Int64(number), timestamp: Int64(number))
            }
            func keys(_ rows: StateRows<StateTable<String, Int64>.Row>) -> [String] { rows.map(\.key) }
            #expect(try keys(table.all) == ["B", "a", "ab", "abc", "aé", "b", "c"])
            #expect(try keys(table.range(from: "ab", to: "b")) == ["ab", "abc", "aé", "b"])
            #expect(try keys(table.range(to: "a")) == ["B", "a"])
            #expect(try keys(table.range(from: "bb")) == ["c"])
            #expect(try keys(table.range(from: "c", to: "a")) == [])
            #expect(try keys(table.prefix("ab")) == ["ab", "abc"])
            #expect(try keys(table.prefix(Bytes([0x61, 0xc3]), .bytes)) == ["aé"])
            #expect(try table.range(from: "c").first { _ in true }?.value == 6)
            #expect(try table.putIfAbsent("c", 9) == 6)
            #expect(try table.delete("c") == 6)
            #expect(try table.putIfAbsent("c", 9) == nil)
            #expect(table.getWithTimestamp("c") == ValueAndTimestamp(9, 100))
            #expect(table.getWithTimestamp("b") == ValueAndTimestamp(0, 0))
        }
    }

    @Test func `integers are in the order of their bytes`() throws {
        _ = try use([.keyValue("s", key: .int64, value: .int64)]) { context in
            let table: StateTable<Int64, Int64> = try context.keyValueStore("s")
            for key in [3, -1, 256, 1] as [Int64] { try table.put(key, key) }
            #expect(try table.all.map(\.key) == [1, 3, 256, -1])
        }
    }

    @Test func `a window store is read by key and by time`() throws {
        let store = StoreBuilder.window(
            "s", size: .milliseconds(10), retention: .milliseconds(50), key: .string, value: .int64)
        _ = try use([store]) { context in
            let windows: StateWindows<String, Int64> = try context.windowStore("s")
            for start in stride(from: 0 as Int64, through: 60, by: 10) {
                try windows.put("b", start, start: start)
                try windows.put("a", start + 1, start: start, timestamp: 7)
            }
            #expect(windows.fetch("a", start: 30) == ValueAndTimestamp(31, 7))
            #expect(windows.fetch("a", start: 10) == nil)
            #expect(windows.fetch("b", from: 0, to: 40).map(\.start) == [20, 30, 40])
            #expect(windows.fetch("b", from: 40, to: 20).isEmpty)
            #expect(
                try windows.fetchAll(from: 50, to: 60).map { "\($0.key)" }
                    == ["a@50/60", "a@60/70", "b@50/60", "b@60/70"])
            #expect(try Array(windows.all).count == 10)
            try windows.put("a", nil, start: 30)
            #expect(windows.fetch("a", start: 30) == nil)
        }
    }

    @Test func `a session store is read by key and by bounds`() throws {
        let store = StoreBuilder.session("s", retention: .seconds(1), key: .string, value: .int64)
        _ = try use([store]) { context in
            let sessions: StateSessions<String, Int64> = try context.sessionStore("s")
            try sessions.put(Windowed("b", Window(start: 0, end: 5)), 1)
            try sessions.put(Windowed("a", Window(start: 30, end: 40)), 2)
            try sessions.put(Windowed("a", Window(start: 10, end: 20)), 3)
            #expect(sessions.fetchSession("a", start: 10, end: 20) == 3)
            #expect(sessions.fetchSession("a", start: 10, end: 21) == nil)
            #expect(sessions.fetch("a").map(\.value) == [3, 2])
            #expect(sessions.findSessions("a", earliestEnd: 21, latestStart: 30).map(\.value) == [2])
            #expect(try sessions.all.map(\.value) == [3, 2, 1])
            try sessions.remove(Windowed("a", Window(start: 10, end: 20)))
            #expect(sessions.fetch("a").map(\.value) == [2])
        }
    }

    @Test func `a versioned store gives what was, and says what became of a version`() throws {
        let store = StoreBuilder.versioned("s", historyRetention: .milliseconds(100), key: .string, value: .string)
        let driver = try use([store]) { context in
            let versions: StateVersions<String, String> = try context.versionedStore("s")
            #expect(try versions.put("k", "at 50", timestamp: 50) == .latest)
            #expect(try versions.put("k", "at 10", timestamp: 10) == .validTo(50))
            #expect(try versions.put("k", "at 120", timestamp: 120) == .latest)
            #expect(try versions.put("k", "at 5", timestamp: 5) == .tooOld)
            #expect(versions.get("k") == VersionedValue("at 120", timestamp: 120, validTo: nil))
            #expect(versions.get("k", asOf: 119) == VersionedValue("at 50", timestamp: 50, validTo: 120))
            #expect(versions.get("k", asOf: 30) == VersionedValue("at 10", timestamp: 10, validTo: 50))
            #expect(versions.get("k", asOf: 9) == nil)
            #expect(try versions.delete("k", timestamp: 60)?.value == "at 50")
            #expect(versions.get("k", asOf: 70) == nil)
            #expect(versions.get("k", asOf: 59) == VersionedValue("at 50", timestamp: 50, validTo: 60))
            #expect(try versions.delete("k", timestamp: 19) == nil)
            #expect(versions.get("k", asOf: 30)?.validTo == 50)
        }
        try driver.restart()
        let versions = try driver.versionedStore("s", key: String.self, value: String.self)
        #expect(versions.get("k", asOf: 59)?.value == "at 50")
        #expect(versions.get("k")?.value == "at 120")
    }

    func expectFault(
        _ parts: String..., in body: @escaping @Sendable (ClosureProcessor.Context) throws -> Void
    ) {
        let stores: [StoreBuilder] = [.keyValue("s", key: .string, value: .int64), .custom("c") { Largest() }]
        let error = #expect(throws: StreamsError.self) { _ = try use(stores, body) }
        #expect(error?.code == .invalidTopology)
        for part in parts { #expect(error?.message.contains(part) == true, "\(error?.message ?? "")") }
    }

    @Test func `a store of another name or type is an error that names the processor`() {
        expectFault("the store t is not connected to the processor p") {
            let _: StateTable<String, Int64> = try $0.keyValueStore("t")
        }
        expectFault("the processor p takes the store s for a KeyValueStore<String, String>", "<String, Int64>") {
            let _: StateTable<String, String> = try $0.keyValueStore("s")
        }
        expectFault("takes the store s for a VersionedStore") {
            let _: StateVersions<String, Int64> = try $0.versionedStore("s")
        }
        expectFault("takes the store c for a Other") { _ = try $0.customStore("c", as: Other.self) }
    }

    @Test func `a store that was never added is told when the topology is built`() {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.process(storeNames: ["nowhere"], named: "p") { ClosureProcessor() }.to("out")
        let error = #expect(throws: StreamsError.self) { try builder.build() }
        #expect(error?.message.contains("step p uses the store nowhere, which is not defined") == true)
    }

    // MARK: - Stores of one's own

    final class Other: CustomStateStore {
        func restore(key: Bytes, value: Bytes?, timestamp: Int64) {}
        func flush(_ changelog: StoreChangelogWriter) {}
    }

    /// Keeps the largest number.
    final class Largest: CustomStateStore {
        var value: Int64 = 0
        private var written: Int64 = 0
        var notes: Notes?

        init(_ notes: Notes? = nil) { self.notes = notes }

        func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
            self.value = try value.map { try Serde.int64.decode($0) } ?? 0
            written = self.value
        }

        func flush(_ changelog: StoreChangelogWriter) throws {
            guard value != written else { return }
            try changelog.write(key: Bytes(utf8: "largest"), value: Serde.int64.bytes(of: value))
            written = value
        }

        func close() { notes?.add("store closed at \(value)") }
    }

    @Test(arguments: [true, false])
    func `a store of one's own writes its changes and is restored from them`(_ isLogged: Bool) throws {
        let notes = Notes()
        let builder = StreamsBuilder()
        builder.addStateStore(.custom("largest", logged: isLogged) { Largest(notes) })
        let input: KStream<String, String> = builder.stream("in")
        input.process(storeNames: ["largest"]) {
            ClosureProcessor(onRecord: { record, context in
                let largest = try context.customStore("largest", as: Largest.self)
                largest.value = max(largest.value, Int64(record.value ?? "") ?? 0)
                var record = record
                record.value = "\(largest.value)"
                try context.forward(record)
            })
        }.to("out")
        let driver = try TopologyTestDriver(builder.build(), applicationID: "app")
        try driver.pipe("in", "a", "5", at: 1)
        try driver.pipe("in", "a", "3", at: 2)
        try driver.restart()
        #expect(notes.take() == ["store closed at 5"])
        #expect(try driver.customStore("largest", as: Largest.self).value == (isLogged ? 5 : 0))
        try driver.pipe("in", "a", "4", at: 3)
        #expect(try driver.texts("out", .string, .string) == ["a=5@1", "a=5@2", isLogged ? "a=5@3" : "a=4@3"])
        #expect(try driver.texts("app-largest-changelog", .string, .int64) == (isLogged ? ["largest=5@1"] : []))
    }
}
