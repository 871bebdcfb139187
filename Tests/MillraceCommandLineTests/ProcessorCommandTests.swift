import ClickstreamTopology
import Foundation
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
        (
            ["grase": "7d"],
            "--set: the topology has no setting \"grase\" (its settings are grace, format, limit); did you mean grace?"
        ),
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
        "run --broker embedded:/x", "run nope --broker embedded:/x", "run words --broker nowhere", "run words",
        "run words --broker embedded:/x --application-id a/b", "run words --broker embedded:/x --partitions 0",
        "run words --broker embedded:/x --guarantee maybe", "run words --broker embedded:/x --bad-records dead-letter:",
        "run words --broker embedded:/x --set nope=1", "run words --broker embedded:/x --bad-records retry:0,then=skip",
        "run words --broker embedded:/x --bad-records retry:3", "run words --broker embedded:/x --on-failure all=skip",
        "run words --broker embedded:/x --on-failure processing=skip --on-failure processing=fail",
        "run words --broker embedded:/x --dropped-records skip", "run words --broker embedded:/x --failed-tasks never",
        "describe words --format png", "list extra",
    ])
    func `a command line that makes no sense is refused, with the command's name`(line: String) async throws {
        let processor = ProcessorCommand([
            TopologyDefinition("words", "Counts words.") { _ in try StreamsBuilder().build() }
        ])
        let arguments = line.split(separator: " ").map(String.init)
        let run = try await ProgramRun(processor.command, arguments)
        #expect(run.code == 64 && run.messages.hasPrefix("processor \(arguments.first ?? ""): "), "\(run.messages)")
    }

    @Test(arguments: ["text", "mermaid", "dot"])
    func `a topology is described in each form`(format: String) async throws {
        let processor = ProcessorCommand([
            TopologyDefinition("copy", "Copies.", settings: [TopologySetting("to", "Where to.", default: "out")]) {
                settings in
                let builder = StreamsBuilder()
                builder.stream("in", key: .string, value: .string).to(settings["to"] ?? "")
                return try builder.build()
            }
        ])
        #expect(try await ProgramRun(processor.command, ["describe", "copy", "--format", format]).code == 0)
    }

    /// A processor of a topology that counts, with a step before it if the setting says so.
    let counting = ProcessorCommand([
        TopologyDefinition(
            "count", "Counts.",
            settings: [
                TopologySetting("filtered", "Whether.", default: "false"), TopologySetting("store", "Its name."),
            ]
        ) { settings in
            let builder = StreamsBuilder()
            var stream = builder.stream("in", key: .string, value: .string)
            if try settings.boolean("filtered") == true { stream = stream.filter { _, _ in true } }
            stream.groupByKey().count(Materialized(as: settings["store"])).to("out")
            return try builder.build()
        }
    ])

    @Test(arguments: [
        ("--set store=counts", 0), ("--set store=counts --set filtered=true", 0), ("--set store=other", 2), ("", 2),
        ("--set store=counts --format dot", 64),
    ])
    func `a comparison says by its exit code whether state would be lost`(options: String, code: Int32) async throws {
        let definition = try counting.catalog.definition(named: "count")
        let old = try definition.topology(settings: ["store": "counts"]).describe().description
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).txt")
        try old.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let line = ["describe", "count", "--compare", file.path] + options.split(separator: " ").map(String.init)
        #expect(try await ProgramRun(counting.command, line).code == code)
    }

    @Test(arguments: ["", "no description\n"])
    func `a comparison with what is no description fails`(text: String) async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).txt")
        try text.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let line = ["describe", "count", "--compare", file.path]
        #expect(try await ProgramRun(counting.command, line).code == 1)
        #expect(try await ProgramRun(counting.command, ["describe", "count", "--compare", "/no/such"]).code == 1)
    }

    @Test func `the topologies of this repository need no warning`() throws {
        #expect(try Clickstream.topology().unnamedResources == [])
    }
}
