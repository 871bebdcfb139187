import Foundation
import KafkaProtocol
import MillraceCommandLine
import Testing

@Suite struct InputReaderTests {
    /// Writes a file, reads it with an `InputReader` and takes the file away.
    func read(_ contents: [UInt8], name: String = "input.txt", chunkBytes: Int = 4096) async throws -> [UInt8] {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appendingPathComponent(name)
        try Data(contents).write(to: file)
        let reader = try InputReader(path: file.path, chunkBytes: chunkBytes)
        #expect(reader.totalBytes == contents.count)
        var all: [UInt8] = []
        while let chunk = try await reader.next() {
            #expect(!chunk.isEmpty)
            all += chunk.array
        }
        #expect(reader.fraction == 1)
        return all
    }

    func gzip(_ bytes: [UInt8]) throws -> [UInt8] { try Compression.gzip.compress(Bytes(bytes)).array }

    @Test func `a plain file is read as it is`() async throws {
        let contents = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        #expect(try await read(contents) == contents)
        #expect(try await read([]) == [])
    }

    @Test(arguments: [1, 7, 4096, 1 << 20])
    func `a gzip file is unpacked whatever the size of the chunks`(chunkBytes: Int) async throws {
        var random = SeededRandom(seed: 5)
        let contents = (0..<10_000).map { _ in UInt8.random(in: 0...7, using: &random) }
        #expect(try await read(gzip(contents), name: "a.gz", chunkBytes: chunkBytes) == contents)
    }

    @Test func `what unpacks to much more than it was is unpacked whole`() async throws {
        let contents = [UInt8](repeating: 65, count: 5_000_000)
        #expect(try await read(gzip(contents), name: "a.gz", chunkBytes: 1 << 20) == contents)
    }

    @Test func `the members of a gzip file follow each other`() async throws {
        let contents = try gzip(Array("one\n".utf8)) + gzip([]) + gzip(Array("two\n".utf8))
        #expect(try await read(contents, name: "a.gz", chunkBytes: 5) == Array("one\ntwo\n".utf8))
    }

    @Test func `a gzip file that is cut off anywhere is refused`() async throws {
        let whole = try gzip(Array("a line of some length".utf8))
        for count in 0..<whole.count {
            await #expect(throws: CommandFailure.self) { try await read(Array(whole.prefix(count)), name: "a.gz") }
        }
    }

    @Test func `a damaged gzip file is refused or read, never more`() async throws {
        let whole = try gzip(Array("a line of some length".utf8))
        for index in whole.indices {
            var damaged = whole
            damaged[index] ^= 0x10
            _ = try? await read(damaged, name: "a.gz")
        }
        await #expect(throws: CommandFailure.self) { try await read(Array("plain".utf8), name: "a.gz") }
    }

    @Test func `what cannot be opened is told by name`() throws {
        #expect(throws: CommandFailure.self) { try InputReader(path: "/nonexistent/file") }
        do { _ = try InputReader(path: "/") } catch { #expect("\(error)" == "cannot read /: it is a directory") }
    }
}
