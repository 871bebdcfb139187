import Foundation
import KafkaProtocol
import Synchronization
import Testing

@testable import KafkaBroker

@Suite struct LogRecoveryTests {
    /// A log of three batches that was not closed, and where the last of them begins and ends in the file.
    private func makeLog(_ root: String) throws -> Range<Int> {
        let log = try openLog(root)
        try log.append(batch(["a", "b"], timestamp: 1), now: 0)
        try log.append(batch(["c"], timestamp: 2, producer: 7, sequence: 0), now: 0)
        let start = Int(log.sizeInBytes)
        try log.append(batch(["d", "e"], timestamp: 3, producer: 7, sequence: 1), now: 0)
        return start..<Int(log.sizeInBytes)
    }

    private func checkAfterLoss(_ root: String, _ what: Comment) throws {
        let log = try openLog(root)
        #expect(try log.values == ["a", "b", "c"], what)
        #expect(log.highWatermark == 3, what)
        // The producer's state is that of before the lost batch, too.
        let result = try log.append(batch(["D", "E"], producer: 7, sequence: 1), now: 0)
        #expect(result.baseOffset == 3 && !result.duplicate, what)
        #expect(try log.values == ["a", "b", "c", "D", "E"], what)
    }

    @Test func `a torn tail is cut wherever it ends, and what was before it survives`() throws {
        try withDirectory { root in
            let last = try makeLog(root)
            let whole = try contents(file(root, .log, 0))
            for end in last {
                try overwrite(file(root, .log, 0), Array(whole.prefix(end)))
                try withDirectory { other in
                    try crashCopy(root, to: other)
                    try checkAfterLoss(other, "cut at \(end)")
                }
            }
            try overwrite(file(root, .log, 0), whole)
            #expect(try openLog(root).values == ["a", "b", "c", "d", "e"])
        }
    }

    @Test func `a log that is only read is closed without a write, one that grew is not`() throws {
        try withDirectory { root in
            try openLog(root).append(batch(["a"], timestamp: 1), now: 0)
            try openLog(root).close()
            let syncs = Mutex(0)
            let counting = LogFaults { operation in
                if case .sync = operation { syncs.withLock { $0 += 1 } }
                return nil
            }
            let reader = try openLog(root, faults: counting)
            #expect(try reader.values == ["a"])
            try reader.close()
            #expect(syncs.withLock { $0 } == 0)
            let writer = try openLog(root, faults: counting)
            try writer.append(batch(["b"], timestamp: 2), now: 0)
            try writer.close()
            #expect(syncs.withLock { $0 } > 0)
            #expect(try openLog(root).values == ["a", "b"])
        }
    }

    @Test func `closing a log waits for the disk as rarely as it can`() throws {
        try withDirectory { root in
            let syncs = Mutex(0)
            let counting = LogFaults { operation in
                if case .sync = operation { syncs.withLock { $0 += 1 } }
                return nil
            }
            func syncsOfClosing(_ change: (PartitionLog) throws -> Void) throws -> Int {
                let log = try openLog(root, faults: counting)
                try change(log)
                syncs.withLock { $0 = 0 }
                try log.close()
                return syncs.withLock { $0 }
            }
            let empty = try syncsOfClosing { _ in }
            #expect(empty == 0)
            for value in ["a", "b"] {
                let written = try syncsOfClosing { try $0.append(batch([value]), now: 0) }
                #expect(written == 2, "the records and the checkpoint")
            }
            let unchanged = try syncsOfClosing { _ in }
            #expect(unchanged == 0)
            #expect(try openLog(root).values == ["a", "b"])
        }
        try withDirectory { root in
            let syncs = Mutex(0)
            let log = try openLog(
                root,
                faults: LogFaults { operation in
                    if case .sync(let path) = operation, path == "\(root)/t-0" { syncs.withLock { $0 += 1 } }
                    return nil
                })
            try log.append(batch(["a"]), now: 0)
            try log.close()
            #expect(syncs.withLock { $0 } == 1, "the name of the file")
        }
    }

    @Test(arguments: [LogDirectory.Kind.index, .timeindex, .txnindex, .snapshot])
    func `what closing did not wait for is looked at, not believed`(_ kind: LogDirectory.Kind) throws {
        try withDirectory { root in
            let configuration = settings { $0.indexIntervalBytes = 50 }
            let log = try openLog(root, configuration)
            for number: Int32 in 0..<6 {
                try log.append(
                    batch(["v\(number)"], timestamp: Int64(number), producer: 1, sequence: number, transactional: true),
                    now: 0)
            }
            try log.appendControl(commit: false, producerId: 1, producerEpoch: 0, coordinatorEpoch: 0, now: 3)
            try log.append(batch(["last"], timestamp: 9), now: 0)
            try log.close()
            let path = file(root, kind, kind == .snapshot ? 8 : 0)
            let good = try contents(path)
            // A file system may leave zeros, a part, what was there before, or nothing.
            for bad in [[UInt8](repeating: 0, count: good.count), Array(good.prefix(good.count / 24 * 12)), [], nil] {
                try withDirectory { other in
                    try crashCopy(root, to: other)
                    let target = file(other, kind, kind == .snapshot ? 8 : 0)
                    if let bad { try overwrite(target, bad) } else { try FileManager.default.removeItem(atPath: target) }
                    let reopened = try openLog(other, configuration)
                    #expect(try reopened.all(isolation: .readCommitted).map(\.value) == ["last"])
                    #expect(try reopened.offsetOfLatestTimestamp() == .init(offset: 7, timestamp: 9))
                    #expect(reopened.producers.count == 1 && reopened.highWatermark == 8)
                }
            }
        }
    }

    @Test func `a checkpoint of an earlier release is read`() throws {
        try withDirectory { root in
            let log = try openLog(root)
            for number in 0..<3 { try log.append(batch(["\(number)"]), now: 0) }
            try log.deleteRecords(before: 1)
            try log.close()
            let path = "\(root)/t-0/\(LogCheckpoint.fileName)"
            var old = Array(try contents(path).dropLast(4))
            let crc = old[6...].withUnsafeBytes { CRC32C.checksum($0) }
            old.replaceSubrange(0..<6, with: [0, 1] + (0..<4).map { UInt8(truncatingIfNeeded: crc >> (24 - 8 * $0)) })
            try overwrite(path, old)
            let checkpoint = try #require(LogCheckpoint(file: Bytes(old)))
            #expect(checkpoint.logStartOffset == 1 && checkpoint.cleanEnd?.endOffset == 3 && checkpoint.cleanEnd?.sidecars == nil)
            let (reopened, told) = try reopenLog(root)
            #expect(told == [])
            #expect(try reopened.values == ["1", "2"])
        }
    }

    @Test func `a flipped bit in any byte of the last batch costs that batch and nothing else`() throws {
        try withDirectory { root in
            let last = try makeLog(root)
            let whole = try contents(file(root, .log, 0))
            for place in last {
                for bit in [0, 3, 7] {
                    var damaged = whole
                    damaged[place] ^= 1 << bit
                    try withDirectory { other in
                        try crashCopy(root, to: other)
                        try overwrite(file(other, .log, 0), damaged)
                        try checkAfterLoss(other, "byte \(place - last.lowerBound), bit \(bit)")
                    }
                }
            }
        }
    }

    @Test func `zeros and rubbish behind the last batch are cut off`() throws {
        for tail in [[UInt8](repeating: 0, count: 5000), (0..<3000).map { UInt8($0 & 0xff) }] {
            try withDirectory { root in
                _ = try makeLog(root)
                let whole = try contents(file(root, .log, 0))
                try overwrite(file(root, .log, 0), whole + tail)
                let log = try openLog(root)
                #expect(try log.values == ["a", "b", "c", "d", "e"])
                #expect(try contents(file(root, .log, 0)) == whole)
                #expect(try log.append(batch(["d", "e"], producer: 7, sequence: 1), now: 0).duplicate)
            }
        }
    }

    @Test func `an empty, new, or just closed log opens as it was`() throws {
        try withDirectory { root in
            #expect(try openLog(root).highWatermark == 0)
            #expect(try openLog(root).values == [])
            let log = try openLog(root)
            try log.close()
            let again = try openLog(root)
            try again.append(batch(["a"]), now: 0)
            try again.close()
            try again.close()
            #expect(try openLog(root).values == ["a"])
        }
    }

    @Test(arguments: [LogDirectory.Kind.index, .timeindex, .txnindex, .snapshot], [true, false])
    func `index and snapshot files that are torn, damaged or gone are rebuilt`(
        _ kind: LogDirectory.Kind, _ closed: Bool
    ) throws {
        try withDirectory { root in
            let configuration = settings {
                $0.segmentBytes = 600
                $0.indexIntervalBytes = 100
            }
            let log = try openLog(root, configuration)
            for number: Int32 in 0..<30 {
                let id = Int64(number % 2 + 1)
                let values = ["value \(number)"]
                try log.append(
                    batch(values, timestamp: Int64(number), producer: id, sequence: number / 2, transactional: true),
                    now: 0)
                if number % 6 == 5 {
                    for id: Int64 in [1, 2] {
                        try log.appendControl(
                            commit: id == 1, producerId: id, producerEpoch: 0, coordinatorEpoch: 0, now: 9)
                    }
                }
            }
            try log.flush()
            let expected = try log.all(isolation: .readCommitted)
            let producers = log.producers.sorted { $0.producerId < $1.producerId }
            #expect(expected.count == 15)
            if closed { try log.close() }
            let offsets = try #require(LogDirectory(path: "\(root)/t-0", faults: .none).list()[kind])
            #expect(offsets.count > 1)
            for offset in offsets {
                let path = file(root, kind, offset)
                let good = try contents(path)
                for damage in ["gone", "torn", "flipped", "empty"] {
                    try withDirectory { other in
                        try crashCopy(root, to: other)
                        let target = file(other, kind, offset)
                        switch damage {
                        case "gone": try FileManager.default.removeItem(atPath: target)
                        case "torn": try overwrite(target, Array(good.dropLast(good.isEmpty ? 0 : 3)))
                        case "empty" where kind != .txnindex: try overwrite(target, [])
                        case "flipped" where !good.isEmpty: try overwrite(target, [good[0] ^ 0x80] + good.dropFirst())
                        default: break
                        }
                        let reopened = try openLog(other, configuration)
                        #expect(try reopened.all(isolation: .readCommitted) == expected, "\(damage) \(target)")
                        #expect(reopened.highWatermark == log.highWatermark || closed)
                        #expect(try reopened.offset(forTimestamp: 20)?.timestamp == 20)
                        var found = reopened.producers.sorted { $0.producerId < $1.producerId }
                        for place in found.indices { found[place].lastSeen = producers[place].lastSeen }
                        #expect(found == producers, "\(damage) \(target)")
                    }
                }
            }
        }
    }

    @Test func `index files that a power failure emptied are not believed`() throws {
        try withDirectory { root in
            let configuration = settings { $0.segmentBytes = 300 }
            let log = try openLog(root, configuration)
            for round: Int32 in 0..<8 {
                try log.append(batch(["gone"], producer: 1, sequence: round, transactional: true), now: 0)
                try log.appendControl(commit: false, producerId: 1, producerEpoch: 0, coordinatorEpoch: 0, now: 0)
                try log.append(batch(["kept"]), now: 0)
            }
            for offset in try #require(LogDirectory(path: "\(root)/t-0", faults: .none).list()[.txnindex]) {
                for kind in [LogDirectory.Kind.index, .timeindex, .txnindex] {
                    try overwrite(file(root, kind, offset), [])
                }
            }
            for _ in 0..<3 {
                let reopened = try openLog(root, configuration)
                #expect(try reopened.all(isolation: .readCommitted).map(\.value) == Array(repeating: "kept", count: 8))
                try reopened.flush()
                try reopened.close()
            }
        }
    }

    @Test func `a log opens and can be read while the disk is full`() throws {
        try withDirectory { root in
            let log = try openLog(root, settings { $0.segmentBytes = 300 })
            for number in 0..<20 { try log.append(batch(["\(number)"]), now: 0) }
            let whole = try contents(file(root, .log, 0))
            let faults = LogFaults { operation in
                switch operation {
                case .write, .create: LogFaults.Fault(errno: ENOSPC)
                default: nil
                }
            }
            for _ in 0..<2 {
                let reopened = try openLog(root, faults: faults)
                #expect(try reopened.values == (0..<20).map { "\($0)" })
                expectError(.kafkaStorageError) { try reopened.append(batch(["x"]), now: 0) }
            }
            #expect(try contents(file(root, .log, 0)) == whole)
            #expect(try openLog(root).append(batch(["x"]), now: 0).baseOffset == 20)
        }
    }

    @Test func `a damaged or missing checkpoint costs a check, not data`() throws {
        for damage in [{ (_: [UInt8]) in [] }, { $0.dropLast() }, { [$0[0]] + [$0[1] ^ 1] + $0.dropFirst(2) }, nil]
            as [(([UInt8]) -> [UInt8])?]
        {
            for closed in [true, false] {
                try withDirectory { root in
                    let log = try openLog(root, settings { $0.segmentBytes = 300 })
                    for number in 0..<10 { try log.append(batch(["value \(number)"]), now: 0) }
                    if closed { try log.close() }
                    let path = "\(root)/t-0/\(LogCheckpoint.fileName)"
                    if let damage {
                        try overwrite(path, damage(try contents(path)))
                    } else {
                        try FileManager.default.removeItem(atPath: path)
                    }
                    let reopened = try openLog(root)
                    #expect(try reopened.values == (0..<10).map { "value \($0)" })
                    #expect(try reopened.append(batch(["next"]), now: 0).baseOffset == 10)
                }
            }
        }
    }

    @Test func `the log start is kept even if everything behind it is lost`() throws {
        try withDirectory { root in
            let log = try openLog(root)
            for number in 0..<10 { try log.append(batch(["value \(number)"]), now: 0) }
            try log.deleteRecords(before: 7)
            try overwrite(file(root, .log, 0), [])
            let reopened = try openLog(root)
            #expect(reopened.logStartOffset == 7 && reopened.highWatermark == 7)
            #expect(try reopened.append(batch(["next"]), now: 0).baseOffset == 7)
            #expect(try openLog(root).values == ["next"])
        }
    }

    @Test func `foreign and unfinished files do no harm`() throws {
        try withDirectory { root in
            _ = try makeLog(root)
            for name in ["notes.txt", "12.log", "x.log", "00000000000000000000.index.tmp", "-0000000000000000001.log"] {
                try overwrite("\(root)/t-0/\(name)", [1, 2, 3])
            }
            try overwrite(file(root, .index, 77), [1])
            try overwrite(file(root, .cleaned, 0), [1])
            #expect(try openLog(root).values == ["a", "b", "c", "d", "e"])
            #expect(!FileManager.default.fileExists(atPath: file(root, .index, 77)))
            #expect(!FileManager.default.fileExists(atPath: file(root, .cleaned, 0)))
            #expect(FileManager.default.fileExists(atPath: "\(root)/t-0/notes.txt"))
        }
    }

    @Test func `a deleted log leaves nothing, and a half deleted one is cleared away`() throws {
        try withDirectory { root in
            let log = try openLog(root)
            try log.append(batch(["a"]), now: 0)
            try log.delete()
            #expect(try FileManager.default.contentsOfDirectory(atPath: root).isEmpty)
            expectError(.notLeaderOrFollower) { try log.read(from: 0, maxBytes: 10) }
            _ = try makeLog(root)
            try FileManager.default.moveItem(atPath: "\(root)/t-0", toPath: "\(root)/t-0.abc-delete")
            try PartitionLog.removeDeleted(in: root)
            #expect(try FileManager.default.contentsOfDirectory(atPath: root).isEmpty)
        }
    }
}
