package import Foundation

/// An article of a module's documentation, whose code is compared with files of the repository.
package struct Article: Sendable {
    /// A heading and all that follows up to the next one of its level, or of a higher one.
    package struct Section: Sendable {
        /// The heading, without code marks.
        package let title: String
        /// All that is below the heading.
        package let text: String
    }

    /// The repository.
    package static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
    private let url: URL

    /// The article of that name in the catalogue of a module.
    package init(_ module: String, _ name: String) {
        url = Self.root.appending(path: "Sources/\(module)/\(module).docc/\(name).md")
    }

    /// What it says.
    package var text: String { get throws { try String(contentsOf: url, encoding: .utf8) } }

    /// Puts another text in the place of one, for articles that are made from code.
    package func replace(_ old: String, with new: String) throws {
        try text.replacing(old, with: new, maxReplacements: 1).write(to: url, atomically: true, encoding: .utf8)
    }

    /// The sections of a level: 2 for `##`.
    package func sections(level: Int) throws -> [Section] {
        let mark = String(repeating: "#", count: level) + " "
        var sections: [Section] = []
        var title: String?
        var lines: [Substring] = []
        var isCode = false
        func end() {
            if let title { sections.append(Section(title: title, text: lines.joined(separator: "\n"))) }
            title = nil
            lines = []
        }
        for line in try text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") { isCode.toggle() }
            let depth = isCode ? 0 : line.prefix { $0 == "#" }.count
            if depth > 0, depth <= level {
                end()
                if line.hasPrefix(mark) { title = String(line.dropFirst(mark.count)).replacing("`", with: "") }
            } else {
                lines.append(line)
            }
        }
        end()
        return sections
    }

    /// The blocks of Swift code that are not, line by line, in a Swift file of a folder of the repository. Indentation does not matter.
    package func snippets(missingIn folder: String) throws -> [String] {
        let files = try FileManager.default.contentsOfDirectory(at: Self.root.appending(path: folder), includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "swift" }
            .map { Self.normalized(try String(contentsOf: $0, encoding: .utf8)) }
        return try snippets.filter { snippet in !files.contains { $0.contains(Self.normalized(snippet)) } }
    }

    /// Its blocks of Swift code.
    private var snippets: [String] {
        get throws { try text.components(separatedBy: "```swift\n").dropFirst().map { $0.components(separatedBy: "```")[0] } }
    }

    /// The lines without what they are indented by.
    private static func normalized(_ code: String) -> String {
        "\n" + code.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: "\n") + "\n"
    }
}
