import Dispatch

/// What the databases of an application share: the library, the block cache, the threads, and the settings.
///
/// Two threads work in the background, however many databases there are: one of RocksDB's that merges files, and one that
/// writes the databases' changes to files.
package final class RowEngine: Sendable {
    let library: RocksDBLibrary
    let memory: StateMemory
    // Sound as Sendable: RocksDB's functions on these may be called from any thread, and the pointers do not change.
    nonisolated(unsafe) let options: OpaquePointer
    nonisolated(unsafe) private let cache: OpaquePointer
    /// Writes changes to files, one database after the other.
    let writer = DispatchQueue(label: "millrace.rows", qos: .utility)

    /// Throws if RocksDB is not there.
    package init(_ memory: StateMemory) throws {
        let library = try RocksDBLibrary.loaded()
        self.library = library
        self.memory = memory
        guard let cache = library.cacheCreate(memory.budget / 4), let options = library.optionsCreate(),
            let table = library.tableCreate(), let filter = library.filterCreateBloom(10),
            let environment = library.environmentCreate()
        else { throw RowDatabaseError(.unusable, "starting RocksDB", "it gives no memory") }
        defer {
            library.tableDestroy(table)
            library.environmentDestroy(environment)
        }
        library.environmentSetThreads(environment, 1)
        library.tableSetCache(table, cache)
        library.tableSetCacheIndexAndFilter(table, 1)
        library.tableSetBlockSize(table, 4096)
        library.tableSetFormatVersion(table, 5)
        library.tableSetFilter(table, filter)
        library.setTableFactory(options, table)
        try library.check("setting RocksDB's options") {
            library.optionsFromText(options, Self.settings, options, $0)
        }
        self.cache = cache
        self.options = options
        // Sound: as above.
        nonisolated(unsafe) let governed = cache
        memory.governBlockCache { library.cacheSetCapacity(governed, $0) }
    }

    deinit {
        memory.governBlockCache { _ in }
        library.optionsDestroy(options)
        library.cacheDestroy(cache)
    }

    /// The bytes in the block cache.
    var blockCacheUsage: Int { library.cacheUsage(cache) }

    /// Rows come in files that are sorted already, so there is no log and next to nothing in RocksDB's own buffers.
    private static let settings = [
        "create_if_missing=true", "max_background_jobs=2", "max_subcompactions=1", "max_file_opening_threads=1",
        "write_buffer_size=65536", "compression=kNoCompression", "info_log_level=WARN_LEVEL", "keep_log_file_num=1",
        "max_log_file_size=1048576", "stats_dump_period_sec=0", "stats_persist_period_sec=0",
        "max_manifest_file_size=4194304",
    ].joined(separator: ";")
}
