import Millrace
import Testing

/// What is wrong with a topology is told when it is built, with the step's name.
@Suite struct TopologyFaultTests {
    struct Unreadable: Sendable, Hashable {}

    func expectFault(_ parts: String..., in build: (StreamsBuilder) -> Void) {
        let builder = StreamsBuilder()
        build(builder)
        let error = #expect(throws: StreamsError.self) { try builder.build() }
        #expect(error?.code == .invalidTopology)
        for part in parts { #expect(error?.message.contains(part) == true, "\(error?.message ?? "")") }
    }

    @Test func `a type without a serde needs one named`() {
        expectFault("KSTREAM-SOURCE-0000000000", "serde for its values", "Unreadable") { builder in
            let stream: KStream<String, Unreadable> = builder.stream("in")
            stream.forEach { _, _ in }
        }
        expectFault("to-out", "serde for its keys") { builder in
            let stream: KStream<String, String> = builder.stream("in")
            stream.selectKey { _, _ in Unreadable() }.to("out", named: "to-out")
        }
    }

    @Test func `a name is used once`() {
        expectFault("the step name twice is used twice") { builder in
            let stream: KStream<String, String> = builder.stream("in")
            stream.filter(named: "twice") { _, _ in true }.filter(named: "twice") { _, _ in true }.to("out")
        }
        expectFault("the store name counts is used twice") { builder in
            let stream: KStream<String, String> = builder.stream("in")
            let grouped = stream.groupByKey()
            _ = grouped.count(.as("counts"))
            _ = grouped.count(.as("counts"))
        }
        expectFault("the repartition topic again-repartition is made twice") { builder in
            let stream: KStream<String, String> = builder.stream("in")
            _ = stream.repartition(Repartitioned(name: "again"))
            _ = stream.repartition(Repartitioned(name: "again"))
        }
    }

    @Test func `a topic is read by one step`() {
        expectFault("the topic in is read by two steps") { builder in
            let first: KStream<String, String> = builder.stream("in")
            let second: KTable<String, String> = builder.table("in")
            first.to("a")
            second.to("b")
        }
    }

    @Test func `windows have sizes that make sense`() {
        func windowed(_ windows: TimeWindows, retention: Duration? = nil) -> (StreamsBuilder) -> Void {
            { builder in
                let stream: KStream<String, String> = builder.stream("in")
                _ = stream.groupByKey().windowedBy(windows).count(Materialized(retention: retention))
            }
        }
        expectFault("size must be positive", in: windowed(.tumbling(.zero)))
        expectFault("advance must be positive", in: windowed(.hopping(.seconds(1), advance: .zero)))
        expectFault("not above the size", in: windowed(.hopping(.seconds(1), advance: .seconds(2))))
        expectFault("grace must not be negative", in: windowed(.tumbling(.seconds(1), grace: .seconds(-1))))
        expectFault(
            "retention of 1000 ms", in: windowed(.tumbling(.seconds(1), grace: .seconds(1)), retention: .seconds(1)))
        expectFault("gap must not be negative") { builder in
            let stream: KStream<String, String> = builder.stream("in")
            _ = stream.groupByKey().windowedBy(.gap(.seconds(-1))).count()
        }
    }

    @Test func `an endless grace is allowed`() throws {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        let windows = TimeWindows(sizeMs: 1000, advanceMs: 1000, graceMs: .max)
        stream.groupByKey().windowedBy(windows).count().to("out")
        _ = try builder.build()
    }

    @Test func `a topology without steps is none`() { expectFault("no step at all") { _ in } }

    @Test func `all faults are told at once`() {
        expectFault("size must be positive", "is used twice") { builder in
            let stream: KStream<String, String> = builder.stream("in", named: "same")
            _ = stream.filter(named: "same") { _, _ in true }.groupByKey().windowedBy(.tumbling(.zero)).count()
        }
    }
}
