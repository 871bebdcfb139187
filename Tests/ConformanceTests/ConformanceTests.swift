import Foundation
import Millrace
import Testing

@testable import conformance

/// A case file of the test bundle.
struct CaseFile: Sendable, CustomTestStringConvertible {
    let file: URL

    var testDescription: String {
        "\(file.deletingLastPathComponent().lastPathComponent)/\(file.deletingPathExtension().lastPathComponent)"
    }

    /// The files in a folder of the bundle.
    static func all(in folder: String) -> [CaseFile] {
        let path = Bundle.module.resourceURL?.appendingPathComponent(folder).path ?? folder
        return ((try? caseFiles(at: path)) ?? []).map { CaseFile(file: $0) }
    }
}

@Suite struct ConformanceTests {
    static let cases = CaseFile.all(in: "Cases")
    static let descriptions = CaseFile.all(in: "Describe")
    /// Written by hand, from the rules of the reference engine that no recorded case asks for.
    static let rules = CaseFile.all(in: "Rules")

    @Test(arguments: cases)
    func `a topology gives what the reference engine gave`(_ file: CaseFile) throws { try expectPass(file) }

    @Test(arguments: cases)
    func `a topology gives the same with a restart after each record`(_ file: CaseFile) throws {
        try expectPass(file, restarts: true)
    }

    @Test(arguments: cases + rules)
    func `a topology gives the same with a restart from local state after each record`(_ file: CaseFile) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "conformance-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try expectPass(file, restarts: true, stateDirectory: directory)
    }

    @Test(arguments: rules, [false, true])
    func `a topology follows the rules that no recorded case shows`(_ file: CaseFile, _ restarts: Bool) throws {
        try expectPass(file, restarts: restarts)
    }

    @Test(arguments: descriptions)
    func `a topology is described as by the reference engine`(_ file: CaseFile) throws { try expectPass(file) }

    @Test(arguments: descriptions)
    func `a description of the reference engine is read and prints as it was`(_ file: CaseFile) throws {
        let text = try String(
            contentsOf: file.file.deletingPathExtension().appendingPathExtension("txt"), encoding: .utf8)
        #expect(try TopologyDescription(parsing: text).description == text)
    }

    /// So that no case drops out unseen.
    @Test func `all cases are there`() {
        #expect(Self.cases.count == 422)
        #expect(Self.descriptions.count == 25)
        #expect(Self.rules.count == 35)
    }

    private func expectPass(_ file: CaseFile, restarts: Bool = false, stateDirectory: String? = nil) throws {
        switch Outcome(of: file.file, restarts: restarts, stateDirectory: stateDirectory) {
        case .passed: break
        case .failed(let lines): Issue.record("\(lines.joined(separator: "\n"))")
        }
    }
}
