/// A command of a program: its options, its arguments and what it does; or a group of such commands.
///
/// ```swift
/// Command("greet", "Says hello.", options: [.flag("loud", "In capitals.")], positionals: [.init("NAME", "Whom.")]) {
///     invocation in print("hello \(invocation.arguments.positionals.joined())")
/// }
/// ```
public struct Command: Sendable {
    /// What a command does: called off the main actor with the parsed command line. Throws what the user is told.
    public typealias Action = @Sendable (Invocation) async throws -> Void

    /// The word that calls it; of a root command, the program's name.
    public let name: String
    /// One sentence for the help.
    public let summary: String
    /// More for the command's own help; may be empty.
    public let discussion: String
    /// Its options. Those of a group are options of all its commands.
    public let options: [CommandOption]
    /// Its arguments without a dash.
    public let positionals: [CommandPositional]
    /// The commands of a group.
    public let subcommands: [Command]
    /// What its messages look like: a log if it runs for long.
    public let messages: Console.Style
    let action: Action?

    /// A command that does something.
    public init(
        _ name: String, _ summary: String, discussion: String = "", options: [CommandOption] = [],
        positionals: [CommandPositional] = [], messages: Console.Style = .plain, action: @escaping Action
    ) {
        self.name = name
        self.summary = summary
        self.discussion = discussion
        self.options = options
        self.positionals = positionals
        self.subcommands = []
        self.messages = messages
        self.action = action
    }

    /// A group of commands.
    public init(
        _ name: String, _ summary: String, discussion: String = "", options: [CommandOption] = [],
        subcommands: [Command]
    ) {
        self.name = name
        self.summary = summary
        self.discussion = discussion
        self.options = options
        self.positionals = []
        self.messages = .plain
        self.subcommands = subcommands
        self.action = nil
    }
}
