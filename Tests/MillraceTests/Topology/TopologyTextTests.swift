import Millrace
import Testing

@Suite struct TopologyTextTests {
    func text() throws -> String {
        let builder = StreamsBuilder()
        let global: GlobalKTable<String, String> = builder.globalTable("names")
        let stream: KStream<String, String> = builder.stream("in")
        stream.join(global, lookUp: { key, _ in key }) { _, value, name in value + name }
            .groupBy { _, value in value }.count(.as("counts")).to("out")
        return try builder.build().describe().description
    }

    @Test func `a description is read and prints as it was`() throws {
        #expect(try TopologyDescription(parsing: text()).description == text())
    }

    @Test func `line ends of Windows and spaces around do not matter`() throws {
        let other = "\n" + (try text()).replacing("\n", with: "\r\n") + "\n\n"
        #expect(try TopologyDescription(parsing: other).description == text())
    }

    @Test func `names may contain what separates names`() throws {
        let text = """
            Topologies:
               Sub-topology: 0
                Source: a, b (topics: [in])
                  --> c (stores: [x, d, d
                Processor: c (stores: [x (stores: [])
                  --> none
                  <-- a, b
                Sink: d (topic: out)
                  <-- a, b
                Sink: d, d (topic: other)
                  <-- a, b


            """
        let description = try TopologyDescription(parsing: text)
        #expect(description.description == text)
        #expect(description.subTopologies[0].nodes[0].successors == ["c (stores: [x", "d, d"])
    }

    @Test(arguments: [
        ("", "the text is empty; a description begins with \"Topologies:\""),
        ("{}", "line 1: a description begins with \"Topologies:\""),
        ("Topologies:\n Source: a (topics: [x])", "line 2: \"Sub-topology: NUMBER\" is expected"),
        ("Topologies:\n Sub-topology: one", "line 2: a sub-topology has a number"),
        ("Topologies:\n Sub-topology: 0\n Sub-topology: 0", "line 3: the sub-topology 0 is there twice"),
        ("Topologies:\n Sub-topology: 0\n --> none", "line 3: an arrow belongs to a step"),
        (
            "Topologies:\n Sub-topology: 0\n Pump: a",
            "line 3: neither a source, a processor or a sink, nor an arrow: Pump: a"
        ),
        (
            "Topologies:\n Sub-topology: 0\n Source: a (topics: [x])\n --> b",
            "line 3: the step a is connected to b, which its sub-topology does not have"
        ),
        (
            "Topologies:\n Sub-topology: 0\n Source: a (topics: [x])",
            "line 3: the step a has not the arrows that it should; is the text whole?"
        ),
        (
            "Topologies:\n Sub-topology: 0\n Source: a (topics: [x])\n --> none\n Source: a (topics: [y])",
            "line 5: the step a is there twice"
        ),
    ])
    func `what is no description is refused with the line`(text: String, message: String) {
        let error = #expect(throws: TopologyTextError.self) { try TopologyDescription(parsing: text) }
        #expect(error?.description == message)
    }

    @Test(arguments: 0..<50 as Range<UInt64>)
    func `a broken text is read or refused, without a trap`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var characters = Array(try text())
        for _ in 0..<Int.random(in: 1...5, using: &random) {
            let place = Int.random(in: 0..<characters.count, using: &random)
            let length = min(Int.random(in: 1...40, using: &random), characters.count - place)
            if Bool.random(using: &random) {
                characters.removeSubrange(place..<place + length)
            } else {
                characters.insert(contentsOf: characters[place..<place + length], at: place)
            }
        }
        _ = try? TopologyDescription(parsing: String(characters))
    }
}
