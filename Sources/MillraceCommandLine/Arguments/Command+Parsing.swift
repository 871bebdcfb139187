/// What a command line asks for.
public enum ParsedCommandLine: Sendable {
    /// To run a command.
    case run(Command, ParsedArguments)
    /// To show this help, or whatever else was asked for.
    case help(String)
}

extension Command {
    /// Reads the arguments that follow the program's name. Throws `UsageError` for a command line that makes no sense.
    ///
    /// Options may stand before or after positional arguments; `--` ends the options; `--help` or `-h` anywhere asks
    /// for help.
    public func parse(_ arguments: some Sequence<String>) throws -> ParsedCommandLine {
        var parser = CommandLineParser(root: self)
        do {
            return try parser.parse(Array(arguments))
        } catch var error as UsageError {
            error.commandPath = parser.path.map(\.name).joined(separator: " ")
            throw error
        }
    }
}

private struct CommandLineParser {
    var path: [Command]
    private var command: Command
    private var options: [CommandOption]
    private var result = ParsedArguments()
    /// What is to be shown in place of anything else.
    private var information: String?

    init(root: Command) {
        path = [root]
        command = root
        options = root.options
    }

    mutating func parse(_ arguments: [String]) throws -> ParsedCommandLine {
        var rest = arguments[...]
        var optionsEnded = false
        var wantsHelp = false
        var firstError: UsageError?
        while let argument = rest.popFirst() {
            do {
                if optionsEnded || argument == "-" || !argument.hasPrefix("-") {
                    try take(positional: argument)
                } else if argument == "--" {
                    optionsEnded = true
                } else if argument == "--help" || argument == "-h" {
                    wantsHelp = true
                } else {
                    try take(option: argument, &rest)
                }
            } catch let error as UsageError {
                // Kept back, for help asked for later on the line is still given.
                if firstError == nil { firstError = error }
            }
        }
        if wantsHelp { return .help(command.help(path: path, options: options)) }
        if let information { return .help(information) }
        if let firstError { throw firstError }
        return try finish()
    }

    private mutating func take(positional argument: String) throws {
        guard command.action == nil else {
            let isRoom =
                command.positionals.last?.isRepeatable == true || result.positionals.count < command.positionals.count
            guard isRoom else { throw UsageError("unexpected argument \"\(argument)\"") }
            result.positionals.append(argument)
            return
        }
        guard let next = command.subcommands.first(where: { $0.name == argument }) else {
            throw UsageError(
                "unknown command \"\(argument)\"",
                suggestion: nearest(to: argument, in: command.subcommands.map(\.name)))
        }
        path.append(next)
        command = next
        // A command's own option hides that of its group.
        options = next.options + options.filter { outer in !next.options.contains { $0.name == outer.name } }
    }

    private mutating func take(option argument: String, _ rest: inout ArraySlice<String>) throws {
        let equals = argument.firstIndex(of: "=")
        let written = String(argument[..<(equals ?? argument.endIndex)])
        guard
            let option = options.first(where: { option in
                "--\(option.name)" == written || option.letter.map { "-\($0)" == written } ?? false
            })
        else {
            throw UsageError(
                "unknown option \(written)", suggestion: nearest(to: written, in: options.map { "--\($0.name)" }))
        }
        let inline = equals.map { String(argument[argument.index(after: $0)...]) }
        if option.isFlag {
            guard inline == nil else { throw UsageError("\(written) takes no value") }
            if case .information(let text) = option.kind { information = text() }
            result.flags.insert(option.name)
            return
        }
        let value: String
        if let inline {
            value = inline
        } else if let next = rest.first, !next.hasPrefix("--") || next == "--" {
            value = next
            rest.removeFirst()
        } else {
            throw UsageError("\(written) needs a value: \(written) \(option.placeholder)")
        }
        try option.check(value)
        guard option.isRepeatable || result.values[option.name] == nil else {
            throw UsageError("\(written) is given more than once")
        }
        result.values[option.name, default: []].append(value)
    }

    private mutating func finish() throws -> ParsedCommandLine {
        guard command.action != nil else {
            throw UsageError("a command is missing: one of \(command.subcommands.map(\.name).joined(separator: ", "))")
        }
        for (index, positional) in command.positionals.enumerated()
        where !positional.isOptional && index >= result.positionals.count {
            throw UsageError("\(positional.name) is missing")
        }
        for option in options where result.values[option.name] == nil {
            if option.isRequired {
                throw UsageError("--\(option.name) \(option.placeholder) is missing: \(option.summary)")
            }
            if let value = option.defaultValue { result.values[option.name] = [value] }
        }
        result.commandPath = path.map(\.name).joined(separator: " ")
        return .run(command, result)
    }
}
