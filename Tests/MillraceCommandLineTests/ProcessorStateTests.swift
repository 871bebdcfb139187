import Foundation
import KafkaProtocol
import Testing

@testable import Millrace
@testable import MillraceCommandLine

/// `processor state` on a directory that an application has left behind.
@Suite final class ProcessorStateTests {
    let root = FileManager.default.temporaryDirectory.appending(path: "state-\(UUID().uuidString)").path

    deinit { try? FileManager.default.removeItem(atPath: root) }

    /// Ten rows of a store, and one that was deleted.
    func makeState(of application: String) throws -> StateDirectory {
        let directory = try StateDirectory(of: application, in: root, SystemFiles())
        let log = RowLog(
            "\(directory.directory(of: TaskID(subTopology: 1, partition: 3)))/counts", identity: .key,
            buffer: RowLogBuffer(), files: SystemFiles(), trouble: StateTrouble(now: { 0 }, tell: { _ in }))
        _ = try log.open()
        for number in 0..<11 as Range<UInt8> {
            log.buffer.append(key: [number], value: number == 0 ? nil : [1], timestamp: 5, headers: [])
        }
        let position = RowPosition(
            partition: TopicPartition("\(application)-counts-changelog", 3), topicID: .zero, offset: 77)
        log.commit([position], now: Int64(Date().timeIntervalSince1970 * 1000) - 120_000)
        log.close()
        return directory
    }

    func run(_ line: String) async throws -> ProgramRun {
        try await ProgramRun(
            ProcessorCommand([]).command, line.split(separator: " ").map { $0 == "ROOT" ? root : String($0) })
    }

    @Test func `list shows what each store has`() async throws {
        for application in ["a", "b"] { try makeState(of: application).close() }
        let all = try await run("state list --state-dir ROOT")
        let rows = all.output.split(separator: "\n").map { $0.split(separator: " ", omittingEmptySubsequences: true) }
        #expect(all.code == 0 && rows.count == 3)
        #expect(rows[1].prefix(3) == ["a", "1_3", "counts"] && rows[1][4] == "11")
        #expect(all.output.contains("b-counts-changelog-3 77"))
        let one = try await run("state list --state-dir ROOT --application-id b")
        #expect(one.output.split(separator: "\n").count == 2 && !one.output.contains("a-counts"))
        #expect(try await run("state list --broker embedded:/nowhere").output == "there is no local state in /nowhere/state\n")
    }

    @Test func `verify finds a byte that was flipped, and fails`() async throws {
        try makeState(of: "a").close()
        let good = try await run("state verify --state-dir ROOT")
        #expect(good.code == 0 && good.output.contains("ok"))
        let directory = "\(root)/a/1_3/counts"
        let file = try #require(try FileManager.default.contentsOfDirectory(atPath: directory).first)
        var content = try Data(contentsOf: URL(filePath: "\(directory)/\(file)"))
        content[60] ^= 1
        try content.write(to: URL(filePath: "\(directory)/\(file)"))
        let bad = try await run("state verify --state-dir ROOT")
        #expect(bad.code == 1 && bad.output.contains(file) && bad.messages.contains("1 store is damaged"))
    }

    @Test func `clean removes what it is told to, and only with --yes`() async throws {
        for application in ["a", "b"] { try makeState(of: application).close() }
        let asked = try await run("state clean --state-dir ROOT --application-id a")
        #expect(asked.code == 1 && asked.messages.contains("--yes") && asked.output.hasPrefix("would remove"))
        #expect(try await run("state list --state-dir ROOT").output.contains("a-counts"))
        #expect(try await run("state clean --state-dir ROOT --application-id a --yes").code == 0)
        let left = try await run("state list --state-dir ROOT")
        #expect(!left.output.contains("a-counts") && left.output.contains("b-counts"))
    }

    @Test func `what a process uses is listed, and neither verified nor removed`() async throws {
        let directory = try makeState(of: "a")
        #expect(try await run("state list --state-dir ROOT").output.contains("a-counts"))
        for line in ["state verify --state-dir ROOT", "state clean --yes --state-dir ROOT"] {
            let refused = try await run(line)
            #expect(refused.code == 1 && refused.messages.contains("another process uses the local state in \(root)/a"))
        }
        directory.close()
        #expect(try await run("state verify --state-dir ROOT").code == 0)
    }

    @Test(arguments: ["list", "verify", "clean --yes"])
    func `without a directory there is nothing to look at`(_ command: String) async throws {
        #expect(try await run("state \(command) --state-dir none").code == 64)
    }
}
