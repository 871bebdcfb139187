import Foundation
import KafkaProtocol
import Testing

@testable import Millrace

/// Tests that need RocksDB. `Tests/System/run` installs it and runs them.
let hasRocksDB = (try? RocksDBLibrary.loaded()) != nil

@Suite(.enabled(if: hasRocksDB, "RocksDB is not installed (apt-get install librocksdb7.8)"))
struct RowDatabaseTests {
    private let directory = TemporaryDirectory()
    private let memory = StateMemory(budget: 64 << 20)

    private func open() throws -> RowDatabase { try RowDatabase(directory.path + "/rows", RowEngine(memory)) }

    @Test func `What was committed is there after a close, in all families`() throws {
        do {
            let database = try open()
            #expect(database.openedMark == nil)
            #expect(database.setAside == nil)
            let (counts, windows) = (database.family("counts"), database.family("windows.0"))
            try database.put(Bytes(utf8: "a"), [1], in: counts)
            try database.put(Bytes(utf8: "b"), [2], in: counts)
            try database.put(Bytes(utf8: "a"), [3], in: windows)
            try database.commit(Bytes(utf8: "first"))
            try database.delete(Bytes(utf8: "a"), in: counts)
            try database.put(Bytes(), Bytes(), in: counts)
            try database.commit(Bytes(utf8: "second"))
            try database.close()
        }
        let database = try open()
        #expect(database.openedMark == Bytes(utf8: "second"))
        #expect(database.familyNames == ["counts", "windows.0"])
        let counts = database.family("counts")
        #expect(counts.rowCount == 2)
        #expect(try database.get(Bytes(utf8: "a"), in: counts) == nil)
        #expect(try database.get(Bytes(utf8: "b"), in: counts) == [2])
        #expect(try database.get(Bytes(), in: counts) == Bytes())
        #expect(try database.get(Bytes(utf8: "a"), in: database.family("windows.0")) == [3])
        try database.close()
    }

    @Test func `What came after the last commit is given up`() throws {
        do {
            let database = try open()
            let family = database.family("f")
            try database.put([1], [1], in: family)
            try database.commit([1])
            try database.writeOut()
            try database.put([2], [2], in: family)
            try database.close()
        }
        let database = try open()
        #expect(try database.dump() == ["f": [[1]: [1]]])
        #expect(database.family("f").rowCount == 1)
    }

    /// Commits more changes than there is room for, and gives the file that is waited for; `beforeCommit` comes in between.
    private func jobWithoutRoom(_ database: RowDatabase, beforeCommit: () throws -> Void = {}) throws -> RowFileJob {
        let value = Bytes([UInt8](repeating: 7, count: 1 << 20))
        for key in 0..<20 as Range<UInt8> {
            try database.put(Bytes([key]), value, in: database.family("f"))
            #expect(try database.blockage() == nil, "what belongs to no commit cannot be written")
        }
        try beforeCommit()
        // What is to be written waits until the test has seen it.
        database.engine.writer.suspend()
        defer { database.engine.writer.resume() }
        try database.commit([1])
        guard case .writing(let job)? = try database.blockage() else { throw CancellationError() }
        return job
    }

    @Test func `Changes without room wait until their file is written, and no thread with them`() async throws {
        let database = try open()
        try await jobWithoutRoom(database).finished()
        #expect(try database.blockage() == nil)
        #expect(database.writtenMark == [1])
        #expect(memory.usage.buffers < 1 << 20)
        try database.close()
    }

    @Test func `Changes without room fail if they cannot be written`() async throws {
        let database = try open()
        let job = try jobWithoutRoom(database) {
            try FileManager.default.removeItem(atPath: directory.path + "/rows")
        }
        await job.finished()
        #expect(throws: RowDatabaseError.self) { try database.blockage() }
    }

    @Test func `A mark alone is kept, too`() throws {
        do {
            let database = try open()
            try database.commit([1])
            try database.close()
        }
        do {
            let database = try open()
            #expect(database.openedMark == [1])
            try database.commit([2])
            try database.close()
        }
        #expect(try open().openedMark == [2])
    }

    @Test(arguments: [false, true])
    func `A scan does not see what is changed meanwhile`(isReversed: Bool) throws {
        let database = try open()
        let family = database.family("f")
        for number in 0..<100 as Range<UInt8> { try database.put([number], [1], in: family) }
        try database.commit([1])
        try database.writeOut()
        for number in 100..<200 as Range<UInt8> { try database.put([number], [1], in: family) }
        try database.commit([2])

        let scan = try database.scan(RowRange(), of: family, reversed: isReversed)
        for _ in 0..<50 { #expect(try scan.advance()) }
        for number in 0..<250 as Range<UInt8> { try database.put([number], [2], in: family) }
        try database.delete([120], in: family)
        try database.commit([3])
        try database.writeOut()
        database.clear(family)
        try database.commit([4])
        try database.writeOut()
        let rest = try scan.all()
        #expect(rest.count == 150)
        #expect(rest.allSatisfy { $0[1] == [1] })
        #expect(rest.map { $0[0] } == (isReversed ? (0..<150).reversed().map { [$0] } : (50..<200).map { [$0] }))
        #expect(try database.rows(of: family).isEmpty)
        try database.close()
        #expect(throws: RowDatabaseError.self) { _ = try database.scan(RowRange(), of: family, reversed: false) }
    }

    @Test func `A scan that is still there does not hinder the close`() throws {
        let database = try open()
        let family = database.family("f")
        try database.put([1], [1], in: family)
        try database.put([2], [1], in: family)
        try database.commit([1])
        try database.writeOut()
        let scan = try database.scan(RowRange(), of: family, reversed: false)
        #expect(try scan.advance())
        try database.close()
        #expect(throws: RowDatabaseError.self) { try scan.advance() }
    }

    @Test func `A family that was dropped is gone, and one of its name begins anew`() throws {
        do {
            let database = try open()
            for segment in 0..<5 {
                let family = database.family("w.\(segment)")
                for number in 0..<1000 as Range<UInt32> {
                    try withUnsafeBytes(of: number.bigEndian) { try database.put($0, $0, in: family, isNew: true) }
                }
                try database.commit([UInt8(segment)])
                try database.writeOut()
            }
            database.drop(database.family("w.1"))
            database.clear(database.family("w.2"))
            try database.put([1], [1], in: database.family("w.2"))
            try database.commit([9])
            try database.close()
        }
        let database = try open()
        #expect(database.familyNames == ["w.0", "w.2", "w.3", "w.4"])
        #expect(try database.rows(of: database.family("w.2")) == [[[1], [1]]])
        #expect(try database.rows(of: database.family("w.1")).isEmpty)
        #expect(database.family("w.1").rowCount == 0)
        #expect(try database.rows(of: database.family("w.0")).count == 1000)
    }

    @Test func `A second opening is refused, with a word that says what to do`() throws {
        let database = try open()
        let error = #expect(throws: RowDatabaseError.self) { _ = try open() }
        #expect(error?.kind == .locked)
        #expect("\(try #require(error))".contains("another process"))
        try database.close()
        _ = try open()
    }

    @Test func `Damaged files are found at the opening, set aside and told`() throws {
        let path = directory.path + "/rows"
        do {
            let database = try open()
            for number in 0..<1000 as Range<UInt32> {
                try withUnsafeBytes(of: number.bigEndian) {
                    try database.put($0, $0, in: database.family("f"), isNew: true)
                }
            }
            try database.commit([1])
            try database.close()
        }
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: path).first { $0.hasSuffix(".sst") })
        try FileManager.default.removeItem(atPath: "\(path)/\(name)")
        do {
            let database = try open()
            #expect(database.setAside?.kind == .damaged)
            #expect("\(try #require(database.setAside))".contains("changelog"))
            #expect(database.openedMark == nil)
            #expect(database.familyNames.isEmpty)
            try database.commit([2])
            try database.close()
        }
        #expect(FileManager.default.fileExists(atPath: path + ".damaged"))
        #expect(try open().openedMark == [2])
    }

    @Test func `A kill right after a file was taken in leaves a second name of it, which is not written to`() throws {
        let path = directory.path + "/rows"
        func commit(_ number: UInt8) throws {
            let database = try open()
            #expect(database.setAside == nil)
            for key in 0..<100 as Range<UInt8> { try database.put(Bytes([key]), Bytes([number]), in: database.family("f")) }
            try database.commit([number])
            try database.close()
        }
        try commit(1)
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: path).first { $0.hasSuffix(".sst") })
        try FileManager.default.linkItem(atPath: "\(path)/\(name)", toPath: "\(path)/changes.rows")
        let before = try Data(contentsOf: URL(filePath: "\(path)/\(name)"))
        try commit(2)
        if let after = try? Data(contentsOf: URL(filePath: "\(path)/\(name)")) { #expect(after == before) }
        try commit(3)
        let database = try open()
        #expect(database.setAside == nil && database.openedMark == [3])
        for key in 0..<100 as Range<UInt8> { #expect(try database.get(Bytes([key]), in: database.family("f")) == Bytes([3])) }
    }

    @Test func `A kill right before the first file was taken in is no damage, and lost files are`() throws {
        let path = directory.path + "/rows"
        try open().close()
        try Data("a file that nothing refers to".utf8).write(to: URL(filePath: "\(path)/000099.sst"))
        do {
            let database = try open()
            #expect(database.setAside == nil)
            try database.commit([1])
            try database.put([1], [1], in: database.family("f"))
            try database.commit([2])
            try database.close()
        }
        try FileManager.default.removeItem(atPath: "\(path)/CURRENT")
        #expect(try open().setAside?.kind == .damaged)
    }

    @Test func `Flipped bytes never give other rows: they are found, and the database is set aside at its close`() throws {
        let path = directory.path + "/rows"
        var random = SeededRandom(seed: 7)
        var found = 0
        for _ in 0..<12 {
            let model = RowModel()
            do {
                let database = try open()
                for number in 0..<2000 as Range<UInt32> {
                    try withUnsafeBytes(of: number.bigEndian) {
                        try database.put($0, $0, in: database.family("f"), isNew: true)
                        try model.put($0, $0, in: model.family("f"), isNew: true)
                    }
                }
                try database.commit([1])
                try database.close()
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".sst") }
            let file = path + "/" + (try #require(names.randomElement(using: &random)))
            var content = try Data(contentsOf: URL(fileURLWithPath: file))
            let at = Int.random(in: 0..<content.count, using: &random)
            content[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            try content.write(to: URL(fileURLWithPath: file))
            do {
                let database = try open()
                if database.setAside == nil {
                    #expect(try database.dump() == model.dump())
                    try database.close()
                } else {
                    found += 1
                }
            } catch let error as RowDatabaseError {
                #expect(error.kind == .damaged)
                found += 1
            }
            try? FileManager.default.removeItem(atPath: path)
        }
        #expect(found >= 6)
    }

    @Test func `A database whose directory cannot be written says so`() throws {
        let file = directory.path + "/file"
        try FileManager.default.createDirectory(atPath: directory.path, withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: file))
        let error = #expect(throws: RowDatabaseError.self) { _ = try RowDatabase(file + "/rows", RowEngine(memory)) }
        #expect(error?.kind == .inputOutput)
    }
}

struct RowCatalogTests {
    @Test func `A catalog is read as it was written`() throws {
        var catalog = RowCatalog()
        catalog.nextNumber = 8
        catalog.mark = Bytes(utf8: "mark")
        catalog.entries = [.init(name: "a", number: 3, rowCount: 5), .init(name: "caf\u{e9}", number: 7, rowCount: 0)]
        #expect(try RowCatalog(catalog.bytes) == catalog)
    }

    @Test func `A newer format is refused with a word, a cut one too`() throws {
        var bytes = RowCatalog().bytes.array
        #expect(throws: (any Error).self) { _ = try RowCatalog(Bytes(bytes.dropLast())) }
        bytes[0] = 2
        let error = #expect(throws: RowCatalog.NewerVersion.self) { _ = try RowCatalog(Bytes(bytes)) }
        #expect("\(try #require(error))".contains("newer Millrace"))
    }
}

struct RowDatabaseErrorTests {
    @Test func `What RocksDB says is told with what to do`() {
        func kind(_ reason: String) -> RowDatabaseError.Kind { RowDatabaseError("opening", reason: reason).kind }
        #expect(kind("IO error: While lock file: /s/LOCK: Resource temporarily unavailable") == .locked)
        #expect(kind("IO error: lock hold by current process, acquire time 1: /s/LOCK: No locks available") == .locked)
        #expect(kind("IO error: No space left on device: While appending to file: /s/1.sst") == .diskFull)
        #expect(kind("Corruption: block checksum mismatch in file /s/1.sst") == .damaged)
        #expect(kind("IO error: No such file or directory: While open a file: /s/MANIFEST-1") == .damaged)
        #expect(kind("IO error: While open a file: /s/1.sst: Too many open files") == .inputOutput)
        #expect("\(RowDatabaseError("opening", reason: "IO error: /s: Too many open files"))".contains("ulimit"))
        #expect(RowDatabaseError("writing", reason: "IO error: No space left on device: x").isRetriable)
    }

    @Test func `Without RocksDB the error names the package`() {
        do {
            _ = try RocksDBLibrary.loaded()
        } catch {
            #expect("\(error)".contains("apt-get install librocksdb7.8"))
        }
    }
}
