/// What keeps the rows of a store.
public enum StoreEngine: String, Sendable, Hashable, CaseIterable {
    /// Memory, with a log of rows in `StreamsConfiguration.stateDirectory` if there is one.
    case memory
    /// RocksDB, in the state directory, for more rows than memory has room for; those used lately are in memory. Its library
    /// must be installed. `StreamsConfiguration.stateMemory` bounds what all stores of the application take. All kinds can be kept
    /// so but global stores and the buffers of `suppress` and of joins with grace, which stay in memory.
    case rocksDB = "rocksdb"
}
