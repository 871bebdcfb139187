import Foundation
import KafkaProtocol
import MillraceTestSupport
import Testing

@testable import KafkaBroker

@Suite struct DirectoryVerificationTests {
    private func fill(_ directory: TemporaryDirectory, endsBy ending: BrokerEnding = .closing) async throws {
        try await withBroker(in: directory, endsBy: ending) { _, client async throws in
            try await client.createTopic("t", partitions: 2, ["segment.bytes": "300"])
            for number in 0..<10 { _ = try await client.produce(recordBatch(["a\(number)", "b\(number)"]), to: "t") }
            _ = try await client.commit("g", "t", 5)
            _ = try await client.send(InitProducerIdRequest(transactionalId: "x", transactionTimeoutMs: 1000))
        }
    }

    private func snapshot(_ directory: TemporaryDirectory) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in try #require(FileManager.default.subpaths(atPath: directory.path)) {
            files[name] = (try? contents("\(directory.path)/\(name)")) ?? []
        }
        return files
    }

    @Test(arguments: [BrokerEnding.closing, .abandoning]) func `a directory that is well has no findings`(
        ending: BrokerEnding
    ) async throws {
        let directory = try TemporaryDirectory()
        try await fill(directory, endsBy: ending)
        let before = try snapshot(directory)
        let report = try Broker.verify(directory: directory.path)
        #expect(!report.isDamaged && !report.isInUse)
        #expect(report.partitions.map(\.name) == ["__consumer_offsets-0", "__transaction_state-0", "t-0", "t-1"])
        #expect(report.partitions[2].records == 20 && report.partitions[2].batches == 10)
        #expect(report.partitions[2].segments > 2 && report.partitions[2].endOffset == 20)
        #expect((report.findings + report.partitions.flatMap(\.findings)).isEmpty)
        #expect(try snapshot(directory) == before, "nothing is changed")
    }

    @Test func `a broker at work is seen, and not disturbed`() async throws {
        let directory = try TemporaryDirectory()
        try await fill(directory)
        try await withBroker(in: directory) { _, client async throws in
            #expect(try Broker.verify(directory: directory.path).isInUse)
            _ = try await client.produce(recordBatch(["c"]), to: "t")
            #expect(try await client.fetch("t", from: 20).highWatermark == 21)
        }
    }

    @Test func `any flipped byte of any batch is found, with its place and what it costs`() async throws {
        let directory = try TemporaryDirectory()
        try await fill(directory)
        for partition in ["t-0", "__consumer_offsets-0", "__transaction_state-0"] {
            for name in try FileManager.default.contentsOfDirectory(atPath: "\(directory.path)/\(partition)")
            where name.hasSuffix(".log") {
                let path = "\(directory.path)/\(partition)/\(name)"
                let good = try contents(path)
                for place in stride(from: 0, to: good.count, by: 5) {
                    await Task.yield()
                    var bytes = good
                    bytes[place] ^= 0x10
                    try overwrite(path, bytes)
                    let report = try Broker.verify(directory: directory.path)
                    // The leader epoch is not covered by the checksum and means nothing here.
                    let found = report.partitions.flatMap(\.findings).filter { $0.path == path }
                    guard !found.isEmpty else {
                        let meansNothing = isLeaderEpoch(place, in: good)
                        #expect(meansNothing, "\(name), byte \(place)")
                        continue
                    }
                    #expect(found[0].position.map { $0 <= place } == true, "\(name), byte \(place)")
                }
                try overwrite(path, good)
            }
        }
        #expect(try !Broker.verify(directory: directory.path).isDamaged)
    }

    @Test(arguments: [LogDirectory.Kind.index, .timeindex]) func `any flipped bit of a closed segment's index is found, and repaired`(
        _ kind: LogDirectory.Kind
    ) async throws {
        try await withDirectory { root in
            let configuration = settings {
                $0.segmentBytes = 1000
                $0.indexIntervalBytes = 150
            }
            let log = try openLog(root, configuration)
            for number in 0..<40 { try log.append(batch(["\(number)"], timestamp: [5, 9, 3, 30][number % 4] * Int64(number)), now: 0) }
            try log.close()
            func findings() -> [DirectoryReport.Finding] {
                var verification = LogVerification(LogDirectory(path: "\(root)/t-0", faults: .none), name: "t-0", isCompacted: false)
                verification.run(reader: OwnRecords("t"))
                return verification.partition.findings
            }
            #expect(findings().isEmpty)
            let path = file(root, kind, 0)
            let good = try contents(path)
            #expect(good.count >= 24)
            for place in good.indices {
                for bit in 0..<8 {
                    await Task.yield()
                    var bytes = good
                    bytes[place] ^= 1 << bit
                    try overwrite(path, bytes)
                    let found = findings()
                    #expect(found.count == 1 && found.first?.path.contains("index") == true, "byte \(place), bit \(bit): \(found)")
                    guard bit == 0 else { continue }
                    // A start makes anew what it does not believe, one that looks at everything the rest.
                    try reopenLog(root, configuration, checks: found.first?.isDamage == true ? .everything : .whatACrashLeaves).log.close()
                    #expect(try contents(path) == good, "byte \(place)")
                }
            }
        }
    }

    private func isLeaderEpoch(_ place: Int, in bytes: [UInt8]) -> Bool {
        var sequence = RecordBatchSequence(Bytes(bytes))
        var start = 0
        while let batch = try? sequence.next() {
            if (start + 12..<start + 16).contains(place) { return true }
            start += batch.bytes.count
        }
        return false
    }

    @Test func `what is missing or does not fit together is found`() async throws {
        let cases: [(String, @Sendable (String) throws -> Void)] = [
            ("topics", { try FileManager.default.removeItem(atPath: "\($0)/topics") }),
            ("topics", { try overwrite("\($0)/topics", Array("topic\n".utf8)) }),
            ("meta.properties", { try FileManager.default.removeItem(atPath: "\($0)/meta.properties") }),
            ("producer-ids", { try overwrite("\($0)/producer-ids", [1, 2]) }),
            ("t-1", { try FileManager.default.removeItem(atPath: "\($0)/t-1") }),
            (
                ".log",
                { path in
                    let logs = try FileManager.default.contentsOfDirectory(atPath: "\(path)/t-0").filter { $0.hasSuffix(".log") }
                    try FileManager.default.removeItem(atPath: "\(path)/t-0/\(logs.sorted()[1])")
                }
            ),
            (
                "t-0",
                { path in
                    let last = try #require(FileManager.default.contentsOfDirectory(atPath: "\(path)/t-0").filter { $0.hasSuffix(".log") }.max())
                    try FileManager.default.removeItem(atPath: "\(path)/t-0/\(last)")
                }
            ),
            ("log.checkpoint", { try overwrite("\($0)/t-0/log.checkpoint", [0]) }),
        ]
        for (index, (name, damage)) in cases.enumerated() {
            let directory = try TemporaryDirectory()
            try await fill(directory)
            try damage(directory.path)
            let report = try Broker.verify(directory: directory.path)
            let found = report.findings + report.partitions.flatMap(\.findings)
            #expect(report.isDamaged && found.contains { $0.isDamage && $0.path.hasSuffix(name) }, "case \(index): \(found)")
        }
        #expect(throws: BrokerError.self) { try Broker.verify(directory: "/nowhere/at/all") }
    }

    @Test func `a torn end is no damage, what an earlier start kept aside neither`() async throws {
        let directory = try TemporaryDirectory()
        try await fill(directory, endsBy: .abandoning)
        let name = try #require(
            FileManager.default.contentsOfDirectory(atPath: "\(directory.path)/t-0").filter { $0.hasSuffix(".log") }.max())
        let path = "\(directory.path)/t-0/\(name)"
        try overwrite(path, contents(path) + contents(path).prefix(40))
        try overwrite("\(path).0.damaged", [1])
        let report = try Broker.verify(directory: directory.path)
        let found = report.partitions.flatMap(\.findings)
        #expect(!report.isDamaged && found.count == 2 && found.allSatisfy { !$0.isDamage }, "\(found)")
    }

    @Test func `a batch that its header lies about is found, though its checksum is right`() throws {
        for change in [
            { $0.recordCount = 5 }, { $0.records[1].offsetDelta = 0 }, { $0.maxTimestamp = 1 << 50 },
            { $0.records[0].keyLength = 90 },
        ] as [(inout ForgedBatch) -> Void] {
            try withDirectory { root in
                let log = try openLog(root)
                try log.append(batch(["a"]), now: 0)
                var forged = ForgedBatch([("k", "v"), ("k", "w")])
                forged.baseOffset = 1
                forged.leaderEpoch = 0
                change(&forged)
                try overwrite(file(root, .log, 0), contents(file(root, .log, 0)) + forged.bytes.array)
                var verification = LogVerification(LogDirectory(path: "\(root)/t-0", faults: .none), name: "t-0", isCompacted: false)
                verification.run(reader: OwnRecords("t"))
                #expect(verification.partition.findings.contains { $0.isDamage && $0.offset == 1 })
            }
        }
    }
}
