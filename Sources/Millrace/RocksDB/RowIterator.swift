import KafkaProtocol

/// The rows of a range in the files of a database, as they were when it was made.
final class RowIterator {
    private let library: RocksDBLibrary
    private let operation: String
    private var options: OpaquePointer?
    private var iterator: OpaquePointer?
    private let isReversed: Bool
    // RocksDB refers to the bounds as long as the iterator is there.
    private let lower: UnsafeMutableRawBufferPointer
    private let upper: UnsafeMutableRawBufferPointer

    /// Goes to the first row, if there is one.
    convenience init(_ database: RowDatabase, _ range: RowRange, _ number: UInt32, reversed: Bool) throws {
        try self.init(database.handle, database.engine, database.directory, range, number, reversed: reversed)
    }

    init(
        _ handle: OpaquePointer, _ engine: RowEngine, _ directory: String, _ range: RowRange, _ number: UInt32, reversed: Bool
    ) throws {
        library = engine.library
        operation = "reading the state in \(directory)"
        isReversed = reversed
        lower = Self.fileKey(number, range.lower)
        upper = range.upper.map { Self.fileKey(number, $0) } ?? Self.fileKey(number + 1, nil)
        options = library.readOptionsCreate()
        guard let options, let low = lower.baseAddress, let high = upper.baseAddress else { throw closed }
        library.setLowerBound(options, low, lower.count)
        library.setUpperBound(options, high, upper.count)
        iterator = library.iteratorCreate(handle, options)
        guard let iterator else { throw closed }
        reversed ? library.iteratorSeekToLast(iterator) : library.iteratorSeekToFirst(iterator)
        try check()
    }

    deinit {
        close()
        lower.deallocate()
        upper.deallocate()
    }

    /// Gives back what it holds. It must be closed before its database is.
    func close() {
        if let iterator { library.iteratorDestroy(iterator) }
        if let options { library.readOptionsDestroy(options) }
        iterator = nil
        options = nil
    }

    private var closed: RowDatabaseError { RowDatabaseError(.misuse, operation, "the database is closed") }

    private static func fileKey(_ number: UInt32, _ key: Bytes?) -> UnsafeMutableRawBufferPointer {
        let count = RowFamily.prefixSize + (key?.count ?? 0)
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 4)
        room.storeBytes(of: number.bigEndian, as: UInt32.self)
        key?.withUnsafeBytes { key in
            UnsafeMutableRawBufferPointer(rebasing: room[RowFamily.prefixSize...]).copyMemory(from: key)
        }
        return room
    }

    /// The key of the row that it is at; nil at the end.
    var key: UnsafeRawBufferPointer? {
        guard let iterator, library.iteratorIsValid(iterator) != 0 else { return nil }
        var count = 0
        guard let start = library.iteratorKey(iterator, &count), count >= RowFamily.prefixSize else { return nil }
        return UnsafeRawBufferPointer(start: start + RowFamily.prefixSize, count: count - RowFamily.prefixSize)
    }

    /// The value of the row that it is at.
    var value: UnsafeRawBufferPointer {
        var count = 0
        guard let iterator, let start = library.iteratorValue(iterator, &count) else { return .init(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: start, count: count)
    }

    func advance() throws {
        guard let iterator else { throw closed }
        guard library.iteratorIsValid(iterator) != 0 else { return }
        isReversed ? library.iteratorPrevious(iterator) : library.iteratorNext(iterator)
        try check()
    }

    private func check() throws {
        guard let iterator, library.iteratorIsValid(iterator) == 0 else { return }
        try library.check(operation) { library.iteratorError(iterator, $0) }
    }
}
