import KafkaClient
import KafkaProtocol
import Testing

@testable import Millrace

/// Disks that are full, read-only, or fail.
@Suite struct RowLogTroubleTests {
    static let full: @Sendable (MemoryFiles.Operation) -> MemoryFiles.Fault? = { operation in
        if case .write = operation { MemoryFiles.Fault(number: 28, written: 30) } else { nil }
    }

    @Test func `what cannot be written waits, is told once, and is written when there is room`() throws {
        let fixture = try RowLogFixture(partBytes: 100_000)
        fixture.put([1], [1], at: 0)
        fixture.commit()
        fixture.files.fail(Self.full)
        for number in 2..<9 as Range<UInt8> {
            fixture.put([number], [number], at: 0)
            fixture.commit()
            #expect(try RowLogFixture(MemoryFiles(fixture.files.disk)).rows == fixture.history[1])
        }
        fixture.files.fail(nil)
        // It is not tried with every commit.
        let changes = fixture.files.changes
        fixture.commit()
        #expect(fixture.files.changes == changes)
        fixture.clock.time = 2000
        fixture.put([9], [9], at: 0)
        fixture.commit()
        #expect(!fixture.log.isStale)
        let again = try RowLogFixture(MemoryFiles(fixture.files.disk))
        #expect(again.rows == fixture.rows && again.scan.damage.isEmpty)
        let words = fixture.clock.words
        #expect(words.count == 2 && words[0].contains("No space left") && words[1] == "local state is written again")
    }

    @Test func `what waits is bounded, and what is on the disk then stays a commit`() throws {
        let fixture = try RowLogFixture(partBytes: 100_000)
        fixture.put([1], [1], at: 0)
        fixture.commit()
        fixture.files.fail(Self.full)
        let value = Bytes(repeatElement(1, count: 1000))
        var most = 0
        for number in 0..<6000 {
            fixture.put(Bytes(utf8: "\(number)"), value, at: 0)
            if number % 500 == 0 { fixture.commit() }
            most = max(most, fixture.log.buffer.count)
        }
        #expect(most > RowLog.mostPending - 2000 && most < RowLog.mostPending + 2000)
        #expect(fixture.log.isStale && fixture.log.hasFallenBehind)
        fixture.files.fail(nil)
        fixture.clock.time = 1_000_000
        fixture.commit()
        #expect(try RowLogFixture(fixture.files).rows == fixture.history[1])
    }

    @Test func `whether there is room again is tried at growing intervals`() throws {
        let (files, clock) = (MemoryFiles(), RowLogFixture.TestClock())
        let local = LocalState(
            try StateDirectory(of: "app", in: "state", files),
            trouble: StateTrouble(now: { clock.time }, tell: { clock.tell($0) }), cleanupDelay: 0, .system)
        files.fail(Self.full)
        #expect(!local.hasRoom(for: 1000))
        let changes = files.changes
        #expect(!local.hasRoom(for: 1000) && files.changes == changes)
        files.fail(nil)
        clock.time = 999
        #expect(!local.hasRoom(for: 1000))
        clock.time = 1000
        #expect(local.hasRoom(for: 1000) && clock.words.count == 2)
        #expect(files.disk.names.keys.sorted() == ["state/app/.lock"])
    }

    @Test func `parts that are written stay when the disk is full in the middle of a commit`() throws {
        let fixture = try RowLogFixture(partBytes: 100_000)
        let value = Bytes(repeatElement(1, count: 1000))
        for number in 0..<600 { fixture.put(Bytes(utf8: "\(number)"), value, at: 0) }
        fixture.files.fail(Self.full)
        for number in 600..<1200 { fixture.put(Bytes(utf8: "\(number)"), value, at: 0) }
        fixture.files.fail(nil)
        fixture.clock.time = 5000
        for number in 1200..<1300 { fixture.put(Bytes(utf8: "\(number)"), value, at: 0) }
        fixture.commit()
        let again = try RowLogFixture(fixture.files)
        #expect(again.rows == fixture.rows && again.rows.count == 1300 && again.scan.damage.isEmpty)
    }

    @Test func `a directory that cannot be written serves what it has`() throws {
        let fixture = try RowLogFixture(partBytes: 100_000)
        fixture.put([1], [1], at: 0)
        fixture.commit()
        fixture.put([2], [2], at: 0)
        let files = MemoryFiles(fixture.files.disk)
        files.fail { $0.changes ? MemoryFiles.Fault(number: 30) : nil }
        let again = try RowLogFixture(files)
        #expect(again.rows == fixture.history[1] && again.log.isStale && !again.log.hasFallenBehind)
        again.put([3], [3], at: 0)
        again.commit()
        #expect(again.clock.words.count == 1)
        #expect(try RowLogFixture(MemoryFiles(files.disk)).rows == fixture.history[1])
    }

    @Test func `trouble is told at growing intervals`() {
        let clock = RowLogFixture.TestClock()
        let trouble = StateTrouble(
            now: { clock.time }, tell: { clock.tell($0) })
        var attempts = 0
        for second in 0..<10_000 {
            clock.time = Int64(second) * 1000
            guard trouble.mayTry() else { continue }
            attempts += 1
            trouble.failed(StateFileError("cannot write", 28))
        }
        #expect((100...250).contains(attempts))
        #expect(clock.words.count == 8)
        trouble.works()
        trouble.works()
        #expect(clock.words.last == "local state is written again")
        #expect(clock.words.count == 9)
    }
}
