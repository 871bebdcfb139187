import KafkaProtocol

/// RocksDB's C API, loaded when it is first needed: one property a function, called as `rocksdb/c.h` names it, without
/// the `rocksdb_` in front. Versions 7.8 to 10 have all of them.
struct RocksDBLibrary: Sendable {
    typealias Handle = OpaquePointer
    typealias Text = UnsafePointer<CChar>
    /// Where a function leaves its error: text that `free` takes back.
    typealias Failure = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    typealias Size = UnsafeMutablePointer<Int>

    // Options. One text sets most of them.
    let optionsCreate: @convention(c) () -> Handle?
    let optionsDestroy: @convention(c) (Handle) -> Void
    let optionsFromText: @convention(c) (_ base: Handle, Text, _ result: Handle, Failure) -> Void
    let setTableFactory: @convention(c) (Handle, _ table: Handle) -> Void
    let tableCreate: @convention(c) () -> Handle?
    let tableDestroy: @convention(c) (Handle) -> Void
    let tableSetCache: @convention(c) (Handle, _ cache: Handle) -> Void
    let tableSetCacheIndexAndFilter: @convention(c) (Handle, UInt8) -> Void
    let tablePinFirstLevel: @convention(c) (Handle, UInt8) -> Void
    let tablePartitionFilters: @convention(c) (Handle, UInt8) -> Void
    let tableSetIndexType: @convention(c) (Handle, Int32) -> Void
    let tableSetBlockSize: @convention(c) (Handle, Int) -> Void
    let tableSetFormatVersion: @convention(c) (Handle, Int32) -> Void
    let tableSetFilter: @convention(c) (Handle, _ policy: Handle) -> Void
    let filterCreateBloom: @convention(c) (_ bitsPerKey: Double) -> Handle?

    // What all databases of a process share.
    let cacheCreate: @convention(c) (_ capacity: Int) -> Handle?
    let cacheDestroy: @convention(c) (Handle) -> Void
    let cacheSetCapacity: @convention(c) (Handle, Int) -> Void
    let cacheUsage: @convention(c) (Handle) -> Int
    let environmentCreate: @convention(c) () -> Handle?
    let environmentDestroy: @convention(c) (Handle) -> Void
    let environmentSetThreads: @convention(c) (Handle, Int32) -> Void

    // A database.
    let open: @convention(c) (_ options: Handle, _ path: Text, Failure) -> Handle?
    let close: @convention(c) (Handle) -> Void
    let numberProperty: @convention(c) (Handle, Text, UnsafeMutablePointer<UInt64>) -> Int32
    let textProperty: @convention(c) (Handle, Text) -> UnsafeMutablePointer<CChar>?
    let sizes:
        @convention(c) (
            Handle, _ count: Int32, UnsafePointer<Text?>, UnsafePointer<Int>, UnsafePointer<Text?>, UnsafePointer<Int>,
            UnsafeMutablePointer<UInt64>, Failure
        ) -> Void
    let free: @convention(c) (UnsafeMutableRawPointer?) -> Void

    // Reading.
    let readOptionsCreate: @convention(c) () -> Handle?
    let readOptionsDestroy: @convention(c) (Handle) -> Void
    let setLowerBound: @convention(c) (Handle, UnsafeRawPointer, Int) -> Void
    let setUpperBound: @convention(c) (Handle, UnsafeRawPointer, Int) -> Void
    let getPinned: @convention(c) (Handle, _ options: Handle, UnsafeRawPointer, Int, Failure) -> Handle?
    let pinnedValue: @convention(c) (Handle, Size) -> UnsafeRawPointer?
    let pinnedDestroy: @convention(c) (Handle) -> Void
    let iteratorCreate: @convention(c) (Handle, _ options: Handle) -> Handle?
    let iteratorDestroy: @convention(c) (Handle) -> Void
    let iteratorSeekToFirst: @convention(c) (Handle) -> Void
    let iteratorSeekToLast: @convention(c) (Handle) -> Void
    let iteratorNext: @convention(c) (Handle) -> Void
    let iteratorPrevious: @convention(c) (Handle) -> Void
    let iteratorIsValid: @convention(c) (Handle) -> UInt8
    let iteratorKey: @convention(c) (Handle, Size) -> UnsafeRawPointer?
    let iteratorValue: @convention(c) (Handle, Size) -> UnsafeRawPointer?
    let iteratorError: @convention(c) (Handle, Failure) -> Void

    // Files of sorted rows, and putting them into a database.
    let fileOptionsCreate: @convention(c) () -> Handle?
    let fileOptionsDestroy: @convention(c) (Handle) -> Void
    let fileCreate: @convention(c) (_ fileOptions: Handle, _ options: Handle) -> Handle?
    let fileDestroy: @convention(c) (Handle) -> Void
    let fileOpen: @convention(c) (Handle, _ path: Text, Failure) -> Void
    let filePut: @convention(c) (Handle, UnsafeRawPointer, Int, UnsafeRawPointer?, Int, Failure) -> Void
    let fileDelete: @convention(c) (Handle, UnsafeRawPointer, Int, Failure) -> Void
    let fileDeleteRange: @convention(c) (Handle, UnsafeRawPointer, Int, UnsafeRawPointer, Int, Failure) -> Void
    let fileFinish: @convention(c) (Handle, Failure) -> Void
    let ingestOptionsCreate: @convention(c) () -> Handle?
    let ingestOptionsDestroy: @convention(c) (Handle) -> Void
    let ingestSetMove: @convention(c) (Handle, UInt8) -> Void
    let ingest: @convention(c) (Handle, UnsafePointer<Text?>, Int, _ options: Handle, Failure) -> Void
    let deleteFilesInRange: @convention(c) (Handle, UnsafeRawPointer, Int, UnsafeRawPointer, Int, Failure) -> Void

    /// The library, loaded with the first use.
    static func loaded() throws -> RocksDBLibrary { try library.get() }

    private static let library = Result { () throws(SystemLibrary.LoadingError) in try RocksDBLibrary() }

    private static let newestFirst = [
        "10.10", "10.9", "10.8", "10.7", "10.6", "10.5", "10.4", "10.2", "10.1", "10.0", "9.11", "9.10", "9.9", "9.8", "9.7",
        "9.6", "9.5", "9.4", "9.3", "9.2", "9.1", "9.0", "8.11", "8.10", "8.9", "8.8", "8.7", "8.6", "8.5", "8.4", "8.3", "8.1",
        "8.0", "7.10", "7.9", "7.8",
    ]

    private init() throws(SystemLibrary.LoadingError) {
        let library = try SystemLibrary(
            .init(
                feature: "state larger than memory", name: "RocksDB",
                linuxFiles: Self.newestFirst.map { "librocksdb.so.\($0)" } + ["librocksdb.so"],
                darwinFiles: ["librocksdb.10.dylib", "librocksdb.9.dylib", "librocksdb.8.dylib", "librocksdb.dylib"],
                debianPackage: "librocksdb7.8", homebrewPackage: "rocksdb"))

        optionsCreate = try library.function("rocksdb_options_create")
        optionsDestroy = try library.function("rocksdb_options_destroy")
        optionsFromText = try library.function("rocksdb_get_options_from_string")
        setTableFactory = try library.function("rocksdb_options_set_block_based_table_factory")
        tableCreate = try library.function("rocksdb_block_based_options_create")
        tableDestroy = try library.function("rocksdb_block_based_options_destroy")
        tableSetCache = try library.function("rocksdb_block_based_options_set_block_cache")
        tableSetCacheIndexAndFilter = try library.function(
            "rocksdb_block_based_options_set_cache_index_and_filter_blocks")
        tablePinFirstLevel = try library.function(
            "rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache")
        tablePartitionFilters = try library.function("rocksdb_block_based_options_set_partition_filters")
        tableSetIndexType = try library.function("rocksdb_block_based_options_set_index_type")
        tableSetBlockSize = try library.function("rocksdb_block_based_options_set_block_size")
        tableSetFormatVersion = try library.function("rocksdb_block_based_options_set_format_version")
        tableSetFilter = try library.function("rocksdb_block_based_options_set_filter_policy")
        filterCreateBloom = try library.function("rocksdb_filterpolicy_create_bloom_full")

        cacheCreate = try library.function("rocksdb_cache_create_lru")
        cacheDestroy = try library.function("rocksdb_cache_destroy")
        cacheSetCapacity = try library.function("rocksdb_cache_set_capacity")
        cacheUsage = try library.function("rocksdb_cache_get_usage")
        environmentCreate = try library.function("rocksdb_create_default_env")
        environmentDestroy = try library.function("rocksdb_env_destroy")
        environmentSetThreads = try library.function("rocksdb_env_set_background_threads")

        open = try library.function("rocksdb_open")
        close = try library.function("rocksdb_close")
        numberProperty = try library.function("rocksdb_property_int")
        textProperty = try library.function("rocksdb_property_value")
        sizes = try library.function("rocksdb_approximate_sizes")
        free = try library.function("rocksdb_free")

        readOptionsCreate = try library.function("rocksdb_readoptions_create")
        readOptionsDestroy = try library.function("rocksdb_readoptions_destroy")
        setLowerBound = try library.function("rocksdb_readoptions_set_iterate_lower_bound")
        setUpperBound = try library.function("rocksdb_readoptions_set_iterate_upper_bound")
        getPinned = try library.function("rocksdb_get_pinned")
        pinnedValue = try library.function("rocksdb_pinnableslice_value")
        pinnedDestroy = try library.function("rocksdb_pinnableslice_destroy")
        iteratorCreate = try library.function("rocksdb_create_iterator")
        iteratorDestroy = try library.function("rocksdb_iter_destroy")
        iteratorSeekToFirst = try library.function("rocksdb_iter_seek_to_first")
        iteratorSeekToLast = try library.function("rocksdb_iter_seek_to_last")
        iteratorNext = try library.function("rocksdb_iter_next")
        iteratorPrevious = try library.function("rocksdb_iter_prev")
        iteratorIsValid = try library.function("rocksdb_iter_valid")
        iteratorKey = try library.function("rocksdb_iter_key")
        iteratorValue = try library.function("rocksdb_iter_value")
        iteratorError = try library.function("rocksdb_iter_get_error")

        fileOptionsCreate = try library.function("rocksdb_envoptions_create")
        fileOptionsDestroy = try library.function("rocksdb_envoptions_destroy")
        fileCreate = try library.function("rocksdb_sstfilewriter_create")
        fileDestroy = try library.function("rocksdb_sstfilewriter_destroy")
        fileOpen = try library.function("rocksdb_sstfilewriter_open")
        filePut = try library.function("rocksdb_sstfilewriter_put")
        fileDelete = try library.function("rocksdb_sstfilewriter_delete")
        fileDeleteRange = try library.function("rocksdb_sstfilewriter_delete_range")
        fileFinish = try library.function("rocksdb_sstfilewriter_finish")
        ingestOptionsCreate = try library.function("rocksdb_ingestexternalfileoptions_create")
        ingestOptionsDestroy = try library.function("rocksdb_ingestexternalfileoptions_destroy")
        ingestSetMove = try library.function("rocksdb_ingestexternalfileoptions_set_move_files")
        ingest = try library.function("rocksdb_ingest_external_file")
        deleteFilesInRange = try library.function("rocksdb_delete_file_in_range")
    }
}
