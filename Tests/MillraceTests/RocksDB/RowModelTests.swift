import Foundation
import KafkaProtocol
import Testing

@testable import Millrace

/// A database against plain dictionaries, with changes, scans, restarts and crashes at random.
@Suite(.enabled(if: hasRocksDB, "RocksDB is not installed (apt-get install librocksdb7.8)"))
struct RowModelTests {
    @Test(arguments: 0..<24 as Range<UInt64>)
    func `A database does what plain dictionaries do`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let directory = TemporaryDirectory()
        let memory = StateMemory(budget: StateMemory.least)
        var database = try RowDatabase(directory.path + "/rows", RowEngine(memory))
        var model = RowModel()
        var number: UInt32 = 0
        for _ in 0..<1500 {
            let name = "family-\(Int.random(in: 0..<4, using: &random))"
            let (family, twin) = (database.family(name), model.family(name))
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<50:
                let key = RowTreeTests.keys(&random)
                let value = Bytes((0..<Int.random(in: 0..<40, using: &random)).map { UInt8($0) })
                try database.put(key, value, in: family)
                try model.put(key, value, in: twin)
            case 50..<65:
                let key = RowTreeTests.keys(&random)
                try database.delete(key, in: family)
                try model.delete(key, in: twin)
            case 65..<75:
                let key = RowTreeTests.keys(&random)
                #expect(try database.get(key, in: family) == model.get(key, in: twin))
            case 75..<85:
                let range = RowRange(
                    from: Bool.random(using: &random) ? RowTreeTests.keys(&random) : nil,
                    below: Bool.random(using: &random) ? RowTreeTests.keys(&random) : nil)
                let isReversed = Bool.random(using: &random)
                #expect(
                    try database.rows(range, of: family, reversed: isReversed)
                        == model.rows(range, of: twin, reversed: isReversed))
            case 85..<93:
                number += 1
                let mark = withUnsafeBytes(of: number) { Bytes(copying: $0) }
                try model.commit(mark)
                try database.commit(mark)
                if Bool.random(using: &random) { database.startWriting() }
            case 93:
                database.clear(family)
                model.clear(twin)
            case 94:
                database.drop(family)
                model.drop(twin)
            case 95:
                number += 1
                let mark = withUnsafeBytes(of: number) { Bytes(copying: $0) }
                try model.commit(mark)
                try database.commit(mark)
                try database.close()
                database = try RowDatabase(directory.path + "/rows", RowEngine(memory))
                #expect(database.openedMark == mark)
            case 96:
                // The process ends without a close; something of what was committed is on the disk.
                database = try reopen(&database, directory.path + "/rows", memory)
                let found = try #require(model.commits.first { $0.mark == database.openedMark })
                #expect(try database.dump() == found.rows)
                model = RowModel(found)
                number = database.openedMark.map { $0.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) } } ?? 0
            default: #expect(family.rowCount == twin.rowCount)
            }
        }
        #expect(try database.dump() == model.dump())
    }

    private func reopen(_ database: inout RowDatabase, _ path: String, _ memory: StateMemory) throws -> RowDatabase {
        let engine = database.engine
        database.abandon()
        return try RowDatabase(path, engine)
    }
}
