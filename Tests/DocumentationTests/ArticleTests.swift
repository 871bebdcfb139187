import Foundation
import MillraceTestSupport
import Testing

/// What articles show and list is what there is.
struct ArticleTests {
    @Test(arguments: ["TimeAndWindows", "ErrorsAndDeadLetters", "Queries", "Schemas", "TestingATopology", "Connectors"])
    func `the code of an article is compiled`(name: String) throws {
        #expect(try Article("Millrace", name).snippets(missingIn: "Tests/DocumentationTests/Snippets") == [])
    }

    @Test func `each warning of the engine is explained`() throws {
        let article = try Article("Millrace", "Operations").text
        let warnings = try engineWarnings()
        #expect(warnings.count > 15)
        for warning in warnings {
            #expect(warning.contains { article.contains($0) }, "\(warning) is not in the article")
        }
    }

    /// The texts with which the engine warns, each as the pieces between what is put into them.
    private func engineWarnings() throws -> [[String]] {
        let sources = Article.root.appending(path: "Sources/Millrace")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        var found: [[String]] = []
        for case let file as URL in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /\b(?:warn|tell)\(\s*"((?:\\\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|[^"\\])*)"/) {
                let pieces = match.output.1.split(separator: /\\\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)/)
                    .map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " :,;")) }
                    .filter { $0.count > 3 }
                if !pieces.isEmpty { found.append(pieces) }
            }
        }
        return found
    }
}
