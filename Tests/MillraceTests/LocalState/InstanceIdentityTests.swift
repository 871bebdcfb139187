import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct InstanceIdentityTests {
    let temporary = TemporaryDirectory()

    func identity(of directory: StateDirectory) throws -> String {
        try directory.identity(random: { UInt64.random(in: 0 ... .max) })
    }

    @Test func `an instance keeps its name, also after a crash`() throws {
        var directory = try StateDirectory(of: "app", in: temporary.path, SystemFiles())
        let name = try identity(of: directory)
        #expect(name.utf8.count == 32)
        directory.close()
        directory = try StateDirectory(of: "app", in: temporary.path, SystemFiles())
        #expect(try identity(of: directory) == name)
    }

    @Test(arguments: [[], Array("0123".utf8), Array(repeating: 255, count: 32), Array(repeating: 48, count: 33)] as [[UInt8]])
    func `a name that makes no sense is made anew`(content: [UInt8]) throws {
        let directory = try StateDirectory(of: "app", in: temporary.path, SystemFiles())
        let file = try SystemFiles().open("\(directory.path)/.identity", for: .replacing)
        try content.withUnsafeBytes { try file.write($0, at: 0) }
        let name = try identity(of: directory)
        #expect(name.utf8.count == 32 && Array(name.utf8) != content)
        #expect(try identity(of: directory) == name)
    }

    @Test func `small numbers make names of full length`() throws {
        let directory = try StateDirectory(of: "app", in: temporary.path, SystemFiles())
        #expect(try directory.identity(random: { 1 }) == "00000000000000010000000000000001")
    }

    @Test func `processes that share a directory have places and names of their own, and find them again`() throws {
        func open(places: Int) throws -> StateDirectory {
            try StateDirectory(of: "app", in: temporary.path, places: places, SystemFiles())
        }
        let first = try open(places: 2)
        let second = try open(places: 2)
        let names = try [first, second].map { try identity(of: $0) }
        #expect(names[0] != names[1])
        #expect(second.path == "\(temporary.path)/app~2")
        let error = #expect(throws: StreamsError.self) { try open(places: 2) }
        #expect(error?.message.contains("\(temporary.path)/app:") == true)
        second.close()
        let again = try open(places: 2)
        #expect(try identity(of: again) == names[1])
        let report = LocalStateReport(temporary.path)
        #expect(try report.places(of: "app") == ["app", "app~2"])
        #expect(throws: StreamsError.self) { try report.remove("app~2") }
        again.close()
        #expect(try report.remove("app~2"))
        #expect(try report.places(of: "app") == ["app"])
        first.close()
    }
}
