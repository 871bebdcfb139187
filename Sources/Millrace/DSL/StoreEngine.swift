/// What keeps the rows of a store.
public enum StoreEngine: String, Sendable, Hashable, CaseIterable {
    /// Memory, with a log of rows in `StreamsConfiguration.stateDirectory` if there is one.
    case memory
    /// RocksDB, in the state directory, for more rows than memory has room for; those used lately are in memory. Its library
    /// must be installed. `StreamsConfiguration.stateMemory` bounds what all stores of the application take. Key-value, window and
    /// session stores and the stores of stream joins can be kept so; others stay in memory.
    case rocksDB = "rocksdb"
}
