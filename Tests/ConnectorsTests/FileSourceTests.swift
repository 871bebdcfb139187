import Foundation
import KafkaProtocol
import Synchronization
import Testing

@testable import Connectors

/// Files on disk as sources.
@Suite final class FileSourceTests {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("file-source-\(UUID().uuidString)").path
    var path: String { directory + "/log" }

    init() throws { try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func write(_ text: String, to name: String = "log") throws {
        let path = "\(directory)/\(name)"
        if !FileManager.default.fileExists(atPath: path) { _ = FileManager.default.createFile(atPath: path, contents: nil) }
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.seekToEnd()
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
    }

    /// All values up to the end.
    func values(_ source: inout FileSource) async throws -> [String] {
        var values: [String] = []
        while let batch = try await source.next() { values += batch.records.map { $0.value?.string ?? "null" } }
        return values
    }

    @Test func `a file is read to its end, with the last line`() async throws {
        try write("a\nb\n\nc")
        var source = FileSource(path)
        try await source.start(after: nil)
        #expect(try await values(&source) == ["a", "b", "", "c"])
        #expect(try await source.next() == nil)
    }

    @Test func `it goes on after a position, and after every one of them`() async throws {
        let lines = (0..<20_000).map { "line \($0) \(String(repeating: "x", count: $0 % 50))" }
        try write(lines.joined(separator: "\n"))
        var source = FileSource(path)
        try await source.start(after: nil)
        var seen: [String] = []
        while let batch = try await source.next() {
            seen += batch.records.map { $0.value?.string ?? "null" }
            var again = FileSource(path)
            try await again.start(after: batch.position)
            let rest = try await values(&again)
            #expect(seen + rest == lines)
        }
        #expect(seen == lines)
    }

    @Test func `CSV goes on after a position with its header, packed too`() async throws {
        let rows = (0..<30_000).map { "\($0),\"a\n\($0)\"" }
        let text = "id,text\n" + rows.joined(separator: "\n") + "\n"
        try write(text)
        try Data(Compression.gzip.compress(Bytes(utf8: text)).array).write(to: URL(fileURLWithPath: path + ".gz"))
        for path in [path, path + ".gz"] {
            var source = FileSource(path, format: .csv(key: "id"))
            try await source.start(after: nil)
            let first = try #require(try await source.next())
            #expect(first.records[0] == SourceRecord(key: Bytes(utf8: "0"), value: Bytes(utf8: #"{"id":"0","text":"a\n0"}"#)))
            var again = FileSource(path, format: .csv(key: "id"))
            try await again.start(after: first.position)
            let rest = try await values(&again)
            #expect(first.records.count + rest.count == rows.count, "\(path)")
            #expect(rest.first == #"{"id":"\#(first.records.count)","text":"a\n\#(first.records.count)"}"#)
        }
    }

    @Test func `a log that is rotated is read to its end first, with the line that lacks its end`() async throws {
        try write("a\nb")
        var source = FileSource(path, follows: true, interval: .milliseconds(1))
        try await source.start(after: nil)
        #expect(try await source.next()?.records.map(\.value?.string) == ["a"])
        try write("2\n")
        #expect(try await source.next()?.records.map(\.value?.string) == ["b2"])
        try write("c")
        try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
        try write("d\n")
        #expect(try await source.next()?.records.map(\.value?.string) == ["c"])
        let last = try #require(try await source.next())
        #expect(last.records.map(\.value?.string) == ["d"])
    }

    @Test func `a log that was rotated while nobody read it is found by what it is`() async throws {
        try write("a\n")
        var source = FileSource(path, follows: true, interval: .milliseconds(1))
        try await source.start(after: nil)
        let first = try #require(try await source.next())
        try write("b\n")
        try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
        try write("c\n")
        var again = FileSource(path, follows: true, interval: .milliseconds(1))
        try await again.start(after: first.position)
        #expect(try await again.next()?.records.map(\.value?.string) == ["b"])
        let third = try #require(try await again.next())
        #expect(third.records.map(\.value?.string) == ["c"])
        // And if it is gone: with the beginning of the new one, and a word.
        try FileManager.default.removeItem(atPath: path + ".1")
        let words = Mutex<[String]>([])
        var late = FileSource(path, follows: true) { word in words.withLock { $0.append(word) } }
        try await late.start(after: first.position)
        #expect(try await late.next()?.records.map(\.value?.string) == ["c"])
        #expect(words.withLock { $0.count } == 1)
    }

    @Test func `a log that is cut is read from its beginning`() async throws {
        try write("a\nb\n")
        var source = FileSource(path, follows: true, interval: .milliseconds(1))
        try await source.start(after: nil)
        #expect(try await source.next()?.records.count == 2)
        try Data("c\n".utf8).write(to: URL(fileURLWithPath: path), options: [])
        #expect(try await source.next()?.records.map(\.value?.string) == ["c"])
    }

    @Test func `bad rows are passed over only if that is asked for`() async throws {
        try write("{\"id\":1}\nnonsense\n{\"id\":2}\n")
        var strict = FileSource(path, format: .jsonLines(key: "id"))
        try await strict.start(after: nil)
        await #expect(throws: FileFault.self) { try await values(&strict) }
        let words = Mutex<[String]>([])
        var lenient = FileSource(path, format: .jsonLines(key: "id"), skipsBadRows: true) { word in
            words.withLock { $0.append(word) }
        }
        try await lenient.start(after: nil)
        #expect(try await values(&lenient) == ["{\"id\":1}", "{\"id\":2}"])
        #expect(words.withLock { $0.first?.contains("byte 18") == true && $0.count == 1 })
    }

    @Test func `what cannot be read is said`() async throws {
        for path in [directory + "/none", directory] {
            var source = FileSource(path)
            try await source.start(after: nil)
            await #expect(throws: FileFault.self) { try await source.next() }
        }
        var packed = FileSource(directory + "/a.gz", follows: true)
        await #expect(throws: FileFault.self) { try await packed.start(after: nil) }
        try write("not gzip", to: "b.gz")
        var damaged = FileSource(directory + "/b.gz")
        try await damaged.start(after: nil)
        await #expect(throws: (any Error).self) { try await damaged.next() }
        var source = FileSource(path)
        await #expect(throws: FileFault.self) { try await source.start(after: Bytes(utf8: "nonsense")) }
    }
}
