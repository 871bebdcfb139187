import KafkaProtocol
import Testing

@testable import KafkaBroker

@Suite struct LogReadTests {
    @Test func `a read begins with the batch that holds the offset`() throws {
        try withDirectory { root in
            let log = try openLog(root)
            try log.append(batch(["a", "b", "c"]), now: 0)
            try log.append(batch(["d", "e"]), now: 0)
            for offset: Int64 in 0..<5 {
                let found = try records(in: log.read(from: offset, maxBytes: 10_000).records)
                #expect(found.first?.offset == (offset < 3 ? 0 : 3))
                #expect(found.last?.offset == 4)
            }
            #expect(try log.read(from: 5, maxBytes: 100).records.isEmpty)
            expectError(.offsetOutOfRange) { try log.read(from: 6, maxBytes: 100) }
            expectError(.offsetOutOfRange) { try log.read(from: -1, maxBytes: 100) }
        }
    }

    @Test func `only whole batches within the limit are given out, but one if it is asked for`() throws {
        try withDirectory { root in
            let log = try openLog(root)
            let one = try batch(["0123456789"]).count
            for _ in 0..<5 { try log.append(batch(["0123456789"]), now: 0) }
            for (limit, count) in [(0, 0), (one - 1, 0), (one, 1), (2 * one - 1, 1), (2 * one, 2), (100 * one, 5)] {
                #expect(try log.read(from: 0, maxBytes: limit, minOneBatch: false).records.count == count * one)
                #expect(try log.read(from: 0, maxBytes: limit).records.count == max(count, 1) * one)
            }
        }
    }

    @Test func `a batch larger than what is read at a time is found`() throws {
        try withDirectory { root in
            let log = try openLog(root)
            let large = String(repeating: "x", count: 50_000)
            for _ in 0..<4 { try log.append(batch([large, large]), now: 0) }
            for offset: Int64 in 0..<8 {
                #expect(
                    try records(in: log.read(from: offset, maxBytes: 1).records).map(\.offset) == [
                        offset & ~1, offset | 1,
                    ])
                #expect(try log.read(from: offset, maxBytes: 1, minOneBatch: false).records.isEmpty)
            }
        }
    }

    @Test func `the first record at or after a time is found`() throws {
        try withDirectory { root in
            let log = try openLog(
                root,
                settings {
                    $0.segmentBytes = 1000
                    $0.indexIntervalBytes = 150
                })
            let times: [Int64] = (0..<100).map { ($0 * 37) % 100 * 10 }
            for time in times { try log.append(batch(["at \(time)"], timestamp: time), now: 0) }
            func check(_ log: PartitionLog) throws {
                for wanted in stride(from: Int64(-5), through: 1000, by: 5) {
                    let expected = times.firstIndex { $0 >= wanted }
                    #expect(try log.offset(forTimestamp: wanted)?.offset == expected.map(Int64.init), "time \(wanted)")
                }
                #expect(try log.offsetOfLatestTimestamp()?.timestamp == 990)
            }
            try check(log)
            try log.close()
            try check(try openLog(root))
        }
    }

    @Test func `an index that leads astray costs time, not data`() async throws {
        try await withDirectory { root in
            let log = try openLog(
                root,
                settings {
                    $0.segmentBytes = 2000
                    $0.indexIntervalBytes = 300
                })
            for number in 0..<40 { try log.append(batch(["value \(number)"]), now: 0) }
            try log.close()
            let good = try contents(file(root, .index, 0))
            for place in good.indices {
                for bit in [0x01, 0x04, 0x80] as [UInt8] {
                    await Task.yield()
                    var index = good
                    index[place] ^= bit
                    try overwrite(file(root, .index, 0), index)
                    let reopened = try openLog(root)
                    for offset: Int64 in 0..<40 {
                        let found = try records(in: reopened.read(from: offset, maxBytes: 1).records)
                        #expect(found.first?.offset == offset, "byte \(place) ^ \(bit)")
                    }
                }
            }
        }
    }

    @Test func `readers go on while a writer appends and segments are deleted`() async throws {
        let root = temporaryRoot()
        try makeDirectory(root)
        defer { removeDirectory(root) }
        let log = try openLog(
            root,
            settings {
                $0.segmentBytes = 4000
                $0.indexIntervalBytes = 200
            })
        let count: Int64 = 3000
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    var position: Int64 = 0
                    while position < count {
                        do {
                            let result = try log.read(from: position, maxBytes: 700)
                            for record in try records(in: result.records) where record.offset >= position {
                                #expect(record.offset == position && record.value == "value \(position)")
                                position += 1
                            }
                        } catch let error as PartitionLogError where error.code == .offsetOutOfRange {
                            position = log.logStartOffset
                        }
                        await Task.yield()
                    }
                }
            }
            group.addTask {
                for number in 0..<count {
                    try log.append(batch(["value \(number)"]), now: 0)
                    if number % 500 == 499 { try log.deleteRecords(before: number - 250) }
                    if number % 50 == 0 { await Task.yield() }
                }
            }
            try await group.waitForAll()
        }
        #expect(log.highWatermark == count)
    }
}
