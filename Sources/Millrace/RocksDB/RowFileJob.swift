import Dispatch
import Foundation
import KafkaProtocol
import Synchronization

/// Writes the changes up to a commit to a file of sorted rows, which RocksDB takes in as a whole. Runs on the engine's
/// thread for that.
final class RowFileJob: Sendable {
    /// The buffers with the changes, the newest first.
    let buffers: [RowBuffer]
    /// The commit that the file leads to.
    let mark: Bytes
    private let families: [(number: UInt32, place: Int)]
    private let catalog: Bytes
    private let engine: RowEngine
    // Sound as Sendable: RocksDB's functions on it may be called from any thread, and the database waits for the job before
    // it closes it.
    nonisolated(unsafe) private let handle: OpaquePointer
    private let directory: String
    private let outcome = Mutex<Result<Void, RowDatabaseError>?>(nil)
    private let done = DispatchGroup()

    /// What `database` has frozen, with its catalog as it is now.
    init(_ database: RowDatabase) {
        buffers = database.frozen
        families = database.families.values.map { ($0.number, $0.place) }.sorted { $0.number < $1.number }
        mark = database.catalog.mark
        catalog = database.currentCatalog.bytes
        engine = database.engine
        handle = database.handle
        directory = database.directory
    }

    func start() {
        done.enter()
        engine.writer.async {
            let result = Result { try self.write() }.mapError {
                $0 as? RowDatabaseError ?? RowDatabaseError(.inputOutput, self.operation, "\($0)")
            }
            self.outcome.withLock { $0 = result }
            self.done.leave()
        }
    }

    func wait() { done.wait() }

    /// The same without a thread that waits.
    func finished() async {
        await withCheckedContinuation { continuation in done.notify(queue: .global(qos: .utility)) { continuation.resume() } }
    }

    /// What came of it; nil while it goes on.
    var result: Result<Void, RowDatabaseError>? { outcome.withLock { $0 } }

    private var operation: String { "writing the state in \(directory)" }

    private func write() throws {
        let path = "\(directory)/changes.rows"
        let dropped = buffers.flatMap(\.dropped)
        // A process that was killed right after the file was taken in has left this second name of it, and writing to that would
        // write into the database.
        try? FileManager.default.removeItem(atPath: path)
        do {
            try writeFile(path, dropped)
            try ingest(path)
        } catch {
            try? FileManager.default.removeItem(atPath: path)
            throw error
        }
        // Only now, as their rows belong to the commit before. What lies in a file of its own goes at once.
        let library = engine.library
        for number in dropped {
            try withBounds(of: number) { from, to in
                try library.check(operation) { library.deleteFilesInRange(handle, from, 4, to, 4, $0) }
            }
        }
    }

    private func writeFile(_ path: String, _ dropped: [UInt32]) throws {
        let library = engine.library
        guard let options = library.fileOptionsCreate() else { return }
        defer { library.fileOptionsDestroy(options) }
        guard let file = library.fileCreate(options, engine.options) else { return }
        defer { library.fileDestroy(file) }
        try library.check(operation) { library.fileOpen(file, path, $0) }
        try RowCatalog.key.withUnsafeBytes { key throws in
            try catalog.withUnsafeBytes { value throws in
                try put(file, key, value)
            }
        }
        for number in dropped {
            try withBounds(of: number) { from, to in
                try library.check(operation) { library.fileDeleteRange(file, from, 4, to, 4, $0) }
            }
        }
        var key = ByteWriter(capacity: 256)
        for family in families {
            key.removeAll()
            key.write(family.number)
            var rows = RowLayers(buffers, at: family.place)
            while let row = rows.peek {
                key.truncate(to: RowFamily.prefixSize)
                key.write(raw: row.key)
                try key.withUnsafeBytes { key throws in try put(file, key, row.value) }
                rows.skip(row.key)
            }
        }
        try library.check(operation) { library.fileFinish(file, $0) }
    }

    private func put(_ file: OpaquePointer, _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?) throws {
        guard let start = key.baseAddress else { return }
        let library = engine.library
        try library.check(operation) { failure in
            if let value {
                library.filePut(file, start, key.count, value.baseAddress ?? start, value.count, failure)
            } else {
                library.fileDelete(file, start, key.count, failure)
            }
        }
    }

    private func ingest(_ path: String) throws {
        let library = engine.library
        guard let options = library.ingestOptionsCreate() else { return }
        defer { library.ingestOptionsDestroy(options) }
        library.ingestSetMove(options, 1)
        try path.withCString { path throws in
            var paths: RocksDBLibrary.Text? = path
            try library.check(operation) { library.ingest(handle, &paths, 1, options, $0) }
        }
    }

    /// Where the rows of a family begin and end in files.
    private func withBounds(of number: UInt32, _ body: (UnsafeRawPointer, UnsafeRawPointer) throws -> Void) throws {
        try withUnsafeBytes(of: (number.bigEndian, (number + 1).bigEndian)) { bounds in
            guard let start = bounds.baseAddress else { return }
            try body(start, start + 4)
        }
    }
}
