import Foundation
import KafkaProtocol

/// The rows of a task in a directory, on RocksDB: `RowBacking` for state larger than memory.
///
/// RocksDB keeps the files, merges them and finds rows in them; its log and its own buffers of changes are not used. Changes
/// are kept in a `RowBuffer`, which takes a fifth of the time, and go to a file of sorted rows from time to time, together
/// with the catalog. RocksDB takes in a file as a whole, so what is found after a crash, of the process or the machine,
/// is what some commit left: families, offsets and all. What came after it is in the changelog.
///
/// Families are numbers in front of the keys, not column families: those have a buffer each, cannot be written
/// together by the C API, and come and go at other times than the rows of a commit.
final class RowDatabase: RowBacking {
    let directory: String
    let engine: RowEngine
    let openedMark: Bytes?
    /// What the opening had to set aside, to be told.
    let setAside: RowDatabaseError?

    let handle: OpaquePointer
    let readOptions: OpaquePointer
    let share: BufferShare
    var families: [String: RowFamily]
    var familyCount: Int
    var catalog: RowCatalog

    /// The changes that go on.
    var open = RowBuffer()
    /// Those before it that are not in files yet, the newest first.
    var frozen: [RowBuffer] = []
    /// Writes the last of them to a file.
    var job: RowFileJob?
    /// Whether there are changes that belong to no commit yet.
    var hasUncommitted = false
    /// The mark that is in files.
    var writtenMark: Bytes?
    /// Why the last file could not be written, and when to try again.
    var failure: RowDatabaseError?
    var nextAttempt: ContinuousClock.Instant?
    /// Keeps files from being written faster than they are merged.
    var pace = MergePace()
    /// The scans that read files, which must end before the database is closed.
    var iterators: [ObjectIdentifier: Weak] = [:]
    /// The value last given out, if RocksDB has it.
    private var pinned: OpaquePointer?
    /// The last key looked for, with its family's number.
    private var keyRoom = UnsafeMutableRawBufferPointer.allocate(byteCount: 256, alignment: 8)
    private var isClosed = false
    /// Why this database cannot be used any more.
    private var fault: RowDatabaseError?

    struct Weak {
        weak var iterator: RowIterator?
    }

    /// Opens the database in `directory`, or makes one. One that is damaged is set aside first: its directory gets another
    /// name, and the state comes back from the changelog.
    init(_ directory: String, _ engine: RowEngine) throws {
        var setAside: RowDatabaseError?
        let opened: (handle: OpaquePointer, catalog: RowCatalog?)
        do {
            opened = try Self.open(directory, engine)
        } catch let error as RowDatabaseError where error.kind == .damaged {
            setAside = error
            try Self.setAside(directory)
            opened = try Self.open(directory, engine)
        }
        guard let readOptions = engine.library.readOptionsCreate() else {
            throw RowDatabaseError(.unusable, "opening \(directory)", "RocksDB gives no memory")
        }
        self.directory = directory
        self.engine = engine
        self.setAside = setAside
        self.readOptions = readOptions
        handle = opened.handle
        catalog = opened.catalog ?? RowCatalog()
        openedMark = opened.catalog?.mark
        writtenMark = openedMark
        families = [:]
        familyCount = catalog.entries.count
        share = engine.memory.bufferShare()
        for (place, entry) in catalog.entries.enumerated() {
            families[entry.name] = RowFamily(
                name: entry.name, number: entry.number, place: place, rowCount: Int(entry.rowCount), isInFiles: true)
        }
    }

    deinit {
        abandon()
        keyRoom.deallocate()
    }

    static func open(_ directory: String, _ engine: RowEngine) throws -> (handle: OpaquePointer, catalog: RowCatalog?) {
        let operation = "opening the state in \(directory)"
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw RowDatabaseError(.inputOutput, operation, "IO error: \(error.localizedDescription)")
        }
        // Without its own list of files RocksDB begins anew. A file that is not in the list is one that was about to be taken in.
        let names = try FileManager.default.contentsOfDirectory(atPath: directory)
        let hasLostFiles = names.contains { $0.hasSuffix(".sst") } && !names.contains("CURRENT")
        let library = engine.library
        guard let handle = try library.check(operation, { library.open(engine.options, directory, $0) }) else {
            throw RowDatabaseError(.unusable, operation, "RocksDB says nothing")
        }
        do {
            let catalog = try readCatalog(handle, library, operation)
            if catalog == nil, hasLostFiles {
                throw RowDatabaseError(.damaged, operation, "Corruption: there are files of rows, but no catalog of them")
            }
            return (handle, catalog)
        } catch {
            library.close(handle)
            throw error
        }
    }

    private static func readCatalog(
        _ handle: OpaquePointer, _ library: RocksDBLibrary, _ operation: String
    ) throws -> RowCatalog? {
        guard let options = library.readOptionsCreate() else { return nil }
        defer { library.readOptionsDestroy(options) }
        let found = try RowCatalog.key.withUnsafeBytes { key throws -> OpaquePointer? in
            guard let start = key.baseAddress else { return nil }
            return try library.check(operation) { library.getPinned(handle, options, start, key.count, $0) }
        }
        guard let found else { return nil }
        defer { library.pinnedDestroy(found) }
        var count = 0
        let value = library.pinnedValue(found, &count)
        do {
            return try RowCatalog(Bytes(copying: UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : count)))
        } catch let error as RowCatalog.NewerVersion {
            throw RowDatabaseError(.unusable, operation, "\(error)")
        } catch {
            throw RowDatabaseError(.damaged, operation, "Corruption: the catalog cannot be read: \(error)")
        }
    }

    static let damagedSuffix = ".damaged"

    /// Gives the directory of a damaged database another name, in place of one that was set aside before.
    private static func setAside(_ directory: String) throws {
        let other = directory + damagedSuffix
        do {
            if FileManager.default.fileExists(atPath: other) { try FileManager.default.removeItem(atPath: other) }
            try FileManager.default.moveItem(atPath: directory, toPath: other)
        } catch {
            throw RowDatabaseError(
                .inputOutput, "setting the damaged state in \(directory) aside", "IO error: \(error.localizedDescription)")
        }
    }

    /// What can be done with the database now; throws what has gone wrong before.
    func checkUse() throws {
        if let fault { throw fault }
        if isClosed { throw RowDatabaseError(.misuse, "using the state in \(directory)", "it is closed") }
    }

    /// Notes what RocksDB said, if it means the end of the database.
    func noting<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch let error as RowDatabaseError {
            if error.kind == .damaged { fault = error }
            throw error
        }
    }

    // MARK: - Families

    var familyNames: [String] { families.keys.sorted() }

    func hasFamily(_ name: String) -> Bool { families[name] != nil }

    func family(_ name: String) -> RowFamily {
        if let family = families[name] { return family }
        let family = RowFamily(name: name, number: nextNumber(), place: nextPlace())
        families[name] = family
        return family
    }

    func clear(_ family: RowFamily) {
        changeable().drop(family.number, at: family.place)
        family.number = nextNumber()
        family.place = nextPlace()
        family.rowCount = 0
        family.isInFiles = false
    }

    func drop(_ family: RowFamily) {
        changeable().drop(family.number, at: family.place)
        families[family.name] = nil
    }

    private func nextNumber() -> UInt32 {
        defer { catalog.nextNumber += 1 }
        return catalog.nextNumber
    }

    private func nextPlace() -> Int {
        defer { familyCount += 1 }
        return familyCount
    }

    // MARK: - Reading

    func borrow(_ key: UnsafeRawBufferPointer, in family: RowFamily) throws -> UnsafeRawBufferPointer? {
        releasePinned()
        if let row = open.tree(at: family.place)?.find(key) { return row.value }
        for buffer in frozen {
            if let row = buffer.tree(at: family.place)?.find(key) { return row.value }
        }
        guard family.isInFiles else { return nil }
        try checkUse()
        let library = engine.library
        let (handle, readOptions) = (handle, readOptions)
        let found = try withFileKey(key, family.number) { start, count in
            try noting {
                try library.check("reading the state in \(directory)") {
                    library.getPinned(handle, readOptions, start, count, $0)
                }
            }
        }
        guard let found else { return nil }
        pinned = found
        var count = 0
        let value = library.pinnedValue(found, &count)
        return UnsafeRawBufferPointer(start: value, count: count)
    }

    private func releasePinned() {
        guard let pinned else { return }
        engine.library.pinnedDestroy(pinned)
        self.pinned = nil
    }

    /// The key as it is in files: with the number of its family in front.
    private func withFileKey<R>(
        _ key: UnsafeRawBufferPointer, _ number: UInt32, _ body: (UnsafeRawPointer, Int) throws -> R
    ) throws -> R {
        let count = RowFamily.prefixSize + key.count
        if count > keyRoom.count {
            keyRoom.deallocate()
            keyRoom = .allocate(byteCount: count * 2, alignment: 8)
        }
        keyRoom.storeBytes(of: number.bigEndian, as: UInt32.self)
        UnsafeMutableRawBufferPointer(rebasing: keyRoom[RowFamily.prefixSize..<count]).copyMemory(from: key)
        guard let start = keyRoom.baseAddress else { throw RowDatabaseError(.misuse, "reading a row", "no memory") }
        return try body(start, count)
    }

    func scan(_ range: RowRange, of family: RowFamily, reversed: Bool) throws -> any RowCursor {
        try checkUse()
        return try RowMerge(self, range, family, reversed: reversed)
    }

    // MARK: - Changes

    func put(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, in family: RowFamily, isNew: Bool) throws {
        guard key.count + value.count < Int(Int32.max) else {
            throw RowDatabaseError(
                .misuse, "changing the state in \(directory)", "a row of \(key.count + value.count) bytes is too large")
        }
        changeable().put(key, value, at: family.place)
        if isNew { family.rowCount += 1 }
    }

    func delete(_ key: UnsafeRawBufferPointer, in family: RowFamily) throws {
        changeable().put(key, nil, at: family.place)
        family.rowCount -= 1
    }

    /// The open buffer; a new one if scans go on that read it.
    private func changeable() -> RowBuffer {
        hasUncommitted = true
        if open.scanCount > 0 { freeze() }
        return open
    }

    /// Makes a new buffer for what is changed from now on.
    func freeze() {
        guard !open.isEmpty else { return }
        frozen.insert(open, at: 0)
        open = RowBuffer()
    }

    // MARK: - The end

    func close() throws {
        defer { abandon() }
        try checkUse()
        try writeOut()
    }

    /// Closes without writing anything more. A damaged database is set aside.
    func abandon() {
        guard !isClosed else { return }
        isClosed = true
        job?.wait()
        releasePinned()
        for weak in iterators.values { weak.iterator?.close() }
        engine.library.readOptionsDestroy(readOptions)
        engine.library.close(handle)
        if fault?.kind == .damaged { try? Self.setAside(directory) }
    }
}
