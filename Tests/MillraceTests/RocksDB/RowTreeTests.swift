import KafkaProtocol
import Testing

@testable import Millrace

struct RowTreeTests {
    /// Keys that are hard to tell apart: short, with a long common part, or a prefix of another.
    static func keys(_ random: inout SeededRandom) -> Bytes {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: Bytes((0..<Int.random(in: 0..<4, using: &random)).map { _ in UInt8.random(in: 0..<3, using: &random) })
        case 1: Bytes(utf8: "customer-\(Int.random(in: 0..<3000, using: &random))")
        case 2: Bytes(Array(repeating: 0, count: Int.random(in: 0..<20, using: &random)))
        default: Bytes((0..<16).map { _ in UInt8.random(in: 0...255, using: &random) })
        }
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `Rows are found, replaced and walked in the order of their bytes`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let buffer = RowBuffer()
        var model: [Bytes: Bytes?] = [:]
        for _ in 0..<5000 {
            let key = Self.keys(&random)
            let value =
                Int.random(in: 0..<8, using: &random) == 0
                ? nil : Bytes((0..<Int.random(in: 0..<20, using: &random)).map { _ in 7 })
            model.updateValue(value, forKey: key)
            key.withUnsafeBytes { key in
                if let value { value.withUnsafeBytes { buffer.put(key, $0, at: 2) } } else { buffer.put(key, nil, at: 2) }
            }
        }
        let tree = try #require(buffer.tree(at: 2))
        for (key, value) in model {
            let row = try #require(key.withUnsafeBytes { tree.find($0) })
            #expect(row.value.map { Bytes(copying: $0) } == value)
        }
        #expect(Bytes(utf8: "customer-x").withUnsafeBytes { tree.find($0) } == nil)
        #expect(buffer.tree(at: 0) == nil)

        var rows = RowLayers([buffer], at: 2)
        var walked: [Bytes] = []
        while let row = rows.peek {
            walked.append(Bytes(copying: row.key))
            rows.skip(row.key)
        }
        #expect(walked == model.keys.sorted())
    }

    @Test func `Rows that come in order fill their leaves`() throws {
        let buffer = RowBuffer()
        for number in 0..<UInt32(10_000) {
            withUnsafeBytes(of: number.bigEndian) { key in buffer.put(key, key, at: 0) }
        }
        let tree = try #require(buffer.tree(at: 0))
        #expect(tree.leaves.count == 10_000 / RowTree.leafSize + 1)
        #expect(tree.leaves.dropLast().allSatisfy { $0.count == RowTree.leafSize })
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func `Of several buffers the newest row of a key counts, both ways`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var buffers: [RowBuffer] = []
        var model: [Bytes: Bytes?] = [:]
        for layer in 0..<4 as Range<UInt8> {
            let buffer = RowBuffer()
            for _ in 0..<300 {
                let key = Self.keys(&random)
                let value = Bool.random(using: &random) ? Bytes([layer]) : nil
                model.updateValue(value, forKey: key)
                key.withUnsafeBytes { key in
                    if let value { value.withUnsafeBytes { buffer.put(key, $0, at: 0) } } else { buffer.put(key, nil, at: 0) }
                }
            }
            buffers.insert(buffer, at: 0)
        }
        for _ in 0..<200 {
            let range = RowRange(
                from: Bool.random(using: &random) ? Self.keys(&random) : nil,
                below: Bool.random(using: &random) ? Self.keys(&random) : nil)
            let isReversed = Bool.random(using: &random)
            var rows = RowLayers(buffers, at: 0, range, reversed: isReversed)
            var found: [Bytes] = []
            while let row = rows.peek {
                found.append(Bytes(copying: row.key))
                #expect(row.value.map { Bytes(copying: $0) } == model[Bytes(copying: row.key)] ?? nil)
                rows.skip(row.key)
            }
            let right = model.keys.sorted().filter { key in
                (range.lower.map { !(key < $0) } ?? true) && (range.upper.map { key < $0 } ?? true)
            }
            #expect(found == (isReversed ? right.reversed() : right))
        }
    }
}

struct RowRangeTests {
    @Test func `A prefix ends before the next one of its length`() {
        #expect(RowRange(prefix: [1, 2]).upper == [1, 3])
        #expect(RowRange(prefix: [1, 0xff, 0xff]).upper == [2])
        #expect(RowRange(prefix: [0xff]).upper == nil)
        #expect(RowRange(prefix: []).upper == nil)
    }

    @Test func `A range through a key takes that key and no longer one`() {
        let range = RowRange(from: [1], through: [2])
        #expect(range.upper == [2, 0])
        #expect(!range.isEmpty)
        #expect(RowRange(from: [2], below: [2]).isEmpty)
        #expect(RowRange(from: [3], below: [2]).isEmpty)
        #expect(!RowRange().isEmpty)
    }
}
