import Foundation
import KafkaProtocol
import Synchronization
import Testing

@testable import KafkaBroker

/// What a log does about files that were damaged or are gone: it keeps what it can read, keeps aside what it cannot, and
/// tells both.
@Suite struct LogDamageTests {
    /// A log of ten batches of two records, three of them in each segment, that was not closed. Returns where each batch is.
    private func makeLog(_ root: String, segmentBytes: Int = 300) throws -> [(base: Int64, bytes: Range<Int>)] {
        let log = try openLog(root, settings { $0.segmentBytes = segmentBytes })
        for number: Int32 in 0..<10 {
            try log.append(batch(["a\(number)", "b\(number)"], timestamp: 5, producer: 7, sequence: number * 2), now: 0)
        }
        return try places(root)
    }

    private func places(_ root: String) throws -> [(base: Int64, bytes: Range<Int>)] {
        var found: [(Int64, Range<Int>)] = []
        for base in try #require(LogDirectory(path: "\(root)/t-0", faults: .none).list()[.log]) {
            let file = try LogFile(path: file(root, .log, base))
            var scanner = BatchScanner(file: file, end: try file.size())
            while let item = try scanner.next() { found.append((base, item.position..<item.end)) }
        }
        return found
    }

    private func flip(_ root: String, _ base: Int64, _ place: Int, _ mask: UInt8) throws {
        var bytes = try contents(file(root, .log, base))
        bytes[place] ^= mask
        try overwrite(file(root, .log, base), bytes)
    }

    private func expected(without lost: Int...) -> [String] {
        (0..<10).filter { !lost.contains($0) }.flatMap { ["a\($0)", "b\($0)"] }
    }

    @Test(arguments: [300, 1 << 20]) func `whatever byte of a batch is wrong after a crash, that batch is lost and no other`(
        segmentBytes: Int
    ) throws {
        try withDirectory { root in
            let batches = try makeLog(root, segmentBytes: segmentBytes)
            for (number, mask) in [(0, 1), (1, 0x80), (4, 0x10), (8, 0xff)] as [(Int, UInt8)] {
                let (base, bytes) = batches[number]
                let good = try contents(file(root, .log, base))
                for place in bytes {
                    try withDirectory { other in
                        try crashCopy(root, to: other)
                        try flip(other, base, place, mask)
                        let what: Comment = "batch \(number), byte \(place - bytes.lowerBound)"
                        let (log, told) = try reopenLog(other)
                        #expect(try log.values == expected(without: number), what)
                        #expect(log.highWatermark == 20, what)
                        var kept = Array(good[bytes])
                        kept[place - bytes.lowerBound] ^= mask
                        let aside = "\(LogDirectory.name(base)).log.\(bytes.lowerBound).damaged"
                        #expect(try files(other, ".damaged") == [aside], what)
                        #expect(try contents("\(other)/t-0/\(aside)") == kept, what)
                        let line = try #require(told.first { $0.contains("damaged") })
                        #expect(line.contains(file(other, .log, base)) && line.contains("byte \(bytes.lowerBound)"), what)
                        #expect(line.contains("2 records, offsets \(number * 2) to \(number * 2 + 1)"), what)
                        #expect(line.contains(aside), what)
                        // The log goes on as if nothing was, and has nothing more to tell.
                        try log.append(batch(["next"], producer: 7, sequence: 20), now: 0)
                        let again = try reopenLog(other)
                        #expect(again.told == [], what)
                        #expect(try again.log.values == expected(without: number) + ["next"], what)
                        #expect(try again.log.all(from: Int64(number) * 2).first?.value == "a\(number + 1)", what)
                    }
                }
            }
        }
    }

    @Test func `several damaged batches are lost, those between them are not`() throws {
        try withDirectory { root in
            let batches = try makeLog(root, segmentBytes: 1 << 20)
            for number in [2, 3, 6] { try flip(root, 0, batches[number].bytes.lowerBound + 65, 1) }
            let (log, told) = try reopenLog(root)
            #expect(try log.values == expected(without: 2, 3, 6))
            #expect(told.count == 2)
            #expect(told[0].contains("4 records, offsets 4 to 7") && told[1].contains("2 records, offsets 12 to 13"))
            #expect(try files(root, ".damaged").count == 2)
            #expect(try log.offset(forTimestamp: 1)?.offset == 0)
        }
    }

    @Test func `zeros over a part of the log, its ends included, cost what they cover`() throws {
        for (range, lost) in [(0..<2, [0, 1]), (3..<5, [3, 4]), (0..<9, Array(0..<9))] as [(Range<Int>, [Int])] {
            try withDirectory { root in
                let batches = try makeLog(root, segmentBytes: 1 << 20)
                var bytes = try contents(file(root, .log, 0))
                for place in batches[range.lowerBound].bytes.lowerBound..<batches[range.upperBound].bytes.lowerBound {
                    bytes[place] = 0
                }
                try overwrite(file(root, .log, 0), bytes)
                let (log, told) = try reopenLog(root)
                #expect(try log.values == (0..<10).filter { !lost.contains($0) }.flatMap { ["a\($0)", "b\($0)"] })
                #expect(told.count == 1 && told[0].contains("\(lost.count * 2) records"))
                #expect(log.highWatermark == 20)
            }
        }
    }

    @Test func `a damaged last batch is kept aside, a torn one is cut`() throws {
        try withDirectory { root in
            let last = try makeLog(root, segmentBytes: 1 << 20)[9].bytes
            try withDirectory { other in
                try crashCopy(root, to: other)
                try flip(other, 0, last.upperBound - 2, 1)
                let (log, told) = try reopenLog(other)
                #expect(try log.values == expected(without: 9) && log.highWatermark == 18)
                #expect(told.count == 1 && told[0].contains("2 records from offset 18"))
                #expect(try reopenLog(other).told == [])
                #expect(try contents("\(other)/t-0/\(LogDirectory.name(0)).log.\(last.lowerBound).damaged").count == last.count)
            }
            // With a wrong length it looks as if the rest were missing.
            try withDirectory { other in
                try crashCopy(root, to: other)
                try flip(other, 0, last.lowerBound + 9, 1)
                #expect(try reopenLog(other).log.values == expected(without: 9))
                #expect(try files(other, ".damaged").count == 1)
            }
            for cut in [1, 20, last.count - 3] {
                try withDirectory { other in
                    try crashCopy(root, to: other)
                    try overwrite(file(other, .log, 0), contents(file(root, .log, 0)).dropLast(cut))
                    let (log, told) = try reopenLog(other)
                    #expect(try log.values == expected(without: 9))
                    #expect(told.count == 1 && told[0].contains("cut at offset 18"))
                    #expect(try files(other, ".damaged") == [])
                }
            }
        }
    }

    @Test func `a batch inside of a damaged batch's value is not taken for one of the log`() throws {
        try withDirectory { root in
            let log = try openLog(root)
            var inner = ForgedInner.batch
            inner.overwrite(2 as Int64, at: 0)
            inner.overwrite(0 as Int32, at: 12)
            try log.append(batch(["before"]), now: 0)
            let builder = RecordBatchBuilder(capacity: 1000)
            builder.append(timestamp: 0, key: nil, value: inner.finish())
            let start = Int(log.sizeInBytes)
            try log.append(builder.finish(), now: 0)
            try log.append(batch(["after"]), now: 0)
            try flip(root, 0, start + 62, 1)
            let reopened = try reopenLog(root)
            #expect(try reopened.log.values == ["before", "after"])
            #expect(reopened.log.highWatermark == 3)
        }
    }

    @Test func `a crash at any moment of the repair costs nothing more`() throws {
        try withDirectory { root in
            let batches = try makeLog(root, segmentBytes: 1 << 20)
            for number in [2, 6] { try flip(root, 0, batches[number].bytes.lowerBound + 65, 1) }
            var isDone = false
            for step in 0..<100 where !isDone {
                try withDirectory { other in
                    try crashCopy(root, to: other)
                    let left = Mutex(step)
                    let faults = LogFaults { _ in
                        left.withLock { left in
                            left -= 1
                            return left < 0 ? LogFaults.Fault(errno: EIO, written: 7) : nil
                        }
                    }
                    isDone = (try? reopenLog(other, faults: faults)) != nil && left.withLock { $0 >= 0 }
                    let (log, _) = try reopenLog(other)
                    #expect(try log.values == expected(without: 2, 6), "step \(step)")
                    #expect(log.highWatermark == 20, "step \(step)")
                    #expect(try files(other, ".damaged").count >= 2, "step \(step)")
                    #expect(try files(other, ".cleaned") == [] && files(other, ".swap") == [], "step \(step)")
                }
            }
            #expect(isDone)
        }
    }

    @Test func `after a clean end damage is found only where everything is looked at`() throws {
        try withDirectory { root in
            let batches = try makeLog(root)
            try openLog(root).close()
            try flip(root, batches[4].base, batches[4].bytes.lowerBound + 70, 1)
            #expect(try reopenLog(root).told == [])
            let (log, told) = try reopenLog(root, checks: .everything)
            #expect(try log.values == expected(without: 4))
            #expect(told.count == 1 && told[0].contains("2 records, offsets 8 to 9"))
            try log.close()
            let again = try reopenLog(root, checks: .everything)
            #expect(again.told == [])
            #expect(try again.log.values == expected(without: 4))
        }
    }

    @Test func `what was lost is told once, also if nothing is left`() throws {
        try withDirectory { root in
            try openLog(root).append(batch(["a"]), now: 0)
            try openLog(root).close()
            try flip(root, 0, 65, 1)
            for (round, checks) in [LogRecovery.Checks.whatACrashLeaves, .everything, .everything, .whatACrashLeaves].enumerated() {
                let (log, told) = try reopenLog(root, checks: checks)
                #expect(told.isEmpty == (round != 1), "\(told)")
                try log.close()
            }
            try FileManager.default.removeItem(atPath: file(root, .log, 0))
            #expect(try !reopenLog(root).told.isEmpty)
            #expect(try reopenLog(root).told == [])
        }
    }

    @Test func `a damaged file whose end the checkpoint does not tell is repaired before anything is written to it`() throws {
        try withDirectory { root in
            let batches = try makeLog(root, segmentBytes: 1 << 20)
            try openLog(root).close()
            // No snapshot, so the batches are followed, and one of them is no batch.
            try FileManager.default.removeItem(atPath: file(root, .snapshot, 20))
            try flip(root, 0, batches[4].bytes.lowerBound + 16, 1)
            let (log, _) = try reopenLog(root)
            #expect(try log.append(batch(["next"], producer: 7, sequence: 20), now: 0).baseOffset == 20)
            #expect(try reopenLog(root).log.values == expected(without: 4) + ["next"])
        }
    }

    // MARK: - What is missing

    @Test(arguments: [true, false]) func `a missing segment in the middle is told with its offsets`(closed: Bool) throws {
        try withDirectory { root in
            let batches = try makeLog(root)
            let log = try openLog(root)
            try log.flush()
            if closed { try log.close() }
            let gone = batches[4].base
            let lost = batches.filter { $0.base == gone }.count * 2
            let files = try files(root).filter { $0.hasPrefix(LogDirectory.name(gone)) }
            for name in closed ? files : ["\(LogDirectory.name(gone)).log"] {
                try FileManager.default.removeItem(atPath: "\(root)/t-0/\(name)")
            }
            let (reopened, told) = try reopenLog(root)
            #expect(told.contains { $0.contains("\(lost) records are missing, offsets \(gone) to \(gone + Int64(lost) - 1)") }, "\(told)")
            if !closed { #expect(told.contains { $0.contains(file(root, .log, gone)) && $0.contains("is missing") }, "\(told)") }
            #expect(try reopened.values.count == 20 - lost)
            #expect(reopened.highWatermark == 20)
        }
    }

    @Test func `a missing active segment is told, by the checkpoint of a clean end with how much is missing`() throws {
        try withDirectory { root in
            let last = try #require(try makeLog(root).last?.base)
            try openLog(root).close()
            try FileManager.default.removeItem(atPath: file(root, .log, last))
            let (log, told) = try reopenLog(root)
            #expect(log.highWatermark == last)
            #expect(told.contains { $0.contains("ends at offset \(last)") && $0.contains("come to 20: at least \(20 - last) records") })
        }
    }

    @Test func `a missing active segment is told after a crash, too`() throws {
        try withDirectory { root in
            let last = try #require(try makeLog(root).last?.base)
            try FileManager.default.removeItem(atPath: file(root, .log, last))
            let (log, told) = try reopenLog(root)
            #expect(log.highWatermark == last)
            #expect(told.contains { $0.contains("records from offset \(last) on is missing") }, "\(told)")
            #expect(try reopenLog(root).told == [])
        }
    }

    @Test func `a missing only segment and a missing directory are told`() throws {
        try withDirectory { root in
            _ = try makeLog(root, segmentBytes: 1 << 20)
            try openLog(root).close()
            try FileManager.default.removeItem(atPath: file(root, .log, 0))
            let (log, told) = try reopenLog(root)
            #expect(log.highWatermark == 0)
            #expect(told.contains { $0.contains("no segment") } && told.contains { $0.contains("at least 20 records are missing") })
            try FileManager.default.removeItem(atPath: "\(root)/t-0")
            #expect(try reopenLog(root).told.contains { $0.contains("\(root)/t-0 is missing") })
            #expect(try reopenLog(root).told == [])
        }
    }

    @Test func `what retention, deletion and compaction have taken is not missed`() throws {
        try withDirectory { root in
            let configuration = settings {
                $0.segmentBytes = 300
                $0.cleanupPolicy = [.compact, .delete]
                $0.retentionMs = -1
            }
            let log = try openLog(root, configuration)
            for number in 0..<40 { try log.append(batch([("k\(number % 3)", "v\(number)")]), now: 0) }
            try log.compact(now: 0, force: true)
            #expect(try reopenLog(root, configuration).told == [])
            try log.close()
            #expect(try reopenLog(root, configuration).told == [])
            // The policy may change later.
            #expect(try reopenLog(root, settings { $0.retentionMs = -1 }).told == [])
        }
        try withDirectory { root in
            _ = try makeLog(root)
            let log = try openLog(root)
            try log.deleteRecords(before: 9)
            #expect(try reopenLog(root).told == [])
            try log.deleteRecords(before: -1)
            #expect(try reopenLog(root).told == [])
        }
    }
}

private enum ForgedInner {
    /// A whole batch, to be changed in the fields that its checksum does not cover.
    static var batch: ByteWriter {
        var writer = ByteWriter()
        if let bytes = try? KafkaBrokerTests.batch(["inner"]) { writer.write(raw: bytes) }
        return writer
    }
}
