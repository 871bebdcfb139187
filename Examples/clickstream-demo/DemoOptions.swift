import ClickstreamTopology
import MillraceHTTP
import Millrace
import MillraceCommandLine

/// What the command line asks for.
struct DemoOptions: Sendable {
    /// Where the lines come from.
    enum Source: Sendable {
        /// Invented clicks, so many a second; 0 for as many as go through.
        case generator(rate: Int, seed: UInt64)
        /// A log file.
        case file(path: String)
    }

    var source: Source
    /// A log to write, instead of running.
    var sample: SampleLog?
    var format = LogFormat.common
    /// Nil until all of the file is processed, or for ever.
    var duration: Duration?
    /// Nil for a temporary directory.
    var directory: String?
    var guarantee = ProcessingGuarantee.atLeastOnce
    /// Where a page shows it live.
    var http: HTTPConfiguration?
    /// Where other programs can watch the topics.
    var listener: BrokerListener?

    static let defaultRate = 2000
    static let defaultLines = 100_000

    static let declarations =
        [
            CommandOption(
                "rate", "N", "Clicks a second to generate; 0 for as many as go through. Default: \(defaultRate).",
                kind: .integer(0...10_000_000)),
            CommandOption(
                "seed", "N", "The same number gives the same visitors again. Default: 1.", kind: .integer(0...Int.max)),
            CommandOption("duration", "TIME", "Ends after that time, such as 20s or 5m.", kind: .duration),
            CommandOption(
                "write-log", "FILE", "Writes an access log of generated clicks of the last hour to FILE and ends."),
            CommandOption(
                "lines", "N", "The lines of --write-log. Default: \(defaultLines).", kind: .integer(1...100_000_000)),
            CommandOption(
                "input", "FILE", "Processes this access log instead of generated clicks; one ending in .gz is unpacked."),
            CommandOption(
                "format", "FORMAT", "What the lines of --input are.", kind: .choice(LogFormat.allCases.map(\.rawValue)),
                default: LogFormat.common.rawValue),
            .listen(), .advertise,
            CommandOption("data", "DIR", "Keeps the broker's data in DIR and goes on with what is there."),
            CommandOption(
                "guarantee", "GUARANTEE", "How often a click may count after a crash.",
                kind: .choice(ProcessingGuarantee.allCases.map(\.rawValue)),
                default: ProcessingGuarantee.atLeastOnce.rawValue),
        ] + CommandOption.http

    /// Throws `UsageError` for options that contradict each other.
    init(_ arguments: ParsedArguments) throws {
        format = arguments.text("format").flatMap(LogFormat.init) ?? .common
        if let path = arguments.text("input") {
            for name in ["rate", "seed"] where arguments.text(name) != nil {
                throw UsageError("--\(name) is for generated clicks and has no sense with --input")
            }
            source = .file(path: path)
        } else {
            guard format == .common else { throw UsageError("--format \(format.rawValue) needs a file: --input FILE") }
            source = .generator(
                rate: arguments.integer("rate") ?? Self.defaultRate, seed: UInt64(arguments.integer("seed") ?? 1))
        }
        if let path = arguments.text("write-log") {
            for name in ["rate", "input", "data", "duration", "listen", "http"] where arguments.text(name) != nil {
                throw UsageError("--\(name) has no sense with --write-log")
            }
            sample = SampleLog(
                path: path, lines: arguments.integer("lines") ?? Self.defaultLines,
                seed: UInt64(arguments.integer("seed") ?? 1))
        } else if arguments.text("lines") != nil {
            throw UsageError("--lines is for --write-log")
        }
        duration = arguments.duration("duration")
        directory = arguments.text("data")
        listener = try arguments.brokerListener()
        http = try arguments.http()
        guarantee = arguments.text("guarantee").flatMap(ProcessingGuarantee.init) ?? .atLeastOnce
    }

    /// How late a line may be. A file is read from several partitions that do not keep step, so all of it has to fit.
    var grace: Duration {
        if case .file = source { .seconds(7 * 86400) } else { .seconds(3600) }
    }

    var isFile: Bool {
        if case .file = source { true } else { false }
    }
}
