import Foundation
import KafkaProtocol
import Synchronization
import Testing

@testable import KafkaBroker

@Suite struct LogAppendTests {
    @Test func `records get offsets in the order of their appends`() throws {
        try withDirectory { root in
            let log = try openLog(root)
            let first = try log.append(batch(["a", "b"]), now: 5)
            #expect(
                first == .init(baseOffset: 0, lastOffset: 1, logAppendTime: -1, logStartOffset: 0, duplicate: false))
            let second = try log.append(batch(["c"]), now: 5)
            #expect(second.baseOffset == 2)
            #expect(log.highWatermark == 3 && log.lastStableOffset == 3 && log.logStartOffset == 0)
            #expect(try log.all().map(\.description) == ["0:-=a", "1:-=b", "2:-=c"])
        }
    }

    @Test func `a damaged batch is refused at every byte that matters`() throws {
        try withDirectory { root in
            let log = try openLog(root)
            let good = try batch(["value"]).array
            for place in good.indices {
                // Offset and leader epoch are the broker's to set.
                if place < 8 || (12..<16).contains(place) { continue }
                var bad = good
                bad[place] ^= 0x41
                #expect(throws: PartitionLogError.self, "byte \(place)") { try log.append(Bytes(bad), now: 0) }
            }
            for count in 0..<good.count {
                #expect(throws: PartitionLogError.self) { try log.append(Bytes(good.prefix(count)), now: 0) }
            }
            #expect(throws: PartitionLogError.self) { try log.append(Bytes(good + [0]), now: 0) }
            #expect(log.highWatermark == 0)
            try log.append(Bytes(good), now: 0)
            #expect(try log.values == ["value"])
        }
    }

    @Test func `a batch that is too large is refused with Kafka's error`() throws {
        try withDirectory { root in
            let log = try openLog(
                root,
                settings {
                    $0.maxMessageBytes = 200
                    $0.segmentBytes = 300
                })
            expectError(.messageTooLarge) { try log.append(batch([String(repeating: "x", count: 200)]), now: 0) }
            log.configuration.maxMessageBytes = 1000
            expectError(.recordListTooLarge) { try log.append(batch([String(repeating: "x", count: 300)]), now: 0) }
            #expect(log.highWatermark == 0)
        }
    }

    @Test func `a compacted topic refuses records without a key`() throws {
        try withDirectory { root in
            let log = try openLog(root, settings { $0.cleanupPolicy = .compact })
            expectError(.invalidRecord) { try log.append(batch([("k", "v"), (nil, "v")]), now: 0) }
            try log.append(batch([("k", "v")]), now: 0)
            #expect(log.highWatermark == 1)
        }
    }

    @Test func `log append time replaces the records' time and the checksum fits`() throws {
        try withDirectory { root in
            let log = try openLog(root, settings { $0.messageTimestampType = .logAppendTime })
            let result = try log.append(batch(["a", "b"], timestamp: 17), now: 1000)
            #expect(result.logAppendTime == 1000)
            let read = try RecordBatch(log.read(from: 0, maxBytes: 1000).records)
            try read.validateChecksum()
            #expect(read.header.isLogAppendTime && read.header.maxTimestamp == 1000)
            #expect(try log.offset(forTimestamp: 500) == .init(offset: 0, timestamp: 1000))
        }
    }

    @Test func `a full segment is closed and its indexes are saved`() throws {
        try withDirectory { root in
            let log = try openLog(
                root,
                settings {
                    $0.segmentBytes = 400
                    $0.indexIntervalBytes = 80
                })
            for number in 0..<20 { try log.append(batch(["value \(number)"], timestamp: Int64(number)), now: 0) }
            let files = try LogDirectory(path: "\(root)/t-0", faults: .none).list()
            let bases = try #require(files[.log])
            #expect(bases.count > 3 && bases.first == 0)
            for base in bases.dropLast() {
                #expect(try contents(file(root, .log, base)).count <= 400)
                #expect(try contents(file(root, .index, base)).count % 8 == 0)
                #expect(try contents(file(root, .timeindex, base)).count % 12 == 0)
            }
            #expect(try log.values == (0..<20).map { "value \($0)" })
            for offset in 0..<20 { #expect(try log.all(from: Int64(offset)).count == 20 - offset) }
        }
    }

    @Test func `a segment whose records span too much time is closed`() throws {
        try withDirectory { root in
            let log = try openLog(root, settings { $0.segmentMs = 100 })
            for time: Int64 in [0, 50, 100, 101, 150, 202] { try log.append(batch(["a"], timestamp: time), now: 0) }
            #expect(try LogDirectory(path: "\(root)/t-0", faults: .none).list()[.log] == [0, 3, 5])
        }
    }

    @Test func `files are private to the user`() throws {
        try withDirectory { root in
            let log = try openLog(root)
            try log.append(batch(["a"]), now: 0)
            try log.close()
            for path in [root + "/t-0"]
                + (try FileManager.default.contentsOfDirectory(atPath: root + "/t-0")).map({ "\(root)/t-0/\($0)" })
            {
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(try #require(mode) & 0o077 == 0, "\(path)")
            }
        }
    }

    @Test func `those who wait are called once, when there is something for them`() throws {
        try withDirectory { root in
            let log = try openLog(root)
            let calls = Mutex<[String]>([])
            func note(_ name: String) -> @Sendable () -> Void { { calls.withLock { $0.append(name) } } }
            _ = log.onAppend(beyond: 0, isolation: .readUncommitted, notify: note("at 0"))
            _ = log.onAppend(beyond: 1, isolation: .readUncommitted, notify: note("at 1"))
            _ = log.onAppend(beyond: 0, isolation: .readCommitted, notify: note("committed"))
            let removed = log.onAppend(beyond: 0, isolation: .readUncommitted, notify: note("removed"))
            log.removeWaiter(removed)
            #expect(calls.withLock { $0 } == [])
            try log.append(batch(["a"], producer: 1, transactional: true), now: 0)
            #expect(calls.withLock { $0 } == ["at 0"])
            try log.appendControl(commit: true, producerId: 1, producerEpoch: 0, coordinatorEpoch: 0, now: 0)
            #expect(calls.withLock { $0 } == ["at 0", "at 1", "committed"])
            _ = log.onAppend(beyond: 1, isolation: .readUncommitted, notify: note("at once"))
            _ = log.onAppend(beyond: 9, isolation: .readUncommitted, notify: note("closed"))
            try log.close()
            #expect(calls.withLock { $0 } == ["at 0", "at 1", "committed", "at once", "closed"])
            expectError(.notLeaderOrFollower) { try log.append(batch(["a"]), now: 0) }
            expectError(.notLeaderOrFollower) { try log.read(from: 0, maxBytes: 10) }
        }
    }
}
