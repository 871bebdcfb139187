import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct RowLogTests {
    @Test func `what is loaded is what the last commit has made`() throws {
        let fixture = try RowLogFixture()
        fixture.put([1], [10], at: 1)
        fixture.put([2], [20], at: 2)
        #expect(try fixture.load().isEmpty)
        fixture.commit()
        fixture.put([1], nil, at: 3)
        fixture.put([3], Bytes(), at: 4)
        #expect(try fixture.load() == fixture.history[1])
        fixture.commit()
        fixture.put([4], [40], at: 5)
        let again = try RowLogFixture(MemoryFiles(fixture.files.disk))
        #expect(again.rows == fixture.history[2])
        #expect(again.log.marker == fixture.log.marker)
        #expect(again.log.marker?.positions == [RowPosition(partition: RowLogFixture.partition, topicID: KafkaUUID(high: 1, low: 2), offset: 4)])
        #expect(again.log.marker?.latestTime == 4 && again.log.marker?.writtenAt == 4)
        #expect(again.scan.damage.isEmpty && again.log.entries == 4)
    }

    @Test func `a commit that changes nothing writes nothing, one that only moves on does`() throws {
        let fixture = try RowLogFixture()
        fixture.put([1], [10], at: 1)
        fixture.commit()
        let changes = fixture.files.changes
        fixture.commit()
        #expect(fixture.files.changes == changes)
        fixture.offset = 9
        fixture.commit()
        #expect(fixture.files.changes == changes + 1)
        #expect(try RowLogFixture(fixture.files).offset == 9)
    }

    @Test func `a large commit is written in parts, of which only the last one makes it count`() throws {
        let fixture = try RowLogFixture()
        fixture.put([1], [1], at: 0)
        fixture.commit()
        let value = Bytes(repeatElement(5, count: 50))
        for number in 0..<200 { fixture.put(Bytes(utf8: "\(number)"), value, at: 7) }
        #expect(fixture.log.buffer.count < fixture.log.buffer.partBytes)
        let open = try RowLogFixture(MemoryFiles(fixture.files.disk))
        #expect(open.rows == fixture.history[1])
        #expect(open.scan.damage.map(\.isTornEnd) == [true])
        fixture.commit()
        #expect(try RowLogFixture(MemoryFiles(fixture.files.disk)).rows == fixture.history[2])
        // Going on after what was cut off.
        open.put([9], [9], at: 1)
        open.commit()
        let after = try RowLogFixture(open.files)
        #expect(after.rows == open.rows && after.scan.damage.isEmpty)
    }

    @Test func `a closed log writes nothing more`() throws {
        let fixture = try RowLogFixture()
        fixture.put([1], [1], at: 0)
        fixture.commit()
        let changes = fixture.files.changes
        fixture.log.close()
        for _ in 0..<100 { fixture.put([2], Bytes(repeatElement(1, count: 100)), at: 0) }
        fixture.commit()
        #expect(fixture.files.changes == changes && fixture.log.buffer.count < fixture.log.buffer.partBytes)
    }

    @Test func `a log that was reset begins anew, and keeps its place`() throws {
        let fixture = try RowLogFixture()
        for number in 0..<3 {
            fixture.put([UInt8(number)], [1], at: 0)
            fixture.commit()
        }
        fixture.log.reset()
        #expect(fixture.log.marker == nil && fixture.log.segments.isEmpty)
        fixture.log.buffer.append(key: [7], value: [7], timestamp: 7, headers: [])
        fixture.commit()
        let again = try RowLogFixture(fixture.files)
        #expect(again.rows == [[7]: DictionaryStore.Row(value: [7], timestamp: 7)])
        #expect(again.scan.damage.isEmpty)
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `random changes, commits, restarts, crashes and compactions give what a dictionary has`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let files = MemoryFiles()
        var fixture = try RowLogFixture(files, segmentBytes: 9000)
        var committed: Rows = [:]
        for _ in 0..<300 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4: fixture.change(Int.random(in: 0..<40, using: &random), keys: 50, using: &random)
            case 4..<7:
                fixture.commit()
                committed = fixture.rows
            case 7: try fixture.compact(budget: Bool.random(using: &random) ? 6000 : 1 << 20)
            case 8:
                // A large commit that may not come to its end.
                fixture.change(200, keys: 500, using: &random, bytes: 100)
            default:
                fixture.log.close()
                fixture = try RowLogFixture(files, segmentBytes: 9000)
                #expect(fixture.rows == committed)
                #expect(!fixture.scan.damage.contains { !$0.isTornEnd })
            }
        }
    }

    @Test func `files are closed at a size`() throws {
        let fixture = try RowLogFixture(segmentBytes: 300)
        for number in 0..<20 as Range<UInt8> {
            fixture.put([number], Bytes(repeatElement(5, count: 50)), at: 0)
            fixture.commit()
        }
        #expect(fixture.log.segments.map(\.number) == Array(1...10))
        let again = try RowLogFixture(fixture.files)
        #expect(again.rows == fixture.rows && again.scan.damage.isEmpty)
    }
}
