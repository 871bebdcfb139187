import Testing

@testable import Millrace

@Suite struct TopologyDescriptionTests {
    func topology() throws -> Topology {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        stream.groupBy { _, value in value }.count(.as("counts")).to("out")
        return try builder.build()
    }

    @Test func `a description lists sub-topologies, nodes and neighbours`() throws {
        let description = try topology().describe()
        #expect(description.subTopologies.map(\.id) == [0, 1])
        let second = try #require(description.subTopologies.last)
        #expect(
            second.nodes.map(\.kind) == [
                .source(topics: ["counts-repartition"]), .processor(stores: ["counts"]), .processor(stores: []),
                .sink(topic: "out"),
            ])
        #expect(second.nodes[1].predecessors == ["counts-repartition-source"])
        #expect(second.nodes[1].successors == [second.nodes[2].name])
    }

    @Test func `drawings have a box a sub-topology, and topics and stores once`() throws {
        let description = try topology().describe()
        #expect(description.mermaid.hasPrefix("flowchart TD\n    subgraph s0[\"Sub-topology 0\"]\n"))
        #expect(description.mermaid.ranges(of: "[(\"counts\")]").count == 1)
        #expect(description.mermaid.ranges(of: ">\"counts-repartition\"]").count == 1)
        #expect(description.dot.hasPrefix("digraph topology {\n    subgraph cluster_0 {\n"))
        #expect(description.dot.ranges(of: "label=\"counts\", shape=cylinder").count == 1)
        #expect(description.dot.hasSuffix("}\n"))
    }

    @Test func `names are quoted in drawings`() throws {
        var topology = Topology()
        topology.nodes = [
            TopologyNode(
                name: "a \"quoted\" \\ name", kind: .source(topics: [TopicReference("in")], reset: nil), parents: []
            ) { _ in }
        ]
        let description = topology.describe()
        #expect(description.mermaid.contains("[\"a #quot;quoted#quot; \\ name\"]"))
        #expect(description.dot.contains("label=\"a \\\"quoted\\\" \\\\ name\""))
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `a tree with a steady order is sorted and has each element once`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var tree = JavaTreeSet()
        var model: Set<Int> = []
        for _ in 0..<200 {
            let element = Int.random(in: 0..<100, using: &random)
            tree.insert(element, <)
            model.insert(element)
        }
        #expect(tree.elements == model.sorted())
    }

    @Test func `strings are in the order of Java's hash tables`() {
        #expect(javaHashOrder(["b", "a", "q", "c"]) { $0 } == ["a", "q", "b", "c"])
        let many = (0..<13).map { "n\($0)" }
        #expect(Set(javaHashOrder(many) { $0 }) == Set(many))
    }
}
