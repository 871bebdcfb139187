import KafkaProtocol

extension RowDatabase {
    /// How much there is of a store.
    struct StoreSize: Equatable {
        var rows = 0
        /// About how many bytes it takes in files.
        var bytes = 0
    }

    /// What a database has that nobody uses: the mark of its last commit, and its stores. All rows are read, so that damage
    /// shows, which is thrown.
    static func inspect(_ directory: String) throws -> (mark: Bytes?, stores: [(name: String, size: StoreSize)]) {
        let engine = try RowEngine(StateMemory(budget: StateMemory.least))
        let (handle, catalog) = try open(directory, engine)
        defer { engine.library.close(handle) }
        var stores: [String: StoreSize] = [:]
        for entry in catalog?.entries ?? [] {
            let store = TaskDatabase.store(ofFamily: entry.name)
            stores[store, default: StoreSize()].rows += try countRows(handle, engine, directory, entry.number)
            stores[store, default: StoreSize()].bytes += try bytes(handle, engine, directory, entry.number)
        }
        return (catalog?.mark, stores.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }

    private static func countRows(
        _ handle: OpaquePointer, _ engine: RowEngine, _ directory: String, _ number: UInt32
    ) throws -> Int {
        let iterator = try RowIterator(handle, engine, directory, RowRange(), number, reversed: false)
        defer { iterator.close() }
        var count = 0
        while iterator.key != nil {
            count += 1
            try iterator.advance()
        }
        return count
    }

    private static func bytes(
        _ handle: OpaquePointer, _ engine: RowEngine, _ directory: String, _ number: UInt32
    ) throws -> Int {
        var size: UInt64 = 0
        try withUnsafeBytes(of: (number.bigEndian, (number + 1).bigEndian)) { bounds in
            guard let first = bounds.baseAddress?.assumingMemoryBound(to: CChar.self) else { return }
            var (from, to): (RocksDBLibrary.Text?, RocksDBLibrary.Text?) = (first, first + 4)
            var count = 4
            try engine.library.check("reading the state in \(directory)") {
                engine.library.sizes(handle, 1, &from, &count, &to, &count, &size, $0)
            }
        }
        return Int(clamping: size)
    }
}
