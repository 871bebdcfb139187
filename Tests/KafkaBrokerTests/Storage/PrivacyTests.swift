import Foundation
import KafkaProtocol
import Testing

@testable import KafkaBroker

@Suite struct PrivacyTests {
    @Test func `all that a broker makes is for its user alone`() async throws {
        let directory = try TemporaryDirectory()
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory.path)
        try await withBroker(in: directory) { _, transport in
            try await transport.createTopic("t", ["segment.bytes": "1000"])
            for _ in 0..<5 {
                _ = try await transport.produce(try recordBatch([String(repeating: "x", count: 600)]), to: "t")
            }
            _ = try await transport.commit("g", "t", 1)
            _ = try await transport.send(InitProducerIdRequest(transactionalId: "x", transactionTimeoutMs: 1000))
        }
        let files = try #require(FileManager.default.subpaths(atPath: directory.path))
        #expect(files.count > 10)
        for path in [""] + files {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(directory.path)/\(path)")
            let isDirectory = attributes[.type] as? FileAttributeType == .typeDirectory
            #expect(attributes[.posixPermissions] as? Int == (isDirectory ? 0o700 : 0o600), "\(path)")
        }
    }
}
