import Dispatch

#if canImport(Glibc)
    import Glibc
#endif

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
        library.tablePinFirstLevel(table, 1)
        // In pieces of a block each: a whole filter is megabytes, which would be read anew for one key when the cache is short of room.
        library.tablePartitionFilters(table, 1)
        library.tableSetIndexType(table, Self.indexInTwoLevels)
        library.tableSetBlockSize(table, 4096)
        library.tableSetFormatVersion(table, 5)
        library.tableSetFilter(table, filter)
        library.setTableFactory(options, table)
        try library.check("setting RocksDB's options") {
            library.optionsFromText(options, Self.settings, options, $0)
        }
        Self.shareArenas()
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

    /// RocksDB's `kTwoLevelIndexSearch`, which filters in pieces need.
    private static let indexInTwoLevels: Int32 = 2

    /// Has glibc's `malloc` keep two arenas in place of eight a core: blocks that one thread reads and another drops from the
    /// cache leave holes in each of them, and twice as much memory is taken as is used. Those that there are stay, so programs
    /// do this before they start threads.
    package static func shareArenas() {
        #if canImport(Glibc)
            // `malloc.h` is not in the module: the parameter is its `M_ARENA_MAX`.
            typealias SetOption = @convention(c) (_ parameter: Int32, _ value: Int32) -> Int32
            guard let function = dlsym(nil, "mallopt") else { return }
            // Sound: the function has this type wherever it is.
            _ = unsafeBitCast(function, to: SetOption.self)(-8, 2)
        #endif
    }

    /// Rows come in files that are sorted already, so there is no log and nothing in RocksDB's own buffers. Their size matters
    /// nevertheless: indexes and filters of new files of up to one and a half times of it are looked at without the cache.
    ///
    /// Levels are filled from the last one on. Else the first files would stay on levels of their own, one on each, and each look-up
    /// would have to ask all of them.
    private static let settings = [
        "create_if_missing=true", "max_background_jobs=2", "max_subcompactions=1", "max_file_opening_threads=1",
        "write_buffer_size=67108864", "arena_block_size=65536", "level_compaction_dynamic_level_bytes=true",
        "compression=kNoCompression", "info_log_level=WARN_LEVEL", "keep_log_file_num=1",
        "max_log_file_size=1048576", "stats_dump_period_sec=0", "stats_persist_period_sec=0",
        "max_manifest_file_size=4194304",
    ].joined(separator: ";")
}
