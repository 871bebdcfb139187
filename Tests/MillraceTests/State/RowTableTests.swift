import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct RowTableTests {
    /// A value with parts that are counted, to see that none is lost or freed twice.
    final class Counted {
        nonisolated(unsafe) static var living = 0
        let number: Int
        init(_ number: Int) {
            self.number = number
            Self.living += 1
        }
        deinit { Self.living -= 1 }
    }

    func keys(_ count: Int, _ random: inout SeededRandom) -> [Bytes] {
        (0..<count).map { number in
            let length = Int.random(in: 0..<4, using: &random) == 0 ? Int.random(in: 0...40, using: &random) : 9
            return Bytes((0..<length).map { _ in UInt8.random(in: 0...3, using: &random) })
        }
    }

    func find<Value>(_ key: Bytes, in table: RowTable<Value>) -> UInt32? { key.withUnsafeBytes { table.find($0) } }

    func insert<Value>(_ key: Bytes, in table: RowTable<Value>) throws -> UInt32 {
        try key.withUnsafeBytes { key throws(any Error) in try table.findOrInsert(key) }
    }

    func bytes<Value>(of ref: UInt32, in table: RowTable<Value>) -> Bytes { Bytes(copying: table.key(ref)) }

    @Test(arguments: 0..<30 as Range<UInt64>)
    func `a table does what a dictionary does, and its order what sorting does`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let table = RowTable<Int>()
        var model: [Bytes: Int] = [:]
        let keys = keys(Int.random(in: 1...400, using: &random), &random)
        // With an order from the start, from later on, made bit by bit while rows change, or never.
        let orderFrom = [0, 1500, Int.max, Int.max][Int(seed % 4)]
        for step in 0..<3000 {
            if step == orderFrom { _ = table.currentOrder() }
            if seed % 4 == 3, step >= 1500, step % 10 == 0 { _ = table.makeOrder { false } }
            guard let key = keys.randomElement(using: &random) else { continue }
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1:
                let ref = try insert(key, in: table)
                #expect(table[ref] == model[key] && bytes(of: ref, in: table) == key)
                table[ref] = step
                table.setTimestamp(ref, Int64(step))
                model[key] = step
            case 2:
                if let ref = find(key, in: table) { table.remove(ref) }
                model[key] = nil
            case 3 where Int.random(in: 0..<50, using: &random) == 0: try compareScan(table, model, keys, &random)
            default: #expect(find(key, in: table).flatMap { table[$0] } == model[key])
            }
        }
        #expect(table.count == model.count)
        var found: [Bytes: Int] = [:]
        table.forEach { ref in
            found[bytes(of: ref, in: table)] = table[ref]
            #expect(table.timestamp(ref) == Int64(table[ref] ?? -1) && table.link(ref) == -1)
        }
        #expect(found == model)
        try compareScan(table, model, keys, &random)
    }

    func compareScan(_ table: RowTable<Int>, _ model: [Bytes: Int], _ keys: [Bytes], _ random: inout SeededRandom) throws {
        let (first, last) = (keys.randomElement(using: &random), keys.randomElement(using: &random))
        let all = model.keys.sorted()
        func rows(_ bounds: RowBounds, _ isReversed: Bool) -> [Bytes] {
            let scan = RowScan(table, bounds, isReversed: isReversed)
            var found: [Bytes] = []
            while let ref = scan.nextRef() { found.append(bytes(of: ref, in: table)) }
            return isReversed ? found.reversed() : found
        }
        for isReversed in [false, true] {
            #expect(rows(RowBounds(), isReversed) == all)
            let notBefore = all.filter { first == nil || $0 >= first! }
            #expect(rows(RowBounds(from: first), isReversed) == notBefore)
            #expect(rows(RowBounds(from: first, through: last), isReversed) == notBefore.filter { last == nil || $0 <= last! })
            for prefix in [[], [255, 255], first?.array ?? [], Array((first?.array ?? []).prefix(1))] as [[UInt8]] {
                let expected = all.filter { $0.array.starts(with: prefix) }
                #expect(rows(RowBounds(prefix: Bytes(prefix)), isReversed) == expected)
            }
        }
    }

    @Test func `a large table splits segment by segment, and gives back every row and every value`() throws {
        let before = Counted.living
        do {
            let table = RowTable<Counted>()
            let count = 60_000
            func key(_ number: Int) -> Bytes { Bytes(utf8: "key \(number)") }
            for number in 0..<count { table[try insert(key(number), in: table)] = Counted(number) }
            #expect(Counted.living == before + count && table.count == count)
            for number in stride(from: 0, to: count, by: 3) {
                if let ref = find(key(number), in: table) { table.remove(ref) }
            }
            for number in 0..<count {
                #expect(find(key(number), in: table).flatMap { table[$0]?.number } == (number % 3 == 0 ? nil : number))
            }
            // The room of those that went is used again.
            let size = table.size
            for number in stride(from: 0, to: count, by: 3) { table[try insert(key(number), in: table)] = Counted(number) }
            #expect(table.size == size)
            // 40 bytes a row and up to 19 of the index, in blocks.
            #expect(table.size < count * 59 + 2 * HugePages.size, "\(table.size / count) bytes a row")
            // All rows are met in rounds of a sweep too.
            var (hash, met) = (0 as UInt32, 0)
            repeat {
                let (refs, next) = table.rows(at: hash)
                met += refs.count
                hash = next
            } while hash != 0
            #expect(met == count)
        }
        #expect(Counted.living == before)
    }

    @Test func `values of any alignment are at home`() throws {
        let table = RowTable<SIMD4<Double>>()
        for number in 0..<1000 { table[try insert(Bytes(utf8: "\(number)"), in: table)] = SIMD4(repeating: Double(number)) }
        for number in 0..<1000 {
            let ref = try #require(find(Bytes(utf8: "\(number)"), in: table))
            #expect(table[ref] == SIMD4(repeating: Double(number)))
            #expect(UInt(bitPattern: table.valuePointer(ref)) % UInt(MemoryLayout<SIMD4<Double>>.alignment) == 0)
        }
    }

    @Test func `keys of all lengths are kept, and one that is too large is refused`() throws {
        let table = RowTable<Int>()
        for length in [0, 1, 7, 8, 9, 255, 65_536, 1_000_000] {
            let key = Bytes(Array(repeating: 7, count: length))
            table[try insert(key, in: table)] = length
            #expect(find(key, in: table).flatMap { table[$0] } == length)
        }
        #expect(throws: RowTableFull.self) { try insert(Bytes(Array(repeating: 7, count: 3_000_000)), in: table) }
        #expect(table.count == 8)
    }

    @Test func `a row keeps its number while others come and go`() throws {
        let table = RowTable<String>()
        let kept = try insert(Bytes(utf8: "seven"), in: table)
        table[kept] = "7"
        for number in 0..<20_000 { _ = try insert(Bytes(utf8: "\(number)"), in: table) }
        for number in 0..<20_000 { if let ref = find(Bytes(utf8: "\(number)"), in: table) { table.remove(ref) } }
        #expect(find(Bytes(utf8: "seven"), in: table) == kept && table[kept] == "7" && table.count == 1)
    }

    // MARK: - Scans

    @Test(arguments: 0..<20 as Range<UInt64>, [false, true])
    func `a walk shows the rows that there were, without those that have gone`(_ seed: UInt64, _ isReversed: Bool) throws {
        var random = SeededRandom(seed: seed)
        let table = RowTable<Int>()
        func key(_ number: Int) -> Bytes { Bytes([UInt8(number >> 8), UInt8(number & 255)]) }
        let count = Int.random(in: 1...2000, using: &random)
        for number in 0..<count where number % 2 == 0 { table[try insert(key(number), in: table)] = 0 }
        let scan = RowScan(table, RowBounds(), isReversed: isReversed)
        var gone: Set<Int> = []
        var met: [Int] = []
        while let ref = scan.nextRef() {
            let bytes = table.key(ref)
            let number = Int(bytes[0]) << 8 | Int(bytes[1])
            #expect(number % 2 == 0 && !gone.contains(number) && table[ref] == 0)
            met.append(number)
            // New rows in between and beyond, some in the room of rows that go.
            let other = Int.random(in: 0..<count, using: &random)
            if other % 2 == 1 { table[try insert(key(other), in: table)] = 1 }
            if other % 2 == 0, let ref = find(key(other), in: table) {
                table.remove(ref)
                gone.insert(other)
            }
        }
        #expect(met == (isReversed ? met.sorted(by: >) : met.sorted()))
        #expect(Set(met).count == met.count)
        for number in stride(from: 0, to: count, by: 2) where !gone.contains(number) { #expect(met.contains(number)) }
        #expect(table.scans == 0 && table.removed.isEmpty)
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func `the order of a large table is made in steps while rows come and go`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let table = RowTable<Int>()
        var model: Set<Bytes> = []
        // Keys that share their first bytes, and others; some are the beginnings of others.
        func key() -> Bytes {
            let number = Int.random(in: 0..<40_000, using: &random)
            return Bytes(utf8: number % 2 == 0 ? "the same beginning \(number)" : "\(number)")
        }
        func change() throws {
            let key = key()
            if let ref = find(key, in: table) {
                table.remove(ref)
                model.remove(key)
            } else {
                table[try insert(key, in: table)] = 1
                model.insert(key)
            }
        }
        for _ in 0..<30_000 { try change() }
        var steps = 0
        while !table.makeOrder(while: { false }) {
            steps += 1
            for _ in 0..<200 { try change() }
        }
        #expect(steps > 10 && table.scans == 0 && table.removed.isEmpty)
        for _ in 0..<200 { try change() }
        let scan = RowScan(table, RowBounds(), isReversed: false)
        var found: [Bytes] = []
        while let ref = scan.nextRef() { found.append(bytes(of: ref, in: table)) }
        #expect(found == model.sorted())
    }

    @Test func `an order that nobody waits for any more is given up once it holds on to much`() throws {
        let table = RowTable<Int>()
        for number in 0..<10_000 { table[try insert(Bytes(utf8: "\(number)"), in: table)] = number }
        #expect(!table.makeOrder { false } && table.keepsOrder && table.scans == 1)
        var most = 0
        for _ in 0..<10 {
            for number in 0..<10_000 {
                if let ref = find(Bytes(utf8: "\(number)"), in: table) { table.remove(ref) }
                most = max(most, table.removed.count)
                table[try insert(Bytes(utf8: "\(number)"), in: table)] = number
            }
        }
        #expect(!table.keepsOrder && table.scans == 0 && table.removed.isEmpty && most > 1000 && most < 40_000)
        #expect(table.currentOrder().leaves.reduce(0) { $0 + $1.count } == 10_000)
    }

    @Test func `a walk that is given up holds on to nothing`() throws {
        let table = RowTable<Int>()
        for number in 0..<100 { table[try insert(Bytes(utf8: "\(number)"), in: table)] = number }
        do {
            let scan = RowScan(table, RowBounds(), isReversed: false)
            let first = try #require(scan.nextRef())
            table.remove(first)
            #expect(table.removed.count == 1)
        }
        #expect(table.scans == 0 && table.removed.isEmpty)
    }
}
