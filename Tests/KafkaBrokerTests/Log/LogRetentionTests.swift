import Foundation
import KafkaProtocol
import Testing

@testable import KafkaBroker

@Suite struct LogRetentionTests {
    @Test func `segments past the retention time are deleted, and the log start moves`() throws {
        try withDirectory { root in
            let log = try openLog(
                root,
                settings {
                    $0.segmentBytes = 300
                    $0.retentionMs = 100
                })
            for number in 0..<30 { try log.append(batch(["value \(number)"], timestamp: Int64(number * 10)), now: 0) }
            try log.applyRetention(now: 250)
            let start = log.logStartOffset
            #expect(start > 10 && start <= 15)
            #expect(try log.all().first?.offset == start)
            expectError(.offsetOutOfRange) { try log.read(from: start - 1, maxBytes: 10) }
            #expect(try openLog(root).logStartOffset == start)
            try log.applyRetention(now: 10_000)
            #expect(log.logStartOffset == 30 && log.highWatermark == 30)
            #expect(try log.append(batch(["next"], timestamp: 10_000), now: 10_000).baseOffset == 30)
            #expect(try openLog(root).values == ["next"])
        }
    }

    @Test func `a latest time that is damaged in its file is not believed`() async throws {
        try await withDirectory { root in
            let configuration = settings {
                $0.segmentBytes = 300
                $0.indexIntervalBytes = 50
                $0.retentionMs = 100
            }
            let log = try openLog(root, configuration)
            for number in 0..<30 { try log.append(batch(["value \(number)"], timestamp: Int64(number * 10 + 1000)), now: 0) }
            try log.close()
            let bases = try #require(LogDirectory(path: "\(root)/t-0", faults: .none).list()[.log])
            let path = file(root, .timeindex, bases[4])
            let good = try contents(path)
            #expect(good.count >= 24 && bases.count > 6)
            // The last entry, its time first, then its offset.
            for place in good.indices.suffix(12) {
                for bit in 0..<8 {
                    var bytes = good
                    bytes[place] ^= 1 << bit
                    try overwrite(path, bytes)
                    for now: Int64 in [1000, 2000] {
                        await Task.yield()
                        try withDirectory { other in
                            try crashCopy(root, to: other)
                            let damaged = try openLog(other, configuration, now: now)
                            try damaged.applyRetention(now: now)
                            #expect(damaged.logStartOffset == (now == 1000 ? 0 : 30), "byte \(place), bit \(bit)")
                        }
                    }
                }
            }
        }
    }

    @Test func `segments beyond the retention size are deleted`() throws {
        try withDirectory { root in
            let log = try openLog(
                root,
                settings {
                    $0.segmentBytes = 300
                    $0.retentionBytes = 1000
                    $0.retentionMs = -1
                })
            for number in 0..<50 { try log.append(batch(["value \(number)"]), now: 0) }
            try log.applyRetention(now: .max)
            #expect(log.sizeInBytes >= 1000 && log.sizeInBytes < 1300)
            #expect(try log.all().last?.value == "value 49")
            try log.applyRetention(now: .max)
            #expect(log.sizeInBytes >= 1000)
        }
    }

    @Test func `a compacted log keeps old segments`() throws {
        try withDirectory { root in
            let log = try openLog(
                root,
                settings {
                    $0.segmentBytes = 300
                    $0.retentionMs = 1
                    $0.cleanupPolicy = .compact
                })
            for number in 0..<20 { try log.append(batch([("key \(number)", "v")]), now: 0) }
            try log.applyRetention(now: 1_000_000)
            #expect(log.logStartOffset == 0)
        }
    }

    @Test func `deleted records stay deleted, and their segments go`() throws {
        try withDirectory { root in
            let log = try openLog(root, settings { $0.segmentBytes = 300 })
            for number in 0..<30 { try log.append(batch(["value \(number)"]), now: 0) }
            let before = log.sizeInBytes
            #expect(try log.deleteRecords(before: 14) == 14)
            #expect(log.sizeInBytes < before)
            #expect(try log.all().map(\.offset) == Array(14..<30))
            #expect(try log.deleteRecords(before: 3) == 14)
            expectError(.offsetOutOfRange) { try log.deleteRecords(before: 31) }
            expectError(.offsetOutOfRange) { try log.read(from: 13, maxBytes: 10) }
            for _ in 0..<2 {
                let reopened = try openLog(root)
                #expect(reopened.logStartOffset == 14)
                #expect(try reopened.all().map(\.offset) == Array(14..<30))
                #expect(try reopened.offset(forTimestamp: 0)?.offset == 14)
                try reopened.close()
            }
            let last = try openLog(root)
            #expect(try last.deleteRecords(before: -1) == 30)
            #expect(try last.all() == [])
        }
    }

    @Test func `a reader finishes with a segment that is deleted under it`() throws {
        try withDirectory { root in
            let log = try openLog(root, settings { $0.segmentBytes = 300 })
            for number in 0..<10 { try log.append(batch(["value \(number)"]), now: 0) }
            let early = try log.read(from: 0, maxBytes: 1000)
            try log.deleteRecords(before: -1)
            #expect(try records(in: early.records).first?.value == "value 0")
        }
    }
}
