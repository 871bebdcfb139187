import KafkaProtocol
import MillraceTestSupport
import Testing

@testable import KafkaBroker

/// Batches each number of which is, in turn, at the ends of its range and at those of its neighbours': a log refuses them or
/// stores what every later step can deal with.
@Suite struct BatchBoundaryTests {
    static let refusals: Set<KafkaErrorCode> = [
        .invalidRecord, .corruptMessage, .unsupportedCompressionType, .invalidTimestamp, .messageTooLarge,
        .recordListTooLarge, .outOfOrderSequenceNumber, .invalidProducerEpoch, .invalidTxnState,
    ]

    private func forged() -> ForgedBatch {
        var batch = ForgedBatch([("k0", "v0"), ("k1", "v1"), ("k0", nil)])
        batch.records[1].headers = [.init(key: "h", value: [1, 2, 3])]
        return batch
    }

    private func variants(of batch: ForgedBatch, seed: UInt64) -> [(name: String, root: ForgedBatch)] {
        var random = SeededGenerator(seed: seed)
        let fields = ForgedBatch.headerFields + ForgedBatch.recordFields(1)
        return boundaryVariants(of: batch, fields, pairs: 200, using: &random)
    }

    /// Appends; returns whether it was stored.
    private func append(_ batch: ForgedBatch, to log: PartitionLog, _ name: String) throws -> Bool {
        let end = log.highWatermark
        do {
            let result = try log.append(batch.bytes, now: 1_000_000)
            #expect(result.baseOffset == end && log.highWatermark == end + Int64(batch.records.count), "\(name)")
            return true
        } catch let error as PartitionLogError {
            #expect(Self.refusals.contains(error.code), "\(name): \(error)")
            #expect(log.highWatermark == end, "\(name)")
            return false
        }
    }

    @Test(arguments: [Compression.none, .gzip].filter { (try? $0.check()) != nil }, boundarySeeds)
    func `a batch with a number at its bounds is refused, or can be read, looked up, compacted and read again`(
        _ compression: Compression, _ seed: UInt64
    ) async throws {
        var batch = forged()
        batch.compression = compression
        for (name, variant) in variants(of: batch, seed: seed) {
            await Task.yield()
            try withDirectory { root in
                let configuration = settings {
                    $0.cleanupPolicy = .compact
                    $0.segmentBytes = 400
                    $0.minCleanableDirtyRatio = 0
                }
                let log = try openLog(root, configuration)
                guard try append(variant, to: log, name) else { return }
                let stored = try log.all().map(\.description)
                #expect(stored.count == 3, "\(name)")
                for time in Int64.boundaryValues { _ = try log.offset(forTimestamp: time) }
                _ = try log.offsetOfLatestTimestamp()
                // A segment of its own, so that compaction takes it.
                for number in 0..<6 { try log.append(ForgedBatch([("f\(number)", "\(variant)")]).bytes.prefixed(400), now: 0) }
                try log.compact(now: .max, force: true)
                let left = try log.all().filter { $0.offset < 3 }
                #expect(left.allSatisfy { stored.contains($0.description) }, "\(name)")
                for checks in [LogRecovery.Checks.whatACrashLeaves, .everything] {
                    let (again, told) = try reopenLog(root, configuration, checks: checks)
                    #expect(try again.all().filter { $0.offset < 3 } == left, "\(name)")
                    #expect(told == [], "\(name)")
                    try again.close()
                }
            }
        }
    }

    @Test(arguments: boundarySeeds) func `one log takes whatever comes, and stays as it should be`(_ seed: UInt64) throws {
        try withDirectory { root in
            let configuration = settings {
                $0.segmentBytes = 2000
                $0.indexIntervalBytes = 100
                $0.retentionMs = .max
            }
            var log = try openLog(root, configuration)
            var random = SeededGenerator(seed: seed)
            var stored: Int64 = 0
            for (name, variant) in variants(of: forged(), seed: seed).shuffled(using: &random) {
                if try append(variant, to: log, name) { stored += 3 }
                if Int.random(in: 0..<50, using: &random) == 0 {
                    if Bool.random(using: &random) { try log.close() }
                    log = try openLog(root, configuration)
                }
                if Int.random(in: 0..<50, using: &random) == 0 {
                    try log.maintain(now: Int64.boundaryValues.randomElement(using: &random) ?? 0)
                }
            }
            #expect(log.highWatermark == stored && stored > 300)
            #expect(try log.all().count == Int(stored))
            for time in Int64.boundaryValues { _ = try log.offset(forTimestamp: time) }
            var verification = LogVerification(log.directory, name: "t-0", isCompacted: false)
            verification.run(reader: OwnRecords("t"))
            #expect(verification.partition.findings.filter(\.isDamage).isEmpty)
        }
    }

    @Test func `a topic's settings at their bounds stop nothing`() async throws {
        var random = SeededGenerator(seed: 9)
        let fields: [BoundaryField<LogConfiguration>] = [
            .init("segmentBytes", \.segmentBytes), .init("segmentMs", \.segmentMs),
            .init("indexIntervalBytes", \.indexIntervalBytes), .init("retentionMs", \.retentionMs),
            .init("retentionBytes", \.retentionBytes), .init("deleteRetentionMs", \.deleteRetentionMs),
            .init("minCompactionLagMs", \.minCompactionLagMs), .init("maxMessageBytes", \.maxMessageBytes),
            .init("flushMessages", \.flushMessages), .init("flushMs", \.flushMs),
            .init("timestampBeforeMaxMs", \.timestampBeforeMaxMs), .init("timestampAfterMaxMs", \.timestampAfterMaxMs),
            .init("producerIdExpirationMs", \.producerIdExpirationMs), .init("maxCompactionKeys", \.maxCompactionKeys),
        ]
        var base = LogConfiguration()
        base.cleanupPolicy = [.compact, .delete]
        for (name, configuration) in boundaryVariants(of: base, fields, pairs: 100, using: &random) {
            await Task.yield()
            try withDirectory { root in
                let log = try openLog(root, configuration)
                for number: Int32 in 0..<4 {
                    for now in [1_000_000, Int64.max, .min] {
                        do {
                            try log.append(
                                batch([("k", "v\(number)"), ("l", nil)], timestamp: now, producer: 1, sequence: number * 2), now: now)
                        } catch let error as PartitionLogError {
                            #expect(Self.refusals.contains(error.code), "\(name): \(error)")
                        }
                    }
                }
                for now in [Int64.min, -1, 0, 1_000_000, .max] {
                    try log.maintain(now: now)
                    try log.compact(now: now, force: true)
                }
                let left = try log.all()
                try log.close()
                #expect(try openLog(root, configuration).all() == left, "\(name)")
            }
        }
    }
}

extension Bytes {
    /// A batch whose first record's value is made longer, so that it fills a segment of `size` bytes by itself.
    fileprivate func prefixed(_ size: Int) throws -> Bytes {
        let batch = try RecordBatch(self)
        let builder = RecordBatchBuilder(capacity: size)
        var records = try batch.records()
        while let record = try records.next() {
            builder.append(timestamp: 0, key: record.key, value: Bytes([UInt8](repeating: 1, count: size - 100)))
        }
        return try builder.finish()
    }
}
