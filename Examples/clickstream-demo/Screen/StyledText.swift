/// A line for a terminal, of parts that look different.
struct StyledText: Equatable, Sendable {
    enum Style: String, Sendable {
        case plain = ""
        case bold = "1"
        case dim = "2"
        case accent = "36"
        case warning = "33"
    }

    struct Part: Equatable, Sendable {
        var text: String
        var style: Style
    }

    private(set) var parts: [Part] = []
    /// The columns that the text takes.
    private(set) var width = 0

    init() {}

    init(_ text: String, _ style: Style = .plain) { add(text, style) }

    /// Appends text; what a terminal would not show as one column is replaced by `?`.
    mutating func add(_ text: String, _ style: Style = .plain) {
        let safe = String(String.UnicodeScalarView(text.unicodeScalars.map { (" "..."~").contains($0) ? $0 : "?" }))
        parts.append(Part(text: safe, style: style))
        width += safe.utf8.count
    }

    /// Appends text and spaces up to a width of `columns`; what is longer ends in an ellipsis.
    mutating func add(_ text: String, _ style: Style = .plain, columns: Int) {
        let short = text.utf8.count > columns ? text.prefix(max(0, columns - 2)) + ".." : text[...]
        add(short + String(repeating: " ", count: max(0, columns - short.utf8.count)), style)
    }

    /// Appends text with spaces before it up to a width of `columns`.
    mutating func addRight(_ text: String, _ style: Style = .plain, columns: Int) {
        add(String(repeating: " ", count: max(0, columns - text.utf8.count)) + text, style)
    }

    /// Appends spaces up to a column.
    mutating func pad(to column: Int) {
        if width < column { add(String(repeating: " ", count: column - width)) }
    }

    /// Appends another text.
    mutating func append(_ other: StyledText) {
        parts += other.parts
        width += other.width
    }

    /// The text cut to `limit` columns, with escape codes if `colour`, without trailing spaces if not.
    func rendered(limit: Int, colour: Bool) -> String {
        var left = limit
        var result = ""
        for part in parts where left > 0 {
            let text = part.text.prefix(left)
            left -= text.utf8.count
            result += colour && part.style != .plain ? "\u{1b}[\(part.style.rawValue)m\(text)\u{1b}[0m" : text
        }
        guard !colour, let end = result.lastIndex(where: { $0 != " " }) else { return result }
        return String(result[...end])
    }
}
