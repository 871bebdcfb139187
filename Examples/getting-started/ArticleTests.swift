import Foundation
import MillraceTestSupport
import Testing

/// The article shows this package's files, so what it shows compiles and passes.
struct ArticleTests {
    @Test(arguments: ["Sales.swift", "SalesTests.swift"])
    func `the article shows the file as it is`(name: String) throws {
        let file = try String(contentsOf: Article.root.appending(path: "Examples/getting-started/\(name)"), encoding: .utf8)
        // In a package of one's own the tests are another module.
        let shown = file.replacingOccurrences(of: "import MillraceTesting\n", with: "import MillraceTesting\nimport Orders\n")
        #expect(try Article("Millrace", "GettingStarted").text.contains("```swift\n\(shown)```"))
    }
}
