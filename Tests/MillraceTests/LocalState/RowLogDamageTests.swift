import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct RowLogDamageTests {
    typealias Disk = MemoryFiles.Disk

    static func path(_ number: Int, _ kind: String = "log") -> String {
        "\(RowLogFixture.directory)/\(String(repeating: "0", count: 19))\(number).\(kind)"
    }

    /// Some commits, the last one of several entries.
    static func written() throws -> RowLogFixture {
        let fixture = try RowLogFixture()
        for number in 0..<4 as Range<UInt8> {
            for key in 0...number { fixture.put([key], [number, key], at: Int64(number)) }
            fixture.put([100], number == 2 ? nil : [number], at: 8)
            fixture.commit()
        }
        return fixture
    }

    @Test func `cut at any byte, the whole commits before it are there, and go on`() throws {
        let fixture = try Self.written()
        let whole = try #require(fixture.files.disk[Self.path(1)])
        var last = 0
        for end in 0..<whole.count {
            var disk = fixture.files.disk
            disk[Self.path(1)] = Array(whole[..<end])
            let again = try RowLogFixture(MemoryFiles(disk))
            let found = try #require(fixture.history.firstIndex(of: again.rows))
            #expect(found >= last && found < 4)
            last = found
            // As a program leaves it that is killed while it writes.
            #expect(again.scan.damage.map(\.isTornEnd).contains(false) == false)
            // What was cut is gone for good.
            again.put([55], [1], at: 1)
            again.commit()
            let after = try RowLogFixture(again.files)
            #expect(after.rows == again.rows && after.scan.damage.isEmpty)
        }
        #expect(last == 3)
    }

    @Test func `cut in a file that others follow, it is told`() throws {
        let fixture = try Self.written()
        let first = try #require(fixture.files.disk[Self.path(1)])
        let next = try RowLogFixture(fixture.files, segmentBytes: 1)
        next.put([9], [9], at: 9)
        next.commit()
        next.put([9], [8], at: 9)
        next.commit()
        let names = next.files.disk.names.keys.sorted()
        #expect(names.count > 1)
        for end in 1..<first.count {
            var disk = next.files.disk
            disk[Self.path(1)] = Array(first[..<end])
            let scan = try RowLogFixture(MemoryFiles(disk)).scan
            #expect(scan.damage.contains { !$0.isTornEnd })
        }
    }

    @Test func `flipped in any byte, the whole commits before it are there, and the rest is told`() throws {
        let fixture = try Self.written()
        let whole = try #require(fixture.files.disk[Self.path(1)])
        for index in whole.indices {
            for bit in [0, 7] {
                var disk = fixture.files.disk
                disk[Self.path(1)]?[index] ^= 1 << UInt8(bit)
                let again = try RowLogFixture(MemoryFiles(disk))
                let found = try #require(fixture.history.firstIndex(of: again.rows))
                #expect(found < 4)
                #expect(again.scan.damage.count == 1 && again.scan.damage[0].isTornEnd == false)
                #expect(again.scan.damage[0].position + again.scan.damage[0].bytes == whole.count)
                #expect(try RowLogFixture(again.files).scan.damage.isEmpty)
            }
        }
    }

    @Test func `random bytes anywhere trap nothing`() throws {
        let fixture = try Self.written()
        try fixture.compact()
        fixture.put([9], [9], at: 9)
        fixture.commit()
        var random = SeededRandom(seed: 11)
        for _ in 0..<500 {
            var disk = fixture.files.disk
            for path in disk.names.keys {
                guard var content = disk[path], !content.isEmpty else { continue }
                for _ in 0..<Int.random(in: 0..<4, using: &random) {
                    content[Int.random(in: content.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                disk[path] = content
            }
            let again = try RowLogFixture(MemoryFiles(disk))
            #expect(fixture.history.contains(again.rows))
        }
    }

    @Test func `a damaged base takes all with it, and an older one with its files steps in while it is there`() throws {
        let fixture = try Self.written()
        let before = fixture.files.disk
        try fixture.compact()
        fixture.put([9], [9], at: 9)
        fixture.commit()
        #expect(fixture.files.disk.names.keys.sorted() == [Self.path(1, "base"), Self.path(2)])
        var disk = fixture.files.disk
        disk[Self.path(1, "base")]?[60] ^= 1
        #expect(try RowLogFixture(MemoryFiles(disk)).rows.isEmpty)
        // As after a crash before the old files are gone.
        disk.last += 1
        disk.names[Self.path(1)] = disk.last
        disk.contents[disk.last] = before[Self.path(1)]
        #expect(try RowLogFixture(MemoryFiles(disk)).rows == fixture.history[5])
    }

    @Test func `a file that is missing ends what counts`() throws {
        let files = MemoryFiles()
        var history: [Rows] = [[:]]
        for number in 0..<3 as Range<UInt8> {
            let fixture = try RowLogFixture(files, segmentBytes: 1)
            fixture.put([number], [number], at: 0)
            fixture.commit()
            history.append(fixture.rows)
        }
        #expect(files.disk.names.count == 3)
        for missing in 1...3 {
            var disk = files.disk
            disk.names[Self.path(missing)] = nil
            let again = try RowLogFixture(MemoryFiles(disk))
            #expect(again.rows == history[missing - 1])
            #expect(again.scan.damage.count == 3 - missing)
            #expect(again.files.disk.names.count == missing - 1)
        }
        // One in the place of another.
        var disk = files.disk
        (disk.names[Self.path(2)], disk.names[Self.path(3)]) = (disk.names[Self.path(3)], disk.names[Self.path(2)])
        #expect(try RowLogFixture(MemoryFiles(disk)).rows == history[2])
    }

    @Test func `a file that cannot be read serves up to there`() throws {
        let fixture = try Self.written()
        let files = MemoryFiles(fixture.files.disk)
        files.fail { if case .read = $0 { MemoryFiles.Fault(number: 5) } else { nil } }
        let again = try RowLogFixture(files)
        #expect(again.rows.isEmpty && again.scan.damage.count == 1)
    }

    @Test func `files of a newer version are refused and left alone`() throws {
        let fixture = try Self.written()
        var disk = fixture.files.disk
        var content = try #require(disk[Self.path(1)])
        content[4] = 9
        let checksum = CRC32C.checksum(Bytes(content[..<44]))
        for place in 0..<4 { content[44 + place] = UInt8(truncatingIfNeeded: checksum >> UInt32(24 - 8 * place)) }
        disk[Self.path(1)] = content
        let files = MemoryFiles(disk)
        #expect(throws: NewerStateVersion.self) { try RowLogFixture(files) }
        #expect(files.disk[Self.path(1)] == content)
    }
}
