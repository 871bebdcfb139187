/// What keeps the rows of a store.
public enum StoreEngine: String, Sendable, Hashable, CaseIterable {
    /// Memory, with a log of rows in `StreamsConfiguration.stateDirectory` if there is one.
    case memory
    /// RocksDB, in the state directory, for more rows than memory has room for; those used lately are in memory. Its library
    /// must be installed. `StreamsConfiguration.stateMemory` bounds what all stores of the application take. Key-value and window
    /// stores and their tables can be kept so.
    case rocksDB = "rocksdb"
}
