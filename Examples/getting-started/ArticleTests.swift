import Foundation
import Testing

/// The article shows this package's files, so what it shows compiles and passes.
struct ArticleTests {
    @Test(arguments: ["Sales.swift", "SalesTests.swift"])
    func `the article shows the file as it is`(name: String) throws {
        let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let article = here.appendingPathComponent("../../Sources/Millrace/Millrace.docc/GettingStarted.md")
        let file = try String(contentsOf: here.appendingPathComponent(name), encoding: .utf8)
        // In a package of one's own the tests are another module.
        let shown = file.replacingOccurrences(of: "import MillraceTesting\n", with: "import MillraceTesting\nimport Orders\n")
        #expect(try String(contentsOf: article, encoding: .utf8).contains("```swift\n\(shown)```"))
    }
}
