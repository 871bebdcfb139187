import ClickstreamTopology
import Millrace
import MillraceCommandLine
import WordCountTopology

/// The `processor` of this repository. A package of one's own makes another in the same few lines.
@main
struct Main {
    static func main() async {
        await ProcessorCommand(topologies).main()
    }

    /// The topologies that this processor knows: add yours here.
    static let topologies: TopologyCatalog = [
        TopologyDefinition("word-count", "Counts the words of the lines in topic lines.") { _ in
            try WordCount.topology()
        },
        TopologyDefinition(
            "clickstream", "Page views, sessions, distinct users and top pages of a web server's access log.",
            settings: [
                TopologySetting(
                    "format", "The form of the lines: common (Common and Combined Log Format) or edgar (CSV).",
                    kind: .choice(LogFormat.allCases.map(\.rawValue)), default: LogFormat.common.rawValue),
                TopologySetting("grace", "How late a line may be for its window.", kind: .duration, default: "1h"),
            ]
        ) { settings in
            try Clickstream.topology(
                format: settings["format"].flatMap(LogFormat.init) ?? .common,
                grace: try settings.duration("grace") ?? .hours(1))
        },
    ]
}
