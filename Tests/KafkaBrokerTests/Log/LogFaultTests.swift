import Foundation
import KafkaProtocol
import Synchronization
import Testing

@testable import KafkaBroker

@Suite struct LogFaultTests {
    /// The disk is full: writes fail after some of their bytes.
    private final class Disk: Sendable {
        let written = Mutex<Int?>(nil)
        let truncationFails = Mutex(false)
        var faults: LogFaults {
            LogFaults { operation in
                switch operation {
                case .write: self.written.withLock { $0.map { LogFaults.Fault(errno: ENOSPC, written: $0) } }
                case .truncate: self.truncationFails.withLock { $0 } ? LogFaults.Fault(errno: EIO) : nil
                default: nil
                }
            }
        }
    }

    @Test(arguments: [0, 1, 61, 75, 100], [false, true])
    func `a full disk fails the append, keeps the log, and is over when there is space`(
        _ written: Int, _ truncationFails: Bool
    ) throws {
        try withDirectory { root in
            let disk = Disk()
            let log = try openLog(root, faults: disk.faults)
            try log.append(batch(["a"], producer: 1, sequence: 0), now: 0)
            disk.written.withLock { $0 = written }
            disk.truncationFails.withLock { $0 = truncationFails }
            for _ in 0..<3 {
                expectError(.kafkaStorageError) {
                    try log.append(batch(["lost", String(repeating: "x", count: 80)], producer: 1, sequence: 1), now: 0)
                }
                expectError(.kafkaStorageError) {
                    try log.appendControl(commit: false, producerId: 1, producerEpoch: 0, coordinatorEpoch: 0, now: 0)
                }
            }
            #expect(try log.values == ["a"])
            try withDirectory { other in
                try crashCopy(root, to: other)
                // A write that was never answered may survive a crash if cutting the file back failed, too.
                let survived = try openLog(other).values
                #expect(survived.first == "a")
                if !truncationFails { #expect(survived == ["a"]) }
            }
            disk.written.withLock { $0 = nil }
            if truncationFails {
                // Writing over the remains of the failed write could leave a part of them behind.
                expectError(.kafkaStorageError) { try log.append(batch(["b"], producer: 1, sequence: 1), now: 0) }
                disk.truncationFails.withLock { $0 = false }
            }
            let result = try log.append(batch(["b"], producer: 1, sequence: 1), now: 0)
            #expect(result.baseOffset == 1 && !result.duplicate)
            #expect(try log.values == ["a", "b"])
            #expect(try openLog(root).values == ["a", "b"])
        }
    }

    @Test func `closing a segment on a full disk fails the append and is made up for`() throws {
        try withDirectory { root in
            let disk = Disk()
            let log = try openLog(root, settings { $0.segmentBytes = 100 }, faults: disk.faults)
            try log.append(batch(["a"]), now: 0)
            disk.written.withLock { $0 = 5 }
            for _ in 0..<3 { expectError(.kafkaStorageError) { try log.append(batch(["b"]), now: 0) } }
            #expect(try log.values == ["a"])
            disk.written.withLock { $0 = nil }
            for value in ["b", "c"] { try log.append(batch([value]), now: 0) }
            #expect(try log.values == ["a", "b", "c"])
            try log.close()
            #expect(try openLog(root).values == ["a", "b", "c"])
        }
    }

    @Test func `a close that fails is made up for by the next opening`() throws {
        try withDirectory { root in
            let disk = Disk()
            let log = try openLog(root, faults: disk.faults)
            for number in 0..<5 { try log.append(batch(["\(number)"], producer: 1, sequence: Int32(number)), now: 0) }
            disk.written.withLock { $0 = 0 }
            expectError(.kafkaStorageError) { try log.close() }
            let reopened = try openLog(root)
            #expect(try reopened.values == ["0", "1", "2", "3", "4"])
            #expect(try reopened.append(batch(["4"], producer: 1, sequence: 4), now: 0).duplicate)
        }
    }

    @Test func `a crash at any step of appending, rolling and closing keeps what was acknowledged`() throws {
        for step in 1...150 {
            try withDirectory { root in
                let budget = Mutex(step)
                let faults = LogFaults { operation in
                    guard
                        budget.withLock({
                            $0 -= 1
                            return $0 <= 0
                        })
                    else { return nil }
                    return LogFaults.Fault(errno: EIO, written: step * 7 % 90)
                }
                var acknowledged: [String] = []
                do {
                    let log = try openLog(root, settings { $0.segmentBytes = 300 }, faults: faults)
                    for number in 0..<30 {
                        try log.append(batch(["\(number)"], producer: 1, sequence: Int32(number)), now: 0)
                        acknowledged.append("\(number)")
                        if number == 15 { try log.deleteRecords(before: 4) }
                        if number % 10 == 9 { try log.maintain(now: 0) }
                    }
                    try log.close()
                } catch is PartitionLogError {}
                let reopened = try openLog(root)
                let start = Int(reopened.logStartOffset)
                #expect(start == 0 || start == 4)
                let found = try reopened.values
                #expect(
                    Array(found.prefix(max(0, acknowledged.count - start))) == Array(acknowledged.dropFirst(start)),
                    "step \(step)")
                #expect(found.count + start <= acknowledged.count + 1, "step \(step)")
                let last = Int32(found.count + start)
                #expect(
                    try reopened.append(batch(["next"], producer: 1, sequence: last), now: 0).baseOffset == Int64(last))
            }
        }
    }
}
