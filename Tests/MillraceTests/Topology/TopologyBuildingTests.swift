import KafkaProtocol
import Millrace
import MillraceTesting
import Testing

/// Topologies put together node by node.
@Suite struct TopologyBuildingTests {
    /// in -> first, second (with a store in common) -> out
    func topology() throws -> Topology {
        var topology = Topology()
        try topology.addSource("source", topics: ["in"], key: .string, value: .string)
        try topology.addProcessor("first", parents: ["source"]) { counting }
        try topology.addProcessor("second", parents: ["first"], storeNames: []) { counting }
        try topology.addStateStore(.keyValue("counts", key: .string, value: .int64), processors: ["first"])
        try topology.connect("second", stores: ["counts"])
        try topology.addSink("sink", topic: "out", parents: ["first", "second"], key: .string, value: .string)
        return topology
    }

    var counting: ClosureProcessor {
        ClosureProcessor(onRecord: { record, context in
            let counts: StateTable<String, Int64> = try context.keyValueStore("counts")
            let count = (counts.get(record.key ?? "") ?? 0) + 1
            try counts.put(record.key ?? "", count)
            var record = record
            record.value = "\(count)"
            try context.forward(record)
        })
    }

    @Test func `a topology runs as it was put together`() throws {
        let driver = try TopologyTestDriver(topology())
        try driver.pipe("in", "a", "x", at: 1)
        try driver.restart()
        try driver.pipe("in", "a", "x", at: 2)
        #expect(try driver.texts("out", .string, .string) == ["a=2@1", "a=1@1", "a=4@2", "a=3@2"])
    }

    @Test func `it is described as Kafka Streams would`() throws {
        #expect(
            try topology().describe().description == """
                Topologies:
                   Sub-topology: 0
                    Source: source (topics: [in])
                      --> first
                    Processor: first (stores: [counts])
                      --> second, sink
                      <-- source
                    Processor: second (stores: [counts])
                      --> sink
                      <-- first
                    Sink: sink (topic: out)
                      <-- first, second


                """)
    }

    @Test func `processors that share a store are in one sub-topology, others are not`() throws {
        var topology = Topology()
        for name in ["a", "b", "c"] {
            try topology.addSource("source-\(name)", topics: [name], key: .string, value: .string)
            try topology.addProcessor(name, parents: ["source-\(name)"]) { ClosureProcessor() }
        }
        #expect(topology.describe().subTopologies.count == 3)
        try topology.addStateStore(.keyValue("s", key: .string, value: .string), processors: ["a", "c"])
        #expect(
            topology.describe().subTopologies.map { $0.nodes.map(\.name) }
                == [["source-a", "source-c", "a", "c"], ["source-b", "b"]])
    }

    @Test func `what a builder has built can be extended`() throws {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        _ = input.filter(named: "keep") { _, value in value != "no" }.groupByKey().count(.as("counts"), named: "count")
        var topology = try builder.build()
        try topology.addProcessor("mark", parents: ["keep"]) {
            ClosureProcessor(onRecord: { try $1.forward($0.with(value: "\($0.value ?? "")!")) })
        }
        try topology.addSink("marked", topic: "out", parents: ["mark"], key: .string, value: .string)
        let error = #expect(throws: StreamsError.self) {
            try topology.addProcessor("rows", parents: ["count"]) { ClosureProcessor() }
        }
        #expect(error?.message.contains("its parent count sends (String, Change<Int64>)") == true)
        let driver = try TopologyTestDriver(topology)
        try driver.pipe("in", "a", "yes", at: 1)
        try driver.pipe("in", "a", "no", at: 2)
        #expect(try driver.texts("out", .string, .string) == ["a=yes!@1"])
        #expect(try driver.keyValueStore("counts", key: String.self, value: Int64.self).get("a") == 1)
    }

    func expectFault(_ message: String, in build: (inout Topology) throws -> Void) throws {
        var topology = try topology()
        let before = topology.describe()
        let error = #expect(throws: StreamsError.self) { try build(&topology) }
        #expect(error?.code == .invalidTopology)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        #expect(topology.describe() == before)
    }

    @Test func `names are used once, and parents are there`() throws {
        try expectFault("the step name first is used twice") {
            try $0.addSource("first", topics: ["other"], key: .string, value: .string)
        }
        try expectFault("the step name source is used twice") {
            try $0.addProcessor("source", parents: ["first"]) { ClosureProcessor() }
        }
        try expectFault("the step new has the parent nobody, which has not been added") {
            try $0.addProcessor("new", parents: ["nobody"]) { ClosureProcessor() }
        }
        try expectFault("the step new has the parent new, which has not been added") {
            try $0.addProcessor("new", parents: ["new"]) { ClosureProcessor() }
        }
        try expectFault("the step new has no parent") {
            try $0.addSink("new", topic: "new", parents: [], key: .string, value: .string)
        }
        try expectFault("the step new has the parent sink, a sink") {
            try $0.addProcessor("new", parents: ["sink"]) { ClosureProcessor() }
        }
        try expectFault("the step new names the parent first twice") {
            try $0.addProcessor("new", parents: ["first", "first"]) { ClosureProcessor() }
        }
        try expectFault("empty name") { try $0.addProcessor("", parents: ["first"]) { ClosureProcessor() } }
    }

    @Test func `topics are read once`() throws {
        try expectFault("the topic in is read by two steps, source and new") {
            try $0.addSource("new", topics: ["other", "in"], key: .string, value: .string)
        }
        try expectFault("the source new names the topic a twice") {
            try $0.addSource("new", topics: ["a", "a"], key: .string, value: .string)
        }
        try expectFault("the topic name \"a b\" is not allowed") {
            try $0.addSink("new", topic: "a b", parents: ["first"], key: .string, value: .string)
        }
        try expectFault("the source new has no topic") {
            try $0.addSource("new", topics: [], key: .string, value: .string)
        }
    }

    @Test func `records have the types that the next step takes`() throws {
        try expectFault("the step new takes records of (String, Int64), but its parent first sends (String, String)") {
            try $0.addSink("new", topic: "new", parents: ["first"], key: .string, value: .int64)
        }
        try expectFault("the step new takes records of (Int64, String), but its parent source sends (String, String)") {
            try $0.addSink("new", parents: ["source"], key: .int64, value: .string) { _, _ in "new" }
        }
    }

    @Test func `stores are there, once, and make sense`() throws {
        let counts = StoreBuilder.keyValue("counts", key: .string, value: .string)
        try expectFault("the store name counts is used twice") { try $0.addStateStore(counts) }
        try expectFault("names the store other, which has not been added") {
            try $0.connect("first", stores: ["other"])
        }
        try expectFault("names the store other, which has not been added") {
            try $0.addProcessor("new", parents: ["first"], storeNames: ["other"]) { ClosureProcessor() }
        }
        try expectFault("no processor called sink") { try $0.connect("sink", stores: ["counts"]) }
        try expectFault("no processor called new") {
            try $0.addStateStore(.keyValue("s", key: .string, value: .string), processors: ["new"])
        }
        try expectFault("negative") {
            try $0.addStateStore(.versioned("s", historyRetention: .seconds(-1), key: .string, value: .string))
        }
    }

    @Test func `a global store has no other users that name it, and nothing after it`() throws {
        let store = StoreBuilder.keyValue("rates", key: .string, value: .string)
        func add(_ topology: inout Topology, _ store: StoreBuilder) throws {
            try topology.addGlobalStore(
                store, source: "rates-source", topic: "rates", key: .string, value: .string,
                processor: "rates-processor"
            ) { ClosureProcessor() }
        }
        try expectFault("only key-value stores") {
            try add(&$0, .session("rates", retention: .seconds(1), key: .string, value: .string))
        }
        try expectFault("the store name counts is used twice") {
            try add(&$0, .keyValue("counts", key: .string, value: .string))
        }
        var topology = try topology()
        try add(&topology, store)
        for build: (inout Topology) throws -> Void in [
            { try $0.connect("first", stores: ["rates"]) },
            { try $0.addSink("new", topic: "new", parents: ["rates-processor"], key: .string, value: .string) },
        ] {
            let error = #expect(throws: StreamsError.self) { try build(&topology) }
            #expect(error?.message.contains("global") == true)
        }
        #expect(
            topology.describe().description.hasSuffix(
                """
                  Sub-topology: 1 for global store (will not generate tasks)
                    Source: rates-source (topics: [rates])
                      --> rates-processor
                    Processor: rates-processor (stores: [rates])
                      --> none
                      <-- rates-source

                """))
    }

    @Test func `a sink may choose a topic for each record`() throws {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.to(Produced(name: "by-key")) { record, metadata in "\(metadata?.topic ?? "none")-\(record.key ?? "null")" }
        var topology = try builder.build()
        try topology.addSink("by-value", parents: ["KSTREAM-SOURCE-0000000000"], key: .string, value: .string) {
            record, _ in record.value ?? "null"
        }
        #expect(
            topology.describe().description.contains("Sink: by-key (extractor class: TopicNameExtractor)\n      <-- "))
        let driver = try TopologyTestDriver(topology)
        try driver.pipe("in", "a", "x", at: 1)
        try driver.pipe("in", "b", "x", at: 2)
        try driver.pipe("in", "a", "y", at: 3)
        #expect(try driver.texts("in-a", .string, .string) == ["a=x@1", "a=y@3"])
        #expect(try driver.texts("in-b", .string, .string) == ["b=x@2"])
        #expect(try driver.texts("x", .string, .string) == ["a=x@1", "b=x@2"])
    }
}
