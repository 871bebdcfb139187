import Foundation
import KafkaProtocol
import Testing

@testable import KafkaBroker

@Suite struct LogReadingTests {
    private let partition = TopicPartition("t", 0)

    /// Runs `body` with a directory that has three batches of two records each, in one file.
    private func withBatches(_ body: (_ directory: String, _ file: String) throws -> Void) async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            try await client.createTopic("t")
            for values in [["a", "b"], ["c", "d"], ["e", "f"]] {
                #expect(try await client.produce(try recordBatch(values), to: "t").errorCode == 0)
            }
        }
        try body(directory.path, "\(directory.path)/t-0/00000000000000000000.log")
    }

    /// The pieces as words, as many as are wanted.
    private func pieces(_ directory: String, from offset: Int64 = 0, most: Int = .max) throws -> [String] {
        var found: [String] = []
        try Broker.readLog(of: partition, inDirectory: directory, from: offset) { piece in
            switch piece {
            case .segment(_, let base, _): found.append("segment \(base)")
            case .batch(let header, _, let bytes):
                #expect(bytes.count == header.sizeInBytes)
                found.append("batch \(header.baseOffset)")
            case .damage(_, let isTorn, _): found.append(isTorn ? "torn" : "damage")
            }
            return found.count < most
        }
        return found
    }

    @Test func `a partition's batches are given in order, until enough are seen`() async throws {
        try await withBatches { directory, _ throws in
            #expect(try Broker.partitions(inDirectory: directory).contains(partition))
            #expect(try pieces(directory) == ["segment 0", "batch 0", "batch 2", "batch 4"])
            #expect(try pieces(directory, most: 2) == ["segment 0", "batch 0"])
        }
    }

    @Test func `a damaged place is given between what is good`() async throws {
        try await withBatches { directory, file throws in
            var bytes = try contents(file)
            bytes[bytes.count / 2] ^= 1
            try Data(bytes).write(to: URL(fileURLWithPath: file))
            #expect(try pieces(directory) == ["segment 0", "batch 0", "damage", "batch 4"])
        }
    }

    @Test func `a last write that was cut off is told apart from damage`() async throws {
        try await withBatches { directory, file throws in
            try Data(try contents(file).dropLast(3)).write(to: URL(fileURLWithPath: file))
            #expect(try pieces(directory) == ["segment 0", "batch 0", "batch 2", "torn"])
        }
    }

    @Test func `a partition without a log is an error`() throws {
        let directory = try TemporaryDirectory()
        #expect(throws: BrokerError.self) { try pieces(directory.path) }
    }
}
