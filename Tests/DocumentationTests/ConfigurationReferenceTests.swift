import Foundation
import KafkaNetwork
import MillraceCommandLine
import MillraceTestSupport
import Testing

@testable import Millrace
@testable import broker

/// The article "Configuration reference" has every setting and every flag with its default, as the code has them.
///
/// With `MILLRACE_WRITE_DOCS=1` it is written anew.
@Suite(.serialized) struct ConfigurationReferenceTests {
    static let article = Article("Millrace", "ConfigurationReference")

    static let parts: [String: @Sendable () throws -> String] = [
        "StreamsConfiguration": {
            try settings(of: StreamsConfiguration(applicationID: ""), in: "Sources/Millrace/Runtime/StreamsConfiguration.swift")
        },
        "StreamsHTTP": {
            try settings(of: StreamsHTTP(NetworkAddress(host: "127.0.0.1", port: 8080)), in: "Sources/Millrace/HTTP/StreamsHTTP.swift")
        },
        "The processor command": { flags(of: ProcessorCommand([]).command) },
        "The broker command": { flags(of: brokerCommand) },
    ]

    @Test(arguments: parts.keys.sorted())
    func `the article has what the code has`(part: String) throws {
        let section = try #require(try Self.article.sections(level: 2).first { $0.title == part })
        let make = try #require(Self.parts[part])
        let made = "\n\(try make())\n"
        if ProcessInfo.processInfo.environment["MILLRACE_WRITE_DOCS"] != nil {
            try Self.article.replace("## \(part)\n\(section.text)", with: "## \(part)\n\(made)")
        } else {
            #expect(section.text == made)
        }
    }

    /// A table of the stored properties of a value, with what their comments say.
    private static func settings(of value: some Any, in file: String) throws -> String {
        let comments = try DocComments(file)
        let rows = try Mirror(reflecting: value).children.map { child in
            let name = try #require(child.label)
            return [name, text(of: child.value, name), try #require(comments[name], "\(name) has no comment")]
        }
        return table(["property", "default", "what it is"], rows)
    }

    /// A table for each command that does something.
    private static func flags(of command: Command, path: [String] = [], _ inherited: [CommandOption] = []) -> String {
        let path = path + [command.name]
        let options = inherited + command.options
        guard command.subcommands.isEmpty else {
            return command.subcommands.map { flags(of: $0, path: path, options) }.joined(separator: "\n\n")
        }
        let arguments = command.positionals.map { " \($0.name)" }.joined()
        let rows = options.map { option in
            ["--\(option.name)\(option.placeholder.isEmpty ? "" : " \(option.placeholder)")", option.defaultValue ?? "", option.summary]
        }
        let title = "### \(path.joined(separator: " "))\n\n\(command.summary) `\(path.joined(separator: " "))\(arguments)`"
        return rows.isEmpty ? title : title + "\n\n" + table(["flag", "default", "what it does"], rows)
    }

    /// Lines of a table: the first two columns are code.
    private static func table(_ titles: [String], _ rows: [[String]]) -> String {
        let lines = rows.map { row in
            row.enumerated().map { $0 < 2 && !$1.isEmpty ? "`\($1)`" : $1 }.map { $0.replacing("|", with: "\\|") }
        }
        return ([titles, titles.map { _ in "---" }] + lines).map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n")
    }

    /// A default as a reader knows it.
    private static func text(of value: Any, _ name: String) -> String {
        switch value {
        case let duration as Duration:
            let milliseconds = duration.milliseconds
            return milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
        case let number as Int where number >= 1 << 20 && number % (1 << 20) == 0: return "\(number >> 20) MiB"
        case let text as String: return text.isEmpty ? "required" : text
        default: break
        }
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .optional: return mirror.children.first.map { text(of: $0.value, name) } ?? "nil"
        case .enum: return ".\(value)"
        case .struct: return "its own"
        case nil where "\(value)" == "(Function)": return "does nothing"
        default: return "\(value)"
        }
    }
}
