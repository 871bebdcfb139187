import Testing

@testable import Millrace

@Suite struct KeyTableTests {
    @Test(arguments: 0..<20 as Range<UInt64>)
    func `a key table does what a dictionary does`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var table = KeyTable<Int, Int>()
        var model: [Int: Int] = [:]
        let keys = Int.random(in: 1...300, using: &random)
        for _ in 0..<3000 {
            let key = Int.random(in: 0..<keys, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1:
                let value = Int.random(in: 0..<1000, using: &random)
                let number = table.findOrInsert(key, detach: nil) { -1 }
                #expect(table.rows[number]?.row == model[key] ?? -1)
                table.rows[number]?.row = value
                model[key] = value
            case 2, 3:
                if let number = table.find(key) { table.remove(number) }
                model[key] = nil
            default:
                #expect(table.find(key).flatMap { table.rows[$0]?.row } == model[key])
            }
        }
        #expect(table.count == model.count)
        #expect(Dictionary(uniqueKeysWithValues: table.rows.compactMap { $0.map { ($0.key, $0.row) } }) == model)
        for key in 0..<keys { #expect((table.find(key) != nil) == (model[key] != nil)) }
    }

    /// Keys that all land in the same place.
    struct Clashing: Hashable {
        let number: Int
        func hash(into hasher: inout Hasher) { hasher.combine(0) }
    }

    @Test func `keys with the same hash stay apart`() {
        var table = KeyTable<Clashing, Int>()
        for number in 0..<40 { _ = table.findOrInsert(Clashing(number: number), detach: nil) { number } }
        for number in stride(from: 0, to: 40, by: 3) {
            if let row = table.find(Clashing(number: number)) { table.remove(row) }
        }
        for number in 0..<40 {
            let row = table.find(Clashing(number: number)).flatMap { table.rows[$0]?.row }
            #expect(row == (number % 3 == 0 ? nil : number))
        }
    }

    @Test func `a row keeps its number while others come and go`() {
        var table = KeyTable<Int, String>()
        let kept = table.findOrInsert(7, detach: nil) { "seven" }
        for key in 100..<400 { _ = table.findOrInsert(key, detach: nil) { "other" } }
        for key in 100..<400 { if let number = table.find(key) { table.remove(number) } }
        #expect(table.find(7) == kept)
        #expect(table.rows[kept]?.row == "seven")
    }
}
