import KafkaProtocol
import MillraceTestSupport
import Testing

@testable import KafkaBroker

/// What a log takes from clients: batches that hold what their headers say, and nothing else.
@Suite struct BatchCheckTests {
    private static let good = [("k0", "v0"), ("k1", "v1"), ("k2", nil)] as [(key: String?, value: String?)]

    /// A batch that is wrong in one way, and the record that is at fault if it is one.
    struct Wrong: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: KafkaErrorCode
        let record: Int32?
        let change: @Sendable (inout ForgedBatch) throws -> Void

        init(
            _ name: String, _ code: KafkaErrorCode = .invalidRecord, record: Int32? = nil,
            _ change: @escaping @Sendable (inout ForgedBatch) throws -> Void
        ) {
            testDescription = name
            self.code = code
            self.record = record
            self.change = change
        }
    }

    static let wrong: [Wrong] = [
        Wrong("more records than it holds", record: 3) { ($0.recordCount, $0.lastOffsetDelta) = (4, 3) },
        Wrong("fewer records than it holds", record: 2) { ($0.recordCount, $0.lastOffsetDelta) = (2, 1) },
        Wrong("no record") { ($0.records, $0.recordCount, $0.lastOffsetDelta) = ([], 0, 0) },
        Wrong("as many records as there are numbers, and none in it", record: 0) {
            ($0.records, $0.recordCount, $0.lastOffsetDelta) = ([], .max, .max - 1)
        },
        Wrong("a negative number of records") { $0.recordCount = -1 },
        Wrong("a last offset that does not fit to the number of records") { $0.lastOffsetDelta = 5 },
        Wrong("a negative last offset") { $0.lastOffsetDelta = -1 },
        Wrong("an offset of its own") { $0.baseOffset = 7 },
        Wrong("a negative offset of its own") { $0.baseOffset = -1 },
        Wrong("an offset twice", record: 2) { $0.records[2].offsetDelta = 1 },
        Wrong("offsets in the wrong order", record: 0) { ($0.records[0].offsetDelta, $0.records[1].offsetDelta) = (1, 0) },
        Wrong("an offset beyond the batch", record: 1) { $0.records[1].offsetDelta = 1 << 62 },
        Wrong("a negative offset in it", record: 1) { $0.records[1].offsetDelta = -1 },
        Wrong("a record longer than the batch", record: 2) { $0.records[2].length = 900 },
        Wrong("a record shorter than its fields", record: 1) { $0.records[1].length = 7 },
        Wrong("a record of negative length", record: 0) { $0.records[0].length = -1 },
        Wrong("a key longer than its record", record: 0) { $0.records[0].keyLength = 50 },
        Wrong("a key of length -2", record: 0) { $0.records[0].keyLength = -2 },
        Wrong("a value longer than its record", record: 1) { $0.records[1].valueLength = 1 << 40 },
        Wrong("more headers than there are", record: 1) { $0.records[1].headerCount = 3 },
        Wrong("a negative number of headers", record: 1) { $0.records[1].headerCount = -1 },
        Wrong("a header without a key", record: 1) { $0.records[1].headers[0].keyLength = -1 },
        Wrong("a header longer than its record", record: 1) { $0.records[1].headers[0].valueLength = 99 },
        Wrong("bytes after a record's last header", record: 1) { $0.records[1].rest = [1, 2] },
        Wrong("a varint of eleven bytes", record: 0) { batch in
            batch.payload = Bytes(Array(repeating: 0xff, count: 11) + [0])
        },
        Wrong("a time that is no number", record: 1) { ($0.baseTimestamp, $0.records[1].timestampDelta) = (.max, 1) },
        Wrong("a control batch") { ($0.attributes, $0.producerId, $0.producerEpoch, $0.baseSequence) = (0x30, 1, 0, 0) },
        Wrong("a transaction without a producer") { $0.attributes = 0x10 },
        Wrong("a producer without a sequence number") { ($0.producerId, $0.producerEpoch) = (1, 0) },
        Wrong("a producer without an epoch") { ($0.producerId, $0.baseSequence) = (1, 0) },
        Wrong("an old format") { $0.magic = 1 },
        Wrong("an older format") { $0.magic = 0 },
        Wrong("a format that there is not", .corruptMessage) { $0.magic = 3 },
        Wrong("a wrong checksum", .corruptMessage) { $0.crc = 1 },
        Wrong("a length beyond its bytes", .corruptMessage) { $0.batchLength = 4000 },
        Wrong("a length too short for a header") { $0.batchLength = 10 },
        Wrong("a compression that there is not", .unsupportedCompressionType) { $0.attributes = 7 },
        Wrong("the broker's time", .invalidTimestamp, record: 0) { $0.attributes = 8 },
    ]

    private func forged() -> ForgedBatch {
        var batch = ForgedBatch(Self.good)
        batch.records[1].headers = [.init(key: "h", value: [1, 2, 3])]
        return batch
    }

    @Test(arguments: wrong) func `a batch that is not what it says is refused, and nothing of it stored`(
        _ wrong: Wrong
    ) throws {
        try withDirectory { root in
            let log = try openLog(root)
            var batch = forged()
            try wrong.change(&batch)
            let bytes = try batch.bytes
            do {
                try log.append(bytes, now: 0)
                Issue.record("it was stored")
            } catch let error as PartitionLogError {
                #expect(error.code == wrong.code, "\(error)")
                #expect(error.message.hasPrefix("t-0: "))
                #expect(error.records.first?.index == wrong.record, "\(error)")
            }
            #expect(log.highWatermark == 0)
            try log.append(forged().bytes, now: 0)
            #expect(try log.all().map(\.description) == ["0:k0=v0", "1:k1=v1", "2:k2=-"])
        }
    }

    @Test(arguments: [Compression.gzip, .snappy, .lz4, .zstd].filter { (try? $0.check()) != nil }, wrong.filter { $0.record != nil })
    func `a compressed batch is looked into`(_ compression: Compression, _ wrong: Wrong) throws {
        try withDirectory { root in
            let log = try openLog(root)
            var batch = forged()
            batch.compression = compression
            try log.append(batch.bytes, now: 0)
            try wrong.change(&batch)
            if let payload = batch.payload { batch.payload = try compression.compress(payload) }
            let bytes = try batch.bytes
            expectError(wrong.code) { try log.append(bytes, now: 0) }
            #expect(log.highWatermark == 3)
        }
    }

    @Test(arguments: [Compression.gzip, .snappy, .lz4, .zstd].filter { (try? $0.check()) != nil })
    func `bytes that a codec cannot read, or too many of them, are refused`(_ compression: Compression) throws {
        try withDirectory { root in
            let log = try openLog(root, settings { $0.decompressionLimit = 1 << 20 })
            var batch = forged()
            batch.compression = compression
            batch.payload = [1, 2, 3, 4, 5, 6, 7, 8]
            let nonsense = try batch.bytes
            expectError(.invalidRecord) { try log.append(nonsense, now: 0) }
            batch.payload = try compression.compress(Bytes([UInt8](repeating: 0, count: 1 << 20 + 1)))
            let bomb = try batch.bytes
            expectError(.invalidRecord) { try log.append(bomb, now: 0) }
            #expect(log.highWatermark == 0)
        }
    }

    @Test func `a request has one batch a partition`() throws {
        try withDirectory { root in
            let log = try openLog(root)
            let one = try forged().bytes
            for many in [joined([one, one]), Bytes(one.array + [0]), Bytes(one.array + [UInt8](repeating: 0, count: 100))] {
                expectError(.invalidRecord) { try log.append(many, now: 0) }
            }
            expectError(.invalidRecord) { try log.append(Bytes(), now: 0) }
            #expect(log.highWatermark == 0)
        }
    }

    @Test func `every record without a key is named, as many as are worth it`() throws {
        try withDirectory { root in
            let log = try openLog(root, settings { $0.cleanupPolicy = .compact })
            let bytes = try ForgedBatch((0..<5000).map { ($0.isMultiple(of: 2) ? "k" : nil, "v") }).bytes
            do {
                try log.append(bytes, now: 0)
                Issue.record("it was stored")
            } catch let error as PartitionLogError {
                #expect(error.code == .invalidRecord)
                #expect(error.message.contains("2500 records") && error.message.contains("record 1: it has no key"))
                #expect(error.records.count == 1000)
                #expect(error.records.map(\.index) == (0..<1000).map { $0 * 2 + 1 })
            }
        }
    }

    @Test func `times too far from the broker's are refused, each record by name`() throws {
        try withDirectory { root in
            let log = try openLog(
                root,
                settings {
                    $0.timestampBeforeMaxMs = 100
                    $0.timestampAfterMaxMs = 10
                })
            func append(_ times: Int64...) throws -> PartitionLog.AppendResult {
                var batch = ForgedBatch(times.map { _ in (nil, "v") })
                batch.baseTimestamp = 0
                for (index, time) in times.enumerated() { batch.records[index].timestampDelta = time }
                return try log.append(batch.bytes, now: 1000)
            }
            #expect(try append(900, 1010, 950).baseOffset == 0)
            #expect(try append(-1).baseOffset == 3)
            for time in [899, 1011, 0, -2, Int64.max, .min] {
                do {
                    _ = try append(1000, time)
                    Issue.record("\(time) was stored")
                } catch let error as PartitionLogError {
                    #expect(error.code == .invalidTimestamp)
                    #expect(error.records.map(\.index) == [1])
                    #expect(error.records.first?.message.contains("\(time)") == true)
                }
            }
            #expect(log.highWatermark == 4)
        }
    }

    @Test(arguments: [0, 5, 1000, Int64.max, -1, .min])
    func `the largest time of a batch is that of its records, whatever its header says`(claimed: Int64) throws {
        try withDirectory { root in
            let log = try openLog(root)
            var batch = ForgedBatch([("k", "a"), ("k", "b"), ("k", "c")])
            batch.baseTimestamp = 100
            batch.records[1].timestampDelta = 200
            batch.records[2].timestampDelta = 100
            batch.maxTimestamp = claimed
            try log.append(batch.bytes, now: 0)
            for log in [log, try openLog(root)] {
                let stored = try RecordBatch(log.read(from: 0, maxBytes: 1000).records)
                try stored.validateChecksum()
                #expect(stored.header.maxTimestamp == 300)
                #expect(try log.offset(forTimestamp: 250) == .init(offset: 1, timestamp: 300))
                #expect(try log.offset(forTimestamp: 301) == nil)
                #expect(try log.offsetOfLatestTimestamp() == .init(offset: 1, timestamp: 300))
            }
        }
    }

    @Test func `retention goes by the records' times, not by what a header claims`() throws {
        try withDirectory { root in
            let log = try openLog(root, settings { $0.retentionMs = 6000 })
            for second: Int64 in 0..<10 {
                var batch = ForgedBatch([("k", "v\(second)")])
                batch.baseTimestamp = second * 1000
                batch.maxTimestamp = 0
                try log.append(batch.bytes, now: second * 1000)
                try log.applyRetention(now: second * 1000)
            }
            #expect(log.logStartOffset == 0)
            try log.applyRetention(now: 15_001)
            #expect(log.logStartOffset == 10)
        }
    }

    @Test func `a segment is rolled by the records' times, not by what a header claims`() throws {
        try withDirectory { root in
            let log = try openLog(root, settings { $0.segmentMs = 100 })
            for time: Int64 in [0, 50, 100, 101, 150] {
                var batch = ForgedBatch([("k", "v")])
                batch.baseTimestamp = time
                batch.maxTimestamp = 1 << 50
                try log.append(batch.bytes, now: 0)
            }
            #expect(try LogDirectory(path: "\(root)/t-0", faults: .none).list()[.log] == [0, 3])
        }
    }

    @Test func `records younger than the compaction lag stay, whatever their header claims`() throws {
        try withDirectory { root in
            let log = try openLog(
                root,
                settings {
                    $0.cleanupPolicy = .compact
                    $0.segmentBytes = 200
                    $0.minCompactionLagMs = 1000
                })
            for number in 0..<10 {
                var batch = ForgedBatch([("k", "v\(number)")])
                batch.baseTimestamp = 5000
                batch.maxTimestamp = 0
                try log.append(batch.bytes, now: 5000)
            }
            #expect(try !log.compact(now: 5500, force: true))
            #expect(try log.compact(now: 6500, force: true))
            #expect(try log.all().count < 10)
        }
    }

    @Test func `with the broker's time a record's own does not matter`() throws {
        try withDirectory { root in
            let log = try openLog(
                root,
                settings {
                    $0.messageTimestampType = .logAppendTime
                    $0.timestampBeforeMaxMs = 1
                    $0.timestampAfterMaxMs = 1
                })
            try log.append(ForgedBatch([("k", "v")]).bytes, now: 1 << 40)
            #expect(try log.offsetOfLatestTimestamp() == .init(offset: 0, timestamp: 1 << 40))
        }
    }

    @Test func `records without a time are found as those with the latest there is`() throws {
        try withDirectory { root in
            let log = try openLog(root)
            #expect(try log.offsetOfLatestTimestamp() == nil)
            var batch = ForgedBatch([("k", "v"), ("k", "w")])
            batch.baseTimestamp = -1
            batch.records[1].timestampDelta = 0
            try log.append(batch.bytes, now: 0)
            #expect(try log.offsetOfLatestTimestamp() == .init(offset: 0, timestamp: -1))
        }
    }
}
