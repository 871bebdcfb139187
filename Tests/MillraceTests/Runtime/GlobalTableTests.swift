import KafkaClient
import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct GlobalTableTests {
    static func topology(_ trigger: Trigger? = nil) throws -> Topology {
        let builder = StreamsBuilder()
        let names: GlobalKTable<String, String> = builder.globalTable("names")
        let input: KStream<String, String> = builder.stream("in")
        input.leftJoin(names, lookUp: { _, value in value }) { _, _, name in name ?? "?" }
            .to("out")
        return try builder.build()
    }

    static func name(_ key: String, _ value: String) -> StreamsCluster.Input {
        .init(topic: "names", key: Bytes(utf8: key), value: Bytes(utf8: value))
    }

    static func visit(_ number: Int, _ key: String) -> StreamsCluster.Input {
        .init(key: Bytes(utf8: "\(number)"), value: Bytes(utf8: key))
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `a global table is whole before the first record is processed, and follows its topic`(
        _ guarantee: ProcessingGuarantee
    ) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1, "names": 3])
                let names = (0..<500).map { Self.name("k\($0)", "name \($0)") }
                try await cluster.produce(names)
                let visits = (0..<500).map { Self.visit($0, "k\($0)") }
                try await cluster.produce(visits)
                let topology = try Self.topology()
                let log = EventLog()
                try await cluster.run(topology, Counting.configuration(guarantee, exitsWhenIdle: false, log: log)) {
                    await log.wait(count: 2) { if case .committed = $0 { true } else { false } }
                    try await cluster.produce([Self.name("new", "late name")])
                    // The row comes at some time; from then on it is joined.
                    var number = 1000
                    while try await cluster.table("out", .string, .string).values.contains("late name") == false {
                        number += 1
                        let before = log.events.count
                        try await cluster.produce([Self.visit(number, "new")])
                        await log.wait(count: before + 1) { _ in true }
                    }
                }
                let table = try await cluster.table("out", .string, .string)
                for number in 0..<500 { #expect(table["\(number)"] == "name \(number)") }
            }
        }
    }

    static let badName = StreamsCluster.Input(topic: "names", key: Bytes(utf8: "bad"), value: Bytes([0xff, 0xfe]))

    @Test func `a bad record of a global table fails the start, by topic and offset`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 1, "out": 1, "names": 1])
                try await cluster.produce([Self.name("a", "first"), Self.badName])
                let error = await #expect(throws: StreamsError.self) {
                    try await cluster.run(Self.topology(), Counting.configuration(.atLeastOnce, log: EventLog()))
                }
                #expect(error?.code == .undecodableRecord)
                #expect(error?.message.contains("names-0 offset 1") == true)
            }
        }
    }

    @Test(arguments: [BadRecordPolicy.skip, .deadLetter(topic: "bad")])
    func `bad records of a global table go as the policy says, at the start and later`(
        _ policy: BadRecordPolicy
    ) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 1, "out": 1, "names": 1, "bad": 1])
                try await cluster.produce([Self.name("a", "first"), Self.badName, Self.name("b", "second")])
                let log = EventLog()
                var configuration = Counting.configuration(.exactlyOnce, exitsWhenIdle: false, log: log)
                configuration.onBadRecord = policy
                try await cluster.run(Self.topology(), configuration) {
                    await log.wait { if case .running = $0 { true } else { false } }
                    try await cluster.produce([Self.badName, Self.name("c", "third")])
                    var number = 0
                    while try await cluster.table("out", .string, .string).values.contains("third") == false {
                        number += 1
                        let before = log.events.count
                        try await cluster.produce([Self.visit(number, "c")])
                        await log.wait(count: before + 1) { _ in true }
                    }
                }
                #expect(log.warnings.contains { $0.contains("1 record of global tables could not be read or processed") })
                guard case .deadLetter = policy else { return }
                let letters = try await cluster.read("bad")
                #expect(letters.map(\.value) == [Bytes([0xff, 0xfe]), Bytes([0xff, 0xfe])])
                let offsets = letters.map { $0.headers.first { $0.key == "__streams.errors.offset" }?.value?.string }
                #expect(offsets == ["1", "3"])
            }
        }
    }
}
