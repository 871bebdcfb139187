import KafkaProtocol
import MillraceCommandLine

let regexKind = CommandOption.Kind.checked {
    do { _ = try Regex($0) } catch { throw ValueError("\"\($0)\" is no regular expression: \(error)") }
}

/// Which records are wanted.
struct RecordFilter: Sendable {
    static let options: [CommandOption] = [
        CommandOption("key-matches", "REGEX", "Only records in whose keys it is found.", kind: regexKind),
        CommandOption("value-matches", "REGEX", "Only records in whose values it is found.", kind: regexKind),
        CommandOption(
            "header", "NAME[=VALUE]", "Only records with a header of that name, and that value.", isRepeatable: true),
    ]

    private let key: String?
    private let value: String?
    private let headers: [(name: String, value: Bytes?)]

    init(_ arguments: ParsedArguments) {
        key = arguments.text("key-matches")
        value = arguments.text("value-matches")
        headers = arguments.texts("header").map { text in
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), parts.dropFirst().first.map { Bytes(utf8: String($0)) })
        }
    }

    /// What looks at the records, for one task. Nil if all are wanted.
    func matcher(_ printer: RecordPrinter) throws -> RecordMatcher? {
        guard key != nil || value != nil || !headers.isEmpty else { return nil }
        return RecordMatcher(
            key: try key.map { (try Regex($0), printer.keyFormat) }, value: try value.map { (try Regex($0), printer.valueFormat) },
            headers: headers)
    }
}

/// Looks at records for a `RecordFilter`, with its expressions read once.
struct RecordMatcher {
    typealias Pattern = (regex: Regex<AnyRegexOutput>, format: RecordFormat)

    let key: Pattern?
    let value: Pattern?
    let headers: [(name: String, value: Bytes?)]

    /// Throws `ValueError` if key or value do not fit the format in which they are looked at.
    func matches(_ record: RecordView) throws -> Bool {
        for wanted in headers {
            let found = record.headers.contains { header in
                Name(header.key) == Name(wanted.name) && (wanted.value == nil || header.value == wanted.value)
            }
            guard found else { return false }
        }
        return try matches(record.key, key) && matches(record.value, value)
    }

    private func matches(_ bytes: Bytes?, _ pattern: Pattern?) throws -> Bool {
        guard let pattern else { return true }
        guard let bytes else { return false }
        var text = ByteWriter()
        try pattern.format.writeText(bytes, into: &text)
        return try pattern.regex.firstMatch(in: text.finish().string) != nil
    }
}
