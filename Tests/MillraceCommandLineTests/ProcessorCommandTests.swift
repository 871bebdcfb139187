import Millrace
import MillraceCommandLine
import Testing

@Suite struct ProcessorCommandTests {
    let declared = [
        TopologySetting("grace", "How late.", kind: .duration, default: "5m"),
        TopologySetting("format", "Which.", kind: .choice(["common", "edgar"]), default: "common"),
        TopologySetting("limit", "How many.", kind: .integer(1...10)),
    ]

    @Test func `settings are those given and the defaults of the others`() throws {
        let settings = try TopologySettings(["grace": "7d", "limit": "3"], declared: declared)
        #expect(try settings.duration("grace") == .seconds(7 * 86400))
        #expect(settings["format"] == "common")
        #expect(try settings.integer("limit") == 3)
        #expect(try TopologySettings([:], declared: declared).integer("limit") == nil)
    }

    @Test(arguments: [
        (["grase": "7d"], "--set: the topology has no setting \"grase\" (its settings are grace, format, limit); did you mean grace?"),
        (["grace": "7"], "--set grace: \"7\" has no unit: a duration is written such as 500ms, 20s, 5m, 1h30m or 7d"),
        (["format": "csv"], "--set format: \"csv\" is not one of common, edgar"),
        (["limit": "11"], "--set limit: 11 is out of range: it must be from 1 to 10"),
    ])
    func `settings that make no sense are refused`(given: [String: String], message: String) {
        do {
            _ = try TopologySettings(given, declared: declared)
            Issue.record("\(given) was taken")
        } catch {
            #expect("\(error)" == message)
        }
    }

    @Test(arguments: [
        (["run", "--broker", "embedded:/x"], Int32(64)), (["run", "nope", "--broker", "embedded:/x"], 64),
        (["run", "words", "--broker", "nowhere"], 64), (["run", "words"], 64),
        (["run", "words", "--broker", "embedded:/x", "--application-id", "a/b"], 64),
        (["run", "words", "--broker", "embedded:/x", "--partitions", "0"], 64),
        (["run", "words", "--broker", "embedded:/x", "--guarantee", "maybe"], 64),
        (["run", "words", "--broker", "embedded:/x", "--set", "nope=1"], 64),
        (["describe", "words", "--format", "png"], 64),
        (["run", "words", "--broker", "host:9092"], 69),
    ])
    func `a command line that makes no sense is refused`(arguments: [String], code: Int32) async {
        let processor = ProcessorCommand([
            TopologyDefinition("words", "Counts words.") { _ in try StreamsBuilder().build() }
        ])
        #expect(await Program(processor.command).run(arguments, stop: StopSignal()) == code)
    }

    let description = """
        Topologies:
           Sub-topology: 0
            Source: source (topics: [a, b])
              --> step
            Processor: step (stores: [counts])
              --> sink, other
              <-- source
            Sink: sink (topic: "out")
              <-- step
            Processor: other (stores: [])
              --> none
              <-- step

        """

    @Test func `a topology is drawn for Mermaid`() {
        #expect(
            TopologyDiagram(description: description).mermaid == """
                flowchart TD
                    subgraph s0["Sub-topology: 0"]
                        n0(["source"])
                        n1["step"]
                        n2(["sink"])
                        n3["other"]
                    end
                    n4>"a"]
                    n5>"b"]
                    n6[("counts")]
                    n7>"#quot;out#quot;"]
                    n4 --> n0
                    n5 --> n0
                    n0 --> n1
                    n1 --> n6
                    n1 --> n2
                    n1 --> n3
                    n2 --> n7

                """)
    }

    @Test func `a topology is drawn for Graphviz`() {
        let dot = TopologyDiagram(description: description).dot
        #expect(dot.hasPrefix("digraph topology {\n    subgraph cluster_0 {\n"))
        #expect(dot.contains("\"topic \\\"out\\\"\" [label=\"\\\"out\\\"\", shape=note];"))
        #expect(dot.contains("    \"step\" -> \"sink\";\n"))
        #expect(dot.hasSuffix("}\n"))
    }
}
