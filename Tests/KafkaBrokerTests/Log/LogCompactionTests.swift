import Foundation
import KafkaProtocol
import Synchronization
import Testing

@testable import KafkaBroker

@Suite struct LogCompactionTests {
    private let compacted = settings {
        $0.cleanupPolicy = .compact
        $0.segmentBytes = 500
        $0.deleteRetentionMs = 100
    }

    /// The last value of each key, with its offset; tombstones included.
    private func latest(_ records: [TestRecord]) -> [String: TestRecord] {
        Dictionary(records.map { ($0.key ?? "", $0) }, uniquingKeysWith: { $1 })
    }

    @Test func `of each key the last record is kept, at its offset`() throws {
        try withDirectory { root in
            let log = try openLog(root, compacted)
            for number in 0..<100 {
                try log.append(batch([("k\(number % 7)", "v\(number)"), ("u\(number)", "x")]), now: 0)
            }
            let before = try log.all()
            let size = log.sizeInBytes
            #expect(try log.compact(now: 0))
            let after = try log.all()
            #expect(log.sizeInBytes < size && after.count < before.count)
            #expect(latest(after) == latest(before))
            #expect(after.allSatisfy { before.contains($0) })
            #expect(after.filter { $0.key == "k0" }.count < 5)
            #expect(log.highWatermark == 200 && log.logStartOffset == 0)
            for offset: Int64 in 0..<200 {
                #expect(try log.all(from: offset) == after.filter { $0.offset >= offset }, "from \(offset)")
            }
            // Nothing is new, so nothing is done.
            #expect(try !log.compact(now: 0))
            #expect(try openLog(root, compacted).all() == after)
            try log.append(batch([("k0", "new")]), now: 0)
            #expect(try openLog(root, compacted).all().last?.value == "new")
        }
    }

    @Test func `a tombstone hides the key at once and goes after the delete retention`() throws {
        try withDirectory { root in
            let log = try openLog(root, compacted)
            try log.append(batch([("gone", "1"), ("stays", "1")], timestamp: 7), now: 0)
            try log.append(batch([("gone", nil)], timestamp: 8), now: 0)
            for number in 0..<10 {
                try log.append(batch([("fill \(number)", String(repeating: "x", count: 80))]), now: 0)
            }
            try log.compact(now: 1000)
            var found = try log.all()
            #expect(found.prefix(2).map(\.description) == ["1:stays=1", "2:gone=-"])
            let tombstone = try RecordBatch(log.read(from: 2, maxBytes: 1).records)
            var iterator = try tombstone.records()
            #expect(try iterator.next()?.timestamp == 8, "the time stays although the batch's base is another")
            try log.compact(now: 1099, force: true)
            #expect(try log.all() == found)
            try log.compact(now: 1100, force: true)
            found.remove(at: 1)
            #expect(try log.all() == found)
            #expect(try openLog(root, compacted).all() == found)
        }
    }

    @Test(arguments: [Compression.none, .gzip])
    func `compressed batches are compacted, too`(_ compression: Compression) throws {
        guard (try? compression.check()) != nil else { return }
        try withDirectory { root in
            let log = try openLog(root, compacted)
            for round in 0..<20 {
                try log.append(batch((0..<10).map { ("k\($0)", "v\(round)") }, compression: compression), now: 0)
            }
            let before = latest(try log.all())
            try log.compact(now: 0)
            #expect(try log.all().count < 200)
            #expect(latest(try log.all()) == before)
        }
    }

    @Test func `data of aborted transactions goes, markers follow when they are old`() throws {
        try withDirectory { root in
            let log = try openLog(root, compacted)
            for round: Int32 in 0..<10 {
                try log.append(batch([("a", "a\(round)")], producer: 1, sequence: round, transactional: true), now: 0)
                try log.append(batch([("b", "b\(round)")], producer: 2, sequence: round, transactional: true), now: 0)
                try log.appendControl(commit: true, producerId: 1, producerEpoch: 0, coordinatorEpoch: 0, now: 0)
                try log.appendControl(commit: false, producerId: 2, producerEpoch: 0, coordinatorEpoch: 0, now: 0)
            }
            let before = latest(try log.all(isolation: .readCommitted))
            #expect(before.keys.sorted() == ["a"])
            let stable = log.lastStableOffset
            for time: Int64 in [1000, 1200, 1400] {
                try log.compact(now: time, force: true)
                #expect(latest(try log.all(isolation: .readCommitted)) == before)
                #expect(log.lastStableOffset == stable)
                let active = try #require(LogDirectory(path: "\(root)/t-0", faults: .none).list()[.log]?.last)
                #expect(try log.all().filter { $0.offset < active }.allSatisfy { $0.key == "a" })
                // A crash and a loss of all snapshots change nothing.
                try withDirectory { other in
                    try crashCopy(root, to: other)
                    for offset in try LogDirectory(path: "\(other)/t-0", faults: .none).list()[.snapshot] ?? [] {
                        try FileManager.default.removeItem(atPath: file(other, .snapshot, offset))
                    }
                    let reopened = try openLog(other, compacted)
                    #expect(latest(try reopened.all(isolation: .readCommitted)) == before)
                    #expect(reopened.lastStableOffset == stable)
                    #expect(
                        try reopened.append(batch([("a", "x")], producer: 1, sequence: 9, transactional: true), now: 0)
                            .duplicate)
                }
            }
        }
    }

    @Test func `what belongs to an open transaction is left alone`() throws {
        try withDirectory { root in
            let log = try openLog(root, compacted)
            for number in 0..<10 { try log.append(batch([("k", "v\(number)")]), now: 0) }
            try log.append(batch([("k", "open")], producer: 1, transactional: true), now: 0)
            for number in 0..<30 { try log.append(batch([("k", "w\(number)")]), now: 0) }
            try log.compact(now: 0, force: true)
            let found = try log.all()
            #expect(found.contains { $0.value == "open" })
            #expect(found.filter { $0.value?.hasPrefix("w") == true }.count == 30)
            #expect(found.filter { $0.value?.hasPrefix("v") == true }.count < 10)
        }
    }

    @Test func `compaction waits for enough to gain and for records to be old enough`() throws {
        try withDirectory { root in
            var configuration = compacted
            configuration.minCompactionLagMs = 1000
            let log = try openLog(root, configuration)
            for number in 0..<50 { try log.append(batch([("k\(number % 5)", "v")], timestamp: 500), now: 500) }
            #expect(try !log.compact(now: 1000))
            #expect(try log.compact(now: 1500))
            let clean = try log.all().count
            for number in 0..<8 { try log.append(batch([("n\(number)", "v")], timestamp: 500), now: 500) }
            log.configuration.minCleanableDirtyRatio = 0.99
            #expect(try !log.compact(now: 1500))
            #expect(try log.all().count == clean + 8)
        }
    }

    @Test func `more keys than fit in memory are compacted in several passes`() throws {
        try withDirectory { root in
            var configuration = compacted
            configuration.maxCompactionKeys = 10
            let log = try openLog(root, configuration)
            for number in 0..<300 { try log.append(batch([("k\(number % 60)", "v\(number)")]), now: 0) }
            let before = latest(try log.all())
            var passes = 0
            while try log.compact(now: 0) { passes += 1 }
            configuration.minCleanableDirtyRatio = 0
            log.configuration = configuration
            while try log.compact(now: 0) { passes += 1 }
            #expect(passes > 3)
            #expect(latest(try log.all()) == before)
            #expect(try log.all().count < 120)
        }
    }

    @Test func `a crash at any step of the swap loses no record and leaves no old one behind`() throws {
        try withDirectory { root in
            let log = try openLog(root, compacted)
            for number in 0..<60 {
                try log.append(batch([("k\(number % 5)", number % 11 == 3 ? nil : "v\(number)")]), now: 0)
            }
            try log.flush()
            let before = latest(try log.all())
            var step = 0
            var finished = false
            while !finished {
                step += 1
                try withDirectory { other in
                    try crashCopy(root, to: other)
                    let budget = Mutex(step)
                    // From the given step on nothing reaches the disk any more.
                    let faults = LogFaults { _ in
                        budget.withLock {
                            $0 -= 1
                            return $0 > 0 ? nil : LogFaults.Fault(errno: EIO)
                        }
                    }
                    do {
                        let crashing = try openLog(other, compacted, faults: faults)
                        try crashing.compact(now: 0, force: true)
                        finished = budget.withLock { $0 > 0 }
                        #expect(latest(try crashing.all()) == before)
                    } catch is PartitionLogError {}
                    let reopened = try openLog(other, compacted)
                    #expect(latest(try reopened.all()) == before, "step \(step)")
                    #expect(reopened.highWatermark == 60, "step \(step)")
                    let left = try LogDirectory(path: "\(other)/t-0", faults: .none).list()
                    #expect(left[.cleaned] == nil && left[.swap] == nil, "step \(step)")
                    #expect(try reopened.append(batch([("new", "x")]), now: 0).baseOffset == 60)
                    try reopened.compact(now: 0, force: true)
                    #expect(latest(try reopened.all()).count == before.count + 1)
                }
            }
            #expect(step > 10)
        }
    }

    @Test func `a compaction that fails leaves the log as it was`() throws {
        try withDirectory { root in
            let fails = Mutex(false)
            let faults = LogFaults { operation in
                guard fails.withLock({ $0 }), case .write(let path, _) = operation, path.hasSuffix("cleaned") else {
                    return nil
                }
                return LogFaults.Fault(errno: ENOSPC, written: 10)
            }
            let log = try openLog(root, compacted, faults: faults)
            for number in 0..<60 { try log.append(batch([("k\(number % 5)", "v\(number)")]), now: 0) }
            let before = try log.all()
            fails.withLock { $0 = true }
            expectError(.kafkaStorageError) { try log.compact(now: 0) }
            #expect(try log.all() == before)
            try log.append(batch([("k", "v")]), now: 0)
            fails.withLock { $0 = false }
            #expect(try log.compact(now: 0))
            #expect(latest(try log.all()).count == 6)
        }
    }

    @Test func `readers and a writer go on while segments are replaced`() async throws {
        let root = temporaryRoot()
        try makeDirectory(root)
        defer { removeDirectory(root) }
        let log = try openLog(root, compacted)
        let count: Int64 = 1500
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    var position: Int64 = 0
                    var table: [String: String] = [:]
                    while position < count {
                        let result = try log.read(from: position, maxBytes: 600, isolation: .readCommitted)
                        for record in try records(in: result.records) where record.offset >= position {
                            #expect(record.value == "v\(record.offset)" && record.key == "k\(record.offset % 9)")
                            table[record.key ?? ""] = record.value
                            position = record.offset + 1
                        }
                        await Task.yield()
                    }
                    for number in count - 9..<count { #expect(table["k\(number % 9)"] == "v\(number)") }
                }
            }
            group.addTask {
                for number in 0..<count {
                    try log.append(batch([("k\(number % 9)", "v\(number)")]), now: 0)
                    if number % 20 == 0 { await Task.yield() }
                }
            }
            group.addTask {
                while log.highWatermark < count {
                    try log.compact(now: 0)
                    await Task.yield()
                }
            }
            try await group.waitForAll()
        }
        #expect(try log.all().count < Int(count))
    }
}
