import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct StateProgressTests {
    let temporary = TemporaryDirectory()
    static let tasks = (0..<3).map { TaskID(subTopology: 1, partition: Int32($0)) }

    func open() throws -> StateDirectory {
        let directory = try StateDirectory(of: "app", in: temporary.path, SystemFiles())
        for task in Self.tasks[..<2] { try directory.files.makeDirectory(directory.directory(of: task)) }
        return directory
    }

    @Test func `how far tasks are is kept, for those that have directories`() throws {
        let directory = try open()
        #expect(try directory.keptProgress() == [:])
        try directory.keep([Self.tasks[0]: 5, Self.tasks[1]: .max, Self.tasks[2]: 7])
        #expect(try directory.keptProgress() == [Self.tasks[0]: 5, Self.tasks[1]: .max])
        try directory.files.removeTree(directory.directory(of: Self.tasks[1]))
        #expect(try directory.keptProgress() == [Self.tasks[0]: 5])
    }

    @Test(
        arguments: [[], [2], [1, 0], Array(repeating: 255, count: 40), [1] + Array(repeating: 255, count: 16)]
            as [[UInt8]])
    func `what makes no sense counts as nothing`(content: [UInt8]) throws {
        let directory = try open()
        let file = try directory.files.open("\(directory.path)/\(StateDirectory.progressName)", for: .replacing)
        try content.withUnsafeBytes { try file.write($0, at: 0) }
        #expect(try directory.keptProgress() == [:])
    }
}
