import KafkaProtocol
import MillraceTesting
import Synchronization
import Testing

@testable import Millrace

/// Asynchronous steps under the test driver.
@Suite struct AsyncStepTests {
    struct Refused: Error {}

    /// Values that fail so many times before they pass.
    final class Flaky: Sendable {
        private let left: Mutex<[String: Int]>
        private let called = Mutex<[String]>([])
        init(_ left: [String: Int] = [:]) { self.left = Mutex(left) }

        var calls: [String] { called.withLock { $0 } }

        func pass(_ value: String?) async throws -> String? {
            let value = value ?? "null"
            called.withLock { $0.append(value) }
            await Task.yield()
            let fails = left.withLock { left in
                left[value, default: 0] -= 1
                return left[value, default: 0] >= 0
            }
            if fails { throw Refused() }
            return value.uppercased()
        }
    }

    static func topology(
        _ flaky: Flaky, ordered: Bool = true, retry: AsyncRetry = .never, policy: BadRecordPolicy? = nil
    ) throws -> Topology {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        var looked = input.mapValuesAsync(maxInFlight: 4, ordered: ordered, retry: retry, value: .string, named: "look") {
            try await flaky.pass($0)
        }
        if let policy { looked = looked.onBadRecord(policy) }
        looked.to("out")
        return try builder.build()
    }

    @Test func `results have the timestamps and headers of their records, nulls included`() throws {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.mapAsync(maxInFlight: 4, key: .string, value: .string) { key, value in
            await Task.yield()
            return KeyValue(value, key)
        }.to("out")
        let driver = try TopologyTestDriver(builder.build())
        try driver.pipe("in", "k", "v", at: 7, headers: [RecordHeader(key: "h", value: [1])])
        try driver.pipe("in", nil, "w", at: 3)
        try driver.pipe("in", "x", nil, at: 5)
        let records = driver.read("out")
        #expect(records.map { $0.key?.string } == ["v", "w", nil])
        #expect(records.map { $0.value?.string } == ["k", nil, "x"])
        #expect(records.map(\.timestamp) == [7, 3, 5])
        #expect(records.first?.headers == [RecordHeader(key: "h", value: [1])])
    }

    @Test func `names and descriptions are those of other steps`() throws {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.mapValuesAsync(maxInFlight: 1) { $0 }.mapAsync(maxInFlight: 1, key: .string, value: .string) { KeyValue($0, $1) }
            .groupByKey().count().toStream().to("out")
        let text = try builder.build().describe().description
        #expect(text.contains("Processor: KSTREAM-MAPVALUESASYNC-0000000001 (stores: [])"))
        #expect(text.contains("Processor: KSTREAM-MAPASYNC-0000000002 (stores: [])"))
        // The key counts as changed by the second one only.
        #expect(text.contains("repartition"))
    }

    @Test func `settings that make no sense are told when the topology is built`() {
        let builder = StreamsBuilder()
        struct Opaque: Sendable {}
        let input: KStream<String, String> = builder.stream("in")
        _ = input.mapValuesAsync(maxInFlight: 0, named: "a") { $0 }
        _ = input.mapValuesAsync(maxInFlight: 1, retry: .attempts(0), named: "b") { $0 }
        _ = input.selectKey { _, _ in Opaque() }.mapValuesAsync(maxInFlight: 1, ordered: false, named: "c") { $0 }
        let error = #expect(throws: StreamsError.self) { try builder.build() }
        #expect(error?.message.contains("step a: at least one call may be in flight, not 0") == true)
        #expect(error?.message.contains("step b: a call is made at least once, not 0 times") == true)
        #expect(error?.message.contains("step c needs a serde for its key") == true)
    }

    @Test(arguments: [true, false])
    func `more records than may be in flight come of one, and all go on`(_ ordered: Bool) throws {
        let flaky = Flaky()
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.flatMapValues { ($0 ?? "").split(separator: " ").map(String.init) }
            .mapValuesAsync(maxInFlight: 2, ordered: ordered) { try await flaky.pass($0) }
            .mapValuesAsync(maxInFlight: 3, ordered: ordered) { try await flaky.pass($0) }
            .to("out")
        let driver = try TopologyTestDriver(builder.build())
        let words = (0..<20).map { "w\($0)" }
        try driver.pipe("in", "k", words.joined(separator: " "), at: 1)
        #expect(try driver.texts("out", .string, .string) == words.map { "k=\($0.uppercased())@1" })
        #expect(flaky.calls.count == 40)
    }

    @Test(arguments: [0, 1 << 20])
    func `what stores before and after hold back goes on with the commit`(_ cacheBytes: Int) throws {
        let flaky = Flaky()
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.groupByKey().count(.as("first")).toStream()
            .mapValuesAsync(maxInFlight: 2, value: .string) { count in try await flaky.pass("n\(count ?? 0)") }
            .groupByKey().reduce(.as("second")) { $0 + $1 }.toStream()
            .mapValuesAsync(maxInFlight: 2) { try await flaky.pass($0) }
            .to("out")
        let driver = try TopologyTestDriver(builder.build(), cacheBytes: cacheBytes)
        for time in 1...3 { try driver.pipe("in", "k", "v", at: Int64(time)) }
        #expect(try driver.texts("out", .string, .string) == ["k=N1@1", "k=N1N2@2", "k=N1N2N3@3"])
        try driver.restart()
        try driver.pipe("in", "k", "v", at: 4)
        #expect(try driver.texts("out", .string, .string) == ["k=N1N2N3N4@4"])
    }

    @Test func `a call that fails is made again, and its record goes on once`() throws {
        let flaky = Flaky(["a": 2])
        let driver = try TopologyTestDriver(Self.topology(flaky, retry: .attempts(3)))
        try driver.pipe("in", "k", "a", at: 1)
        #expect(try driver.texts("out", .string, .string) == ["k=A@1"])
        #expect(flaky.calls == ["a", "a", "a"])
    }

    @Test func `without a policy the last failure ends the task, with the record's place and the step`() throws {
        let driver = try TopologyTestDriver(Self.topology(Flaky(["b": 9])))
        try driver.pipe("in", "k", "a", at: 1)
        let error = #expect(throws: StreamsError.self) { try driver.pipe("in", "k", "b", at: 2) }
        #expect(error?.code == .processing && error?.underlying is Refused)
        #expect(error?.message == "processing the record in-0 offset 1 failed in the step look")
    }

    @Test func `a record that fails goes to the dead-letter topic as it was read, as with other steps`() throws {
        let driver = try TopologyTestDriver(
            Self.topology(Flaky(["b": 9]), retry: .attempts(2)), onBadRecord: .deadLetter(topic: "dead"))
        for (number, value) in ["a", "b", "c"].enumerated() { try driver.pipe("in", "k", value, at: Int64(number)) }
        #expect(try driver.texts("out", .string, .string) == ["k=A@0", "k=C@2"])
        let letters = driver.read("dead")
        #expect(letters.map { $0.value?.string } == ["b"] && letters.map(\.timestamp) == [1])
        let headers = letters.first.map { Dictionary(uniqueKeysWithValues: $0.headers.map { ($0.key, $0.value?.string ?? "") }) } ?? [:]
        #expect(headers["__streams.errors.topic"] == "in" && headers["__streams.errors.offset"] == "1")
        #expect(headers["__streams.errors.exception"]?.contains("Refused") == true)
        #expect(headers["__streams.errors.stacktrace"]?.contains("look") == true)
        #expect(driver.badRecords == 1)
    }

    @Test func `records of one that fail are one letter, and others go on`() throws {
        let flaky = Flaky(["x": 9, "y": 9])
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.flatMapValues { ($0 ?? "").split(separator: " ").map(String.init) }
            .mapValuesAsync(maxInFlight: 2, retry: .never) { try await flaky.pass($0) }.to("out")
        let driver = try TopologyTestDriver(builder.build(), onBadRecord: .deadLetter(topic: "dead"))
        try driver.pipe("in", "k", "a x y b", at: 1)
        #expect(try driver.texts("out", .string, .string) == ["k=A@1", "k=B@1"])
        #expect(try driver.texts("dead", .string, .string) == ["k=a x y b@1"])
        #expect(driver.badRecords == 1)
    }

    @Test func `a step's own policy counts, and one that retries begins the attempts anew`() throws {
        let flaky = Flaky(["a": 5, "b": 99])
        let policy = BadRecordPolicy.retry(times: 2, then: .skip)
        let driver = try TopologyTestDriver(Self.topology(flaky, retry: .attempts(2), policy: policy))
        try driver.pipe("in", "k", "a", at: 1)
        try driver.pipe("in", "k", "b", at: 2)
        #expect(try driver.texts("out", .string, .string) == ["k=A@1"])
        // Two attempts at first, and two of each retry.
        #expect(flaky.calls == Array(repeating: "a", count: 6) + Array(repeating: "b", count: 6))
        #expect(driver.badRecords == 1)
    }

    @Test(arguments: [BadRecordPolicy.deadLetter(topic: "dead"), .retry(times: 1, then: .deadLetter(topic: "dead"))])
    func `a later step that fails is treated as if it had failed at once`(_ policy: BadRecordPolicy) throws {
        let tries = Mutex<[String]>([])
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.mapValuesAsync(maxInFlight: 2) { $0 }
            .mapValues(named: "strict") { value -> String? in
                tries.withLock { $0.append(value ?? "") }
                if value == "b" { throw Refused() }
                return value
            }.to("out")
        let driver = try TopologyTestDriver(builder.build(), onBadRecord: policy)
        for (number, value) in ["a", "b", "c"].enumerated() { try driver.pipe("in", "k", value, at: Int64(number)) }
        #expect(try driver.texts("out", .string, .string) == ["k=a@0", "k=c@2"])
        #expect(try driver.texts("dead", .string, .string) == ["k=b@1"])
        if case .retry = policy { #expect(tries.withLock { $0 } == ["a", "b", "b", "c"]) }
    }

    @Test func `a result that a store has held back and whose call fails is set aside by itself`() throws {
        let flaky = Flaky(["1": 9])
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.groupByKey().count(.as("counts")).toStream()
            .mapValuesAsync(maxInFlight: 2, retry: .never, value: .string) { try await flaky.pass("\($0 ?? 0)") }.to("out")
        let driver = try TopologyTestDriver(
            builder.build(), cacheBytes: 1 << 20, onBadRecord: .deadLetter(topic: "dead"))
        try driver.pipe("in", "k", "v", at: 1)
        try driver.pipe("in", "k", "v", at: 2)
        #expect(try driver.texts("out", .string, .string) == ["k=2@2"])
        let letter = driver.read("dead").first
        #expect(letter?.key?.string == "k" && letter?.value == Bytes([0, 0, 0, 0, 0, 0, 0, 1]))
    }

    @Test func `processors after the step see where its record was read`() throws {
        let seen = Mutex<[RecordMetadata?]>([])
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.mapValuesAsync(maxInFlight: 2) { $0 }
            .process(key: .string, value: .string) {
                ClosureProcessor(onRecord: { _, context in
                    let metadata = context.recordMetadata
                    seen.withLock { $0.append(metadata) }
                })
            }.to("out")
        let driver = try TopologyTestDriver(builder.build())
        try driver.pipe("in", "k", "a", at: 1)
        try driver.pipe("in", "k", "b", at: 2)
        #expect(seen.withLock { $0.map { $0?.offset } } == [0, 1])
        #expect(seen.withLock { $0.map { $0?.topic } } == ["in", "in"])
    }

    @Test func `calls that wait go on, and one that does not come back fails the test with what is waited for`() throws {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.mapValuesAsync(maxInFlight: 2) { value in
            if value == "never" { await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in } }
            try await Task.sleep(for: .microseconds(10))
            return value
        }.to("out")
        let driver = try TopologyTestDriver(builder.build())
        try driver.pipe("in", "k", "a", at: 1)
        #expect(try driver.texts("out", .string, .string) == ["k=a@1"])
        driver.callLimit = .zero
        let error = #expect(throws: StreamsError.self) { try driver.pipe("in", "k", "never", at: 2) }
        #expect(error?.message == "1 calls of asynchronous steps of task 0_0 have not come back within 0.0 seconds")
    }
}
