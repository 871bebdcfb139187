#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What a command works with.
public struct Invocation: Sendable {
    /// The parsed command line.
    public let arguments: ParsedArguments
    /// Standard error: messages and progress.
    public let console: Console
    /// Whether SIGINT or SIGTERM has come in.
    public let stop: StopSignal

    /// What a command works with.
    public init(arguments: ParsedArguments, console: Console, stop: StopSignal) {
        self.arguments = arguments
        self.console = console
        self.stop = stop
    }
}
