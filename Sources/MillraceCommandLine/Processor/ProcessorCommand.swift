internal import Millrace

/// The `processor` program: lists, describes and runs the topologies of a catalog.
///
/// A package makes its own with a few lines:
///
/// ```swift
/// @main struct Main {
///     static func main() async {
///         await ProcessorCommand([
///             TopologyDefinition(
///                 "orders", "Counts orders per customer.",
///                 settings: [TopologySetting("grace", "How late an order may be.", kind: .duration, default: "5m")]
///             ) { settings in
///                 try ordersTopology(grace: settings.duration("grace") ?? .zero)
///             }
///         ]).main()
///     }
/// }
/// ```
public struct ProcessorCommand: Sendable {
    /// The topologies.
    public let catalog: TopologyCatalog
    /// The program's name in messages and help.
    public let name: String
    /// What `--version` shows; Millrace's version if nil.
    public let version: String?

    /// A processor of the topologies in `catalog`.
    public init(_ catalog: TopologyCatalog, name: String = "processor", version: String? = nil) {
        self.catalog = catalog
        self.name = name
        self.version = version
    }

    /// Runs the program with the process's arguments, and ends the process: 0 when all was done, also after SIGINT or
    /// SIGTERM, which commit and close first; 2 if `describe --compare` finds that state would be lost; 64 for a command
    /// line that makes no sense; 1 for other failures.
    public func main() async -> Never {
        await Program(command, version: version).main()
    }

    /// The commands, for a program that has more of them.
    public var command: Command {
        Command(
            name, "Runs stream processing topologies.",
            discussion: "Topologies: \(catalog.definitions.map(\.name).joined(separator: ", ")).",
            subcommands: [list, describe, run, status, offsets, reset, state])
    }

    private var list: Command {
        Command("list", "Lists the topologies and their settings.") { [catalog] _ in
            let output = OutputWriter()
            for definition in catalog.definitions {
                output.writeLine("\(definition.name): \(definition.summary)")
                for setting in definition.settings {
                    let value = setting.defaultValue.map { "=\($0)" } ?? ""
                    output.writeLine("    --set \(setting.name)\(value)  \(setting.summary)")
                }
            }
            try output.flush()
        }
    }

    static let topology = CommandPositional("NAME", "The topology; \"list\" shows them.")
    static let settings = CommandOption(
        "set", "KEY=VALUE", "A setting of the topology.", kind: .pair, isRepeatable: true)

    /// Shared by the commands about an application.
    static let applicationID = CommandOption(
        "application-id", "ID",
        "The application's name: its consumer group and the front of its internal topics' names. Default: the topology's name.",
        kind: .checked(checkApplicationID))

    private var run: Command {
        Command(
            "run", "Runs a topology until it is stopped by SIGINT or SIGTERM.",
            options: [
                .broker, .clientConfig, .listen(), .advertise, .schemaRegistry,
                Self.applicationID, Self.settings, .stateDirectory,
                .flag("exit-when-idle", "Ends once all input is processed, flushed and committed."),
                CommandOption(
                    "partitions", "N", "The partitions of source and sink topics that are created.",
                    kind: .integer(1...100_000), default: "4"),
                .flag(
                    "no-create-topics", "Refuses to run if a source or sink topic is missing, instead of creating it."),
                CommandOption(
                    "guarantee", "GUARANTEE",
                    "at-least-once (after a crash, records may count twice) or exactly-once. Default: exactly-once on an embedded broker, at-least-once on a cluster.",
                    kind: .choice(ProcessingGuarantee.allCases.map(\.rawValue))),
                CommandOption(
                    "commit-interval", "DURATION",
                    "The time between commits. Default: 30s, or 100ms with exactly-once.", kind: .duration),
                CommandOption(
                    "cache-size", "SIZE",
                    "Bytes of updates held back between commits, so that only the last of a key goes on; 0 for none.",
                    kind: .size, default: "10MiB"),
                CommandOption(
                    "topic-config", "KEY=VALUE",
                    "A config of source and sink topics that are created. Default: retention.ms=-1, as event times may lie in the past.",
                    kind: .pair, isRepeatable: true),
                .store, .stateMemory,
                CommandOption(
                    "state-cleanup-delay", "DURATION",
                    "After which time the local state of a task that has moved to another instance is removed.",
                    kind: .duration, default: "10m"),
                CommandOption(
                    "instance-id", "ID",
                    "This instance's name in the group, unlike any other's: a process that comes back under it has its tasks at once. Default: one that is kept in the state directory.",
                    kind: .text),
                .flag(
                    "stay-in-group",
                    "After a clean stop the tasks wait for this instance to come back, until its session times out."),
                CommandOption(
                    "standbys", "N",
                    "How many copies of each task's state other instances keep warm, so that one of them can take over at once.",
                    kind: .integer(0...100), default: "0"),
                CommandOption(
                    "rack", "KEY=VALUE",
                    "Where this instance is, such as zone=a: a standby is to be elsewhere than its task.", kind: .pair,
                    isRepeatable: true),
                CommandOption(
                    "repartition-backlog", "SIZE",
                    "How much of a repartition topic may wait to be processed before the tasks that fill it are held up; 0 for no limit. Default: 1GiB on an embedded broker, no limit on a cluster.",
                    kind: .size),
                CommandOption(
                    "metadata-max-age", "DURATION",
                    "How often to look for topics that match the topology's patterns, and for new partitions.", kind: .duration,
                    default: "60s"),
                CommandOption(
                    "session-timeout", "DURATION", "After which silence the group takes this instance for dead.",
                    kind: .duration, default: "45s"),
                CommandOption(
                    "transaction-timeout", "DURATION",
                    "After which time a broker aborts a transaction that is left open.",
                    kind: .duration, default: "10s"),
                CommandOption(
                    "max-poll-interval", "DURATION",
                    "For how long a closure may block before the instance gives up its tasks.", kind: .duration,
                    default: "5m"),
                CommandOption(
                    "max-task-idle", "DURATION",
                    "How long a task with several inputs waits for one that is at its end.", kind: .duration,
                    default: "0ms"),
                CommandOption(
                    "outage-limit", "DURATION",
                    "For how long brokers may be away before the program fails. Default: it waits as long as it takes.",
                    kind: .duration),
                CommandOption(
                    "stop-within", "DURATION",
                    "How long the last commit may take after SIGINT or SIGTERM, whatever it waits for.", kind: .duration,
                    default: "25s"),
                .flag(
                    "accept-lost-state",
                    "Goes on with what is left where committed state or input is gone, which exactly-once refuses."),
            ] + FailureOptions.all + CommandOption.http,
            positionals: [Self.topology], messages: .log
        ) { [catalog] invocation in
            try await ProcessorRun(invocation, catalog: catalog).run()
        }
    }

    /// Throws `ValueError` if `id` cannot be part of topic names.
    @Sendable private static func checkApplicationID(_ id: String) throws {
        let isLegal = id.utf8.allSatisfy { byte in
            byte.isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || "._-".utf8.contains(byte)
        }
        guard isLegal, (1...200).contains(id.utf8.count) else {
            throw ValueError("\"\(id)\" is no application id: up to 200 letters, digits, \".\", \"_\" and \"-\"")
        }
    }
}
