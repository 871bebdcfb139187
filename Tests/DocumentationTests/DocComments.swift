import Foundation
import MillraceTestSupport

/// What the comments above the public variables of a file say, as one paragraph each, without blocks of code.
struct DocComments {
    private var texts: [String: String] = [:]

    init(_ path: String) throws {
        var comment: [String] = []
        var isCode = false
        for line in try String(contentsOf: Article.root.appending(path: path), encoding: .utf8).split(separator: "\n") {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.hasPrefix("///") {
                let text = line.dropFirst(3).trimmingCharacters(in: .whitespaces)
                if text.hasPrefix("```") { isCode.toggle() } else if !isCode, !text.isEmpty { comment.append(text) }
            } else {
                if let name = line.firstMatch(of: /^public (?:var|let) (\w+)/)?.1 { texts[String(name)] = comment.joined(separator: " ") }
                comment = []
            }
        }
    }

    subscript(name: String) -> String? { texts[name] }
}
