import KafkaClient
import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct RefusedRecordTests {
    /// Copies `in` to `out`, which takes records of up to some hundred bytes.
    static func topology() throws -> Topology {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.mapValues(named: "copy") { $0 }.to("out")
        return try builder.build()
    }

    static func withLimit(_ body: @escaping @Sendable (StreamsCluster) async throws -> Void) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 1, "dead": 1])
                try await cluster.admin.createTopics([
                    NewTopic("out", partitions: 1, configs: ["max.message.bytes": "1000"])
                ])
                let large = String(repeating: "x", count: 3000)
                try await cluster.produce(
                    (0..<300).map { number in
                        StreamsCluster.Input(
                            key: Bytes(utf8: "k"), value: Bytes(utf8: number == 100 || number == 200 ? large : "\(number)"),
                            time: Int64(number))
                    })
                try await body(cluster)
            }
        }
    }

    static let small = (0..<300).filter { $0 != 100 && $0 != 200 }.map { "\($0)" }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `records that the sink's topic does not take are skipped, and the rest is written`(
        _ guarantee: ProcessingGuarantee
    ) async throws {
        try await Self.withLimit { cluster in
            let log = EventLog()
            var configuration = Counting.configuration(guarantee, log: log)
            configuration.onBadRecord = .skip
            try await cluster.run(Self.topology(), configuration)
            let values = try await cluster.read("out").compactMap { $0.value?.string }
            if guarantee == .exactlyOnce {
                #expect(values == Self.small)
            } else {
                #expect(Set(values) == Set(Self.small))
            }
            let bad = log.events.compactMap { if case .closed(_, let totals) = $0 { totals.bad } else { nil } }
            #expect(bad.last == 2)
        }
    }

    @Test func `they go to the dead-letter topic as they came`() async throws {
        try await Self.withLimit { cluster in
            var configuration = Counting.configuration(.exactlyOnce)
            configuration.onBadRecord = .deadLetter(topic: "dead")
            try await cluster.run(Self.topology(), configuration)
            #expect(try await cluster.read("out").compactMap { $0.value?.string } == Self.small)
            let dead = try await cluster.read("dead")
            #expect(dead.map { $0.value?.count } == [3000, 3000] && dead.map(\.time) == [100, 200])
        }
    }

    @Test func `the application fails with the record's place if it is to fail`() async throws {
        try await Self.withLimit { cluster in
            let error = await cluster.failure(of: try Self.topology(), Counting.configuration(.exactlyOnce))
            #expect(error?.code == .processing)
            #expect(error?.description.contains("in-0 offset 100") == true)
            #expect(error?.description.contains("too large") == true && error?.description.contains("out") == true)
        }
    }

    @Test func `refusals are told apart by size or by content, and their number is bounded`() {
        func record(_ value: String, _ scope: RefusedRecord.Scope) -> RefusedRecord {
            RefusedRecord(
                topicPartition: TopicPartition("t", 0), timestamp: 5, key: nil, value: Bytes(utf8: value),
                scope: scope, reason: value)
        }
        func reason(_ refusals: Refusals, _ value: String, topic: String = "t", time: Int64 = 5) -> String? {
            Bytes(utf8: value).withUnsafeBytes { refusals.refusal(topic: topic, timestamp: time, key: nil, value: $0)?.reason }
        }
        var refusals = Refusals()
        refusals.add([record("abc", .record), record("0123456789", .size)])
        #expect(reason(refusals, "abc") == "abc" && reason(refusals, "abd") == nil)
        #expect(reason(refusals, "abc", time: 6) == nil && reason(refusals, "abc", topic: "u") == nil)
        #expect(reason(refusals, "anything that is longer", time: 9) == "0123456789")
        refusals.add((0..<Refusals.capacity).map { record("\($0)", .record) })
        #expect(reason(refusals, "abc") == nil && reason(refusals, "999") == "999")
    }
}
