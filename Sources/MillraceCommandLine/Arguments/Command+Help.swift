extension Command {
    /// The help text of this command as the root of a program.
    public var help: String { help(path: [self], options: options) }

    func help(path: [Command], options: [CommandOption]) -> String {
        var text = "\(summary)\n\nUsage: \(usage(path: path, options: options))\n"
        if !discussion.isEmpty { text += "\n\(discussion)\n" }
        if !subcommands.isEmpty {
            text += section("Commands", leaves(prefix: ""))
        }
        if !positionals.isEmpty {
            text += section("Arguments", positionals.map { ($0.name, $0.summary) })
        }
        let listed = options.map { option -> (String, String) in
            var summary = option.summary
            if let value = option.defaultValue { summary += " Default: \(value)." }
            if option.isRequired { summary += " Required." }
            if option.isRepeatable { summary += " May be repeated." }
            let letter = option.letter.map { "-\($0), " } ?? ""
            return ("\(letter)--\(option.name)\(option.isFlag ? "" : " " + option.placeholder)", summary)
        }
        return text + section("Options", listed + [("--help", "Shows this.")])
    }

    private func usage(path: [Command], options: [CommandOption]) -> String {
        var words = path.map(\.name)
        if !subcommands.isEmpty { words.append("COMMAND") }
        words += positionals.map { positional in
            let name = positional.isRepeatable ? "\(positional.name)..." : positional.name
            return positional.isOptional ? "[\(name)]" : name
        }
        words += options.filter(\.isRequired).map { "--\($0.name) \($0.placeholder)" }
        if options.contains(where: { !$0.isRequired }) { words.append("[OPTIONS]") }
        return words.joined(separator: " ")
    }

    /// The commands below, with the words that lead to them.
    private func leaves(prefix: String) -> [(String, String)] {
        subcommands.flatMap { command in
            command.action == nil
                ? command.leaves(prefix: "\(prefix)\(command.name) ")
                : [("\(prefix)\(command.name)", command.summary)]
        }
    }

    private func section(_ title: String, _ rows: [(String, String)]) -> String {
        let width = min(rows.map(\.0.count).max() ?? 0, 34)
        var text = "\n\(title):\n"
        for (name, summary) in rows {
            let indent = String(repeating: " ", count: width + 4)
            var lines = wrap(summary, at: 110 - indent.count)
            let padding = String(repeating: " ", count: max(0, width - name.count))
            if name.count > width {
                text += "  \(name)\n"
            } else {
                text += "  \(name)\(padding)  \(lines.isEmpty ? "" : lines.removeFirst())\n"
            }
            for line in lines { text += "\(indent)\(line)\n" }
        }
        return text
    }

    private func wrap(_ text: String, at width: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + word.count < width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
