import KafkaProtocol

/// The rows of a range, from the buffers and the files of a database, as they were when it was made.
final class RowMerge: RowCursor {
    private let database: RowDatabase
    private let open: RowBuffer
    private var layers: RowLayers
    /// Nil if no rows of the family are in files.
    private let files: RowIterator?
    private let isReversed: Bool
    /// The row that it is at: one of a buffer, or that of the files.
    private var row: RowEntry?
    private var isInFiles = false

    init(_ database: RowDatabase, _ range: RowRange, _ family: RowFamily, reversed: Bool) throws {
        self.database = database
        open = database.open
        isReversed = reversed
        layers = RowLayers([database.open] + database.frozen, at: family.place, range, reversed: reversed)
        files =
            try family.isInFiles && !range.isEmpty
            ? database.noting { try RowIterator(database, range, family.number, reversed: reversed) } : nil
        open.scanCount += 1
        if let files { database.iterators[ObjectIdentifier(files)] = RowDatabase.Weak(iterator: files) }
    }

    deinit {
        open.scanCount -= 1
        if let files { database.iterators[ObjectIdentifier(files)] = nil }
    }

    func advance() throws -> Bool {
        if isInFiles { try database.noting { try files?.advance() } }
        while true {
            let inFiles = files?.key
            guard let next = layers.peek else {
                row = nil
                isInFiles = inFiles != nil
                return isInFiles
            }
            if let inFiles {
                let order = inFiles.compared(to: next.key)
                if isReversed ? order > 0 : order < 0 {
                    row = nil
                    isInFiles = true
                    return true
                }
                // That of the buffer is newer.
                if order == 0 { try database.noting { try files?.advance() } }
            }
            layers.skip(next.key)
            guard next.value != nil else { continue }
            row = next
            isInFiles = false
            return true
        }
    }

    var key: UnsafeRawBufferPointer { row?.key ?? files?.key ?? UnsafeRawBufferPointer(start: nil, count: 0) }
    var value: UnsafeRawBufferPointer { row?.value ?? files?.value ?? UnsafeRawBufferPointer(start: nil, count: 0) }
}
