import KafkaProtocol
import MillraceTesting
import Testing

@testable import Millrace

/// Which repartition topics become one under optimization, and where it goes.
@Suite struct RepartitionMergingTests {
    typealias Stream = KStream<String, String>

    func rekeyed(_ builder: StreamsBuilder, _ topic: String) -> Stream {
        let stream: Stream = builder.stream(topic, Consumed(name: Named(topic)))
        return stream.selectKey(named: "key-\(topic)") { _, value in value }
    }

    func count(_ stream: Stream, _ name: String) {
        stream.groupByKey(.named(Named(name))).count(.as(name)).to("out-\(name)")
    }

    /// The connections between steps as `parent>child`.
    func links(_ topology: Topology) -> Set<String> {
        Set(topology.nodes.flatMap { node in node.parents.map { "\($0)>\(node.name)" } })
    }

    func topics(_ topology: Topology) -> [String] { topology.repartitionTopics.map(\.topic.name).sorted() }

    @Test func `merged streams with changed keys go through one topic after the merge`() throws {
        let builder = StreamsBuilder()
        let left: Stream = builder.stream("a")
        let right: Stream = builder.stream("b")
        let merged = left.selectKey { _, value in value }.merge(right.selectKey { _, value in value })
        count(merged, "first")
        count(merged, "second")
        let topology = try builder.build(.all)
        #expect(topics(topology) == ["first-repartition"])
        let first = """
            Topologies:
               Sub-topology: 0
                Source: KSTREAM-SOURCE-0000000000 (topics: [a])
                  --> KSTREAM-KEY-SELECT-0000000002
                Source: KSTREAM-SOURCE-0000000001 (topics: [b])
                  --> KSTREAM-KEY-SELECT-0000000003
                Processor: KSTREAM-KEY-SELECT-0000000002 (stores: [])
                  --> KSTREAM-MERGE-0000000004
                  <-- KSTREAM-SOURCE-0000000000
                Processor: KSTREAM-KEY-SELECT-0000000003 (stores: [])
                  --> KSTREAM-MERGE-0000000004
                  <-- KSTREAM-SOURCE-0000000001
                Processor: KSTREAM-MERGE-0000000004 (stores: [])
                  --> first-repartition-filter
                  <-- KSTREAM-KEY-SELECT-0000000002, KSTREAM-KEY-SELECT-0000000003
                Processor: first-repartition-filter (stores: [])
                  --> first-repartition-sink
                  <-- KSTREAM-MERGE-0000000004
                Sink: first-repartition-sink (topic: first-repartition)
                  <-- first-repartition-filter

              Sub-topology: 1
                Source: first-repartition-source (topics: [first-repartition])
                  --> KSTREAM-AGGREGATE-0000000005, KSTREAM-AGGREGATE-0000000011

            """
        #expect("\(topology.describe())".hasPrefix(first.dropLast()))
    }

    @Test func `merges without an aggregate stay as they are`() throws {
        let builder = StreamsBuilder()
        let stream = rekeyed(builder, "in")
        let values = (0..<3).map { number in stream.mapValues { (value: String?) in "\(value ?? "")\(number)" } }
        values[0].merge(values[1]).merge(values[2]).to("out")
        #expect(try "\(builder.build(.all).describe())" == "\(builder.build().describe())")
    }

    @Test func `a change of values keeps a topic where it is`() throws {
        let builder = StreamsBuilder()
        let stream = rekeyed(builder, "in")
        count(stream.mapValues { (value: String?) in value?.uppercased() }, "upper")
        count(stream.flatMapValues { (value: String?) in [value ?? "", "x"] }, "flat")
        #expect(try "\(builder.build(.all).describe())" == "\(builder.build().describe())")
    }

    @Test func `explicit repartitioning is not merged`() throws {
        let builder = StreamsBuilder()
        let stream = rekeyed(builder, "in")
        count(stream.repartition(), "one")
        count(stream.repartition(), "two")
        #expect(try "\(builder.build(.all).describe())" == "\(builder.build().describe())")
    }

    @Test func `the topic goes before the filters after a change of the key`() throws {
        let builder = StreamsBuilder()
        let stream = rekeyed(builder, "in")
        let filtered = stream.filter(named: "keep") { _, value in value != "x" }
        count(filtered, "one")
        count(filtered, "two")
        count(stream, "three")
        let topology = try builder.build(.all)
        #expect(topics(topology) == ["one-repartition"])
        let links = links(topology)
        #expect(links.isSuperset(of: ["key-in>one-repartition-filter", "one-repartition-source>keep"]))
        #expect(!links.contains("key-in>keep"))
        #expect(topology.nodes.filter { !$0.stores.isEmpty }.map(\.parents) == [["keep"], ["keep"], ["one-repartition-source"]])
    }

    @Test func `joins share the topic with aggregates`() throws {
        let builder = StreamsBuilder()
        let stream = rekeyed(builder, "in")
        let counts = stream.groupByKey(.named("counts")).count(.as("counts"))
        stream.filter(named: "keep") { _, _ in true }
            .join(counts, .named("joined")) { (_, value: String, count: Int64) in "\(value)\(count)" }
            .to("out")
        let topology = try builder.build(.all)
        #expect(topics(topology) == ["counts-repartition"])
        #expect(links(topology).isSuperset(of: ["counts-repartition-source>keep", "keep>joined"]))
        #expect(topology.subTopologies().count == 2)
        #expect(topology.copartitioned.allSatisfy { $0.topics.allSatisfy { $0.name == "counts-repartition" } })
    }

    @Test func `a merge with a stream whose key is its own has the topic after it`() throws {
        let builder = StreamsBuilder()
        let other: Stream = builder.stream("other", Consumed(name: "other"))
        count(rekeyed(builder, "in").merge(other, named: "both"), "n")
        let topology = try builder.build(.all)
        #expect(links(topology).isSuperset(of: ["key-in>both", "other>both", "both>n-repartition-filter"]))
    }

    @Test func `topics before and after a merge with another re-keyed stream stay apart`() throws {
        let builder = StreamsBuilder()
        let stream = rekeyed(builder, "a")
        count(stream, "alone")
        count(stream.merge(rekeyed(builder, "b"), named: "both"), "together")
        let topology = try builder.build(.all)
        #expect(topics(topology) == ["alone-repartition", "together-repartition"])
        #expect(links(topology).isSuperset(of: ["key-a>both", "key-b>both", "key-a>alone-repartition-filter"]))
    }

    @Test func `merges of merges have one topic after the last`() throws {
        let builder = StreamsBuilder()
        let two = rekeyed(builder, "a").merge(rekeyed(builder, "b"), named: "two")
        let three = two.merge(rekeyed(builder, "c"), named: "three")
        count(three, "x")
        count(three, "y")
        let topology = try builder.build(.all)
        #expect(topics(topology) == ["x-repartition"])
        #expect(links(topology).isSuperset(of: ["two>three", "key-c>three", "three>x-repartition-filter"]))
    }

    /// A topology of random steps on streams with one another.
    func random(_ seed: UInt64) -> (builder: StreamsBuilder, outputs: [String]) {
        var random = SeededRandom(seed: seed)
        let builder = StreamsBuilder()
        var streams: [Stream] = ["a", "b", "c"].map { builder.stream($0) }
        var outputs: [String] = []
        var merges = 0
        for step in 0..<Int.random(in: 4...14, using: &random) {
            let stream = streams.randomElement(using: &random) ?? streams[0]
            switch Int.random(in: 0..<9, using: &random) {
            case 0, 1: streams.append(stream.selectKey { _, value in value.map { String($0.suffix(1)) } })
            case 2: streams.append(stream.filter { _, value in value != "x" })
            case 3: streams.append(stream.mapValues { (value: String?) in (value ?? "") + "'" })
            case 4, 5:
                merges += 1
                if merges < 5 { streams.append(stream.merge(streams.randomElement(using: &random) ?? streams[0])) }
            case 6: streams.append(stream.repartition())
            default:
                count(stream, "s\(step)")
                outputs.append("out-s\(step)")
            }
        }
        count(streams[streams.count - 1], "last")
        return (builder, outputs + ["out-last"])
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `no record with a changed key reaches an aggregate without going through a topic`(_ seed: UInt64) throws {
        let (builder, outputs) = random(seed)
        let topologies = [try builder.build(), try builder.build(.all)]
        for topology in topologies {
            for node in topology.nodes where !node.stores.isEmpty {
                var open = node.parents
                while let name = open.popLast() {
                    #expect(!name.hasPrefix("KSTREAM-KEY-SELECT"), "\(node.name) comes after \(name)")
                    open += topology.node(name)?.parents ?? []
                }
            }
            for (place, node) in topology.nodes.enumerated() {
                #expect(node.parents.allSatisfy { parent in topology.nodes[..<place].contains { $0.name == parent } })
            }
        }
        #expect(topologies[1].repartitionTopics.count <= topologies[0].repartitionTopics.count)
        let drivers = try topologies.map { try TopologyTestDriver($0) }
        for number in 0..<20 {
            for driver in drivers {
                try driver.pipe(
                    ["a", "b", "c"][number % 3], "k\(number % 4)", number % 5 == 4 ? "x" : "v\(number % 7)",
                    at: Int64(number))
            }
        }
        // The order of records that come different ways may differ, but not how many there are.
        for output in outputs {
            let results = try drivers.map { driver in
                try driver.read(output).reduce(into: [:]) { counts, record in
                    counts[record.key?.string ?? ""] = try record.value.map { try Serde<Int64>.int64.decode($0) }
                }
            }
            #expect(results[0] == results[1])
        }
    }
}
