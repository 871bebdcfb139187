internal import Dispatch
internal import KafkaProtocol

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A command line program: parses its arguments, runs the command, tells the user about errors and sets the exit code.
///
/// Every command also takes `--verbose`, `--quiet` and `--version`. Exit codes: 0 when all was done, 64 for a command line that makes
/// no sense, 1 for other failures. Output that nobody reads on (a closed pipe) ends the program quietly.
public struct Program: Sendable {
    /// The root command.
    public let root: Command

    /// The version of Millrace.
    public static let millraceVersion = MillraceVersion.current

    /// A program of the commands in `root`, with the version that `--version` shows; Millrace's if nil.
    public init(_ root: Command, version: String? = nil) {
        self.root = Command(withCommonOptions: root, version: version ?? "(Millrace \(Self.millraceVersion))")
    }

    /// Runs the program with the process's arguments, signals and standard streams, and ends the process.
    public func main() async -> Never {
        ignoreClosedPipes()
        let stop = StopSignal()
        let watcher = SignalWatcher(stop)
        let code = await run(Array(CommandLine.arguments.dropFirst()), stop: stop)
        withExtendedLifetime(watcher) {}
        exit(code)
    }

    /// Runs the command that `arguments` call, off the main actor, and returns the exit code.
    @concurrent public func run(_ arguments: [String], stop: StopSignal) async -> Int32 {
        let console: Console
        let command: Command
        let parsed: ParsedArguments
        do {
            switch try root.parse(arguments) {
            case .help(let text):
                let output = OutputWriter()
                output.write(text)
                try output.flush()
                return ExitCode.success
            case .run(let found, let values):
                command = found
                parsed = values
                let level: Console.Level = values.flag("verbose") ? .debug : values.flag("quiet") ? .warning : .info
                console = Console(level: level, style: found.messages)
            }
        } catch {
            return report(error, of: root.name, on: Console(level: .info), stop: stop)
        }
        defer { console.finish() }
        do {
            try await command.action?(Invocation(arguments: parsed, console: console, stop: stop))
            return ExitCode.success
        } catch {
            return report(error, of: parsed.commandPath, on: console, stop: stop)
        }
    }

    private func report(_ error: any Error, of command: String, on console: Console, stop: StopSignal) -> Int32 {
        switch error {
        case let error as UsageError:
            let command = error.commandPath ?? command
            // Said to who has just typed it, so never as a log.
            let console = Console(level: .error)
            console.error("\(command): \(error)")
            console.error("Run \"\(command) --help\" for what it takes.")
            return ExitCode.usage
        case is OutputClosed:
            return ExitCode.success
        case let error as CommandFailure:
            console.error("\(command): \(error)")
            return error.exitCode
        case is CancellationError where stop.isRequested:
            return ExitCode.interrupted
        default:
            console.error("\(command): \(error)")
            return ExitCode.failure
        }
    }
}

extension Command {
    fileprivate init(withCommonOptions root: Command, version: String) {
        let text = "\(root.name) \(version)\n"
        let common: [CommandOption] = [
            .flag("verbose", "Tells more on standard error."),
            .flag("quiet", "Tells only of warnings and errors on standard error."),
            CommandOption("version", "", "Shows the version.", kind: .information { text }),
        ].filter { option in !root.options.contains { $0.name == option.name } }
        self.init(copying: root, options: root.options + common)
    }

    private init(copying other: Command, options: [CommandOption]) {
        if let action = other.action {
            self.init(
                other.name, other.summary, discussion: other.discussion, options: options,
                positionals: other.positionals, messages: other.messages, action: action)
        } else {
            self.init(
                other.name, other.summary, discussion: other.discussion, options: options,
                subcommands: other.subcommands)
        }
    }
}
