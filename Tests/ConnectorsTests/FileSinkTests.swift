import Foundation
import KafkaProtocol
import Synchronization
import Testing

@testable import Connectors

/// Files on disk as sinks.
@Suite final class FileSinkTests {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("file-sink-\(UUID().uuidString)").path
    let partition = TopicPartition(topic: "orders", partition: 3)
    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func records(_ offsets: Range<Int64>) -> [SinkRecord] {
        offsets.map { SinkRecord(offset: $0, timestamp: 0, key: nil, value: Bytes(utf8: "value \($0)")) }
    }

    /// The files by name.
    var files: [String: String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: directory).reduce(into: [:]) {
                $0[$1] = try String(contentsOfFile: "\(directory)/\($1)", encoding: .utf8)
            }
        }
    }

    @Test func `a file gets its name when it is large enough, and only then do its records count`() async throws {
        var sink = FileSink(directory: directory, rollBytes: 30)
        #expect(try await sink.open(partition) == nil)
        #expect(try await sink.write(records(5..<7), of: partition) == nil)
        #expect(try files == ["orders-3.part": "value 5\nvalue 6\n"])
        // What a crash leaves does not count.
        var restarted = FileSink(directory: directory, rollBytes: 30)
        #expect(try await restarted.open(partition) == nil)
        #expect(try files.isEmpty)
        #expect(try await restarted.write(records(5..<8), of: partition) == nil)
        #expect(try await restarted.write(records(8..<9), of: partition) == 9)
        let name = "orders-3-00000000000000000005-00000000000000000008.txt"
        #expect(try files == [name: "value 5\nvalue 6\nvalue 7\nvalue 8\n"])
        #expect(try await restarted.open(partition) == 9)
        #expect(try await restarted.open(TopicPartition(topic: "orders", partition: 4)) == nil)
    }

    @Test func `a file gets its name with its age, and when its partition goes`() async throws {
        let time = Mutex(ContinuousClock.now)
        var sink = FileSink(directory: directory, rollAfter: .seconds(60))
        sink.now = { time.withLock { $0 } }
        _ = try await sink.open(partition)
        #expect(try await sink.write(records(0..<1), of: partition) == nil)
        time.withLock { $0 += .seconds(59) }
        #expect(try await sink.write([], of: partition) == nil)
        time.withLock { $0 += .seconds(1) }
        #expect(try await sink.write([], of: partition) == 1)
        #expect(try await sink.write([], of: partition) == nil)
        #expect(try await sink.close(partition) == nil)
        #expect(try await sink.write(records(1..<3), of: partition) == nil)
        #expect(try await sink.close(partition) == 3)
        #expect(try files.keys.sorted().map { String($0.suffix(6)) } == ["00.txt", "02.txt"])
    }

    @Test func `records are written as asked`() async throws {
        var sink = FileSink(directory: directory, suffix: ".csv") { record, partition, writer in
            Bytes(utf8: "\(partition.topic),\(record.offset);").withUnsafeBytes { writer.write(raw: $0) }
        }
        _ = try await sink.open(partition)
        _ = try await sink.write(records(0..<2), of: partition)
        #expect(try await sink.close(partition) == 2)
        #expect(try files.values.first == "orders,0;orders,1;")
        #expect(try files.keys.first?.hasSuffix(".csv") == true)
    }

    @Test func `a directory that cannot be made is said`() async throws {
        var sink = FileSink(directory: "/nonexistent/deep")
        await #expect(throws: FileFault.self) { try await sink.open(partition) }
    }
}
