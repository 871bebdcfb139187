public import KafkaProtocol

/// A store's rows on disk, in the database of its task, of which the store has some in memory as well: those used lately, and
/// those that have changed since the last flush.
///
/// Keys are those of the changelog, which are those of Kafka Streams' stores. A value has the row's event time before it.
@usableFromInline
final class DiskRows {
    let database: TaskDatabase
    let family: RowFamily
    /// Whether the database had rows of the store when it was opened.
    let wasThere: Bool
    private let share: CacheShare
    // Unchecked as in `KeyValueStore`.
    @exclusivity(unchecked) private var writer = ByteWriter(capacity: 256)
    /// How many bytes the rows in memory may take, and how many they took when that was asked last.
    @exclusivity(unchecked) @usableFromInline var allowed = 0
    @exclusivity(unchecked) @usableFromInline var reported = 0
    /// About how many bytes the value of a row takes.
    @exclusivity(unchecked) @usableFromInline var valueBytes = 0
    /// The hash where rows are let go of next.
    @exclusivity(unchecked) @usableFromInline var swept: UInt32 = 0
    /// Whether nothing can be let go of before the next flush.
    @exclusivity(unchecked) @usableFromInline var isHeld = false

    /// The event time before a value.
    static let timeSize = 8

    init(_ store: String, _ database: TaskDatabase) {
        self.database = database
        wasThere = database.rows.familyNames.contains(store)
        family = database.rows.family(store)
        share = database.memory.cacheShare()
        allowed = share.use(0)
    }

    /// The store that a family belongs to.
    static func store(ofFamily name: String) -> String { String(name.prefix { $0 != "/" }) }

    /// The rows in memory take so many bytes.
    @usableFromInline
    func report(_ bytes: Int) {
        reported = bytes
        allowed = share.use(bytes)
    }

    /// There is no room in memory but for what belongs to no commit yet.
    @usableFromInline
    func askForCommit() { database.askForCommit() }

    // MARK: - Rows

    /// The row of a key. Its bytes can be used until the next call.
    @usableFromInline
    func get(_ key: UnsafeRawBufferPointer) throws -> (timestamp: Int64, value: UnsafeRawBufferPointer)? {
        guard let row = try database.checked({ try database.rows.borrow(key, in: family) }) else { return nil }
        let found = try Self.split(row)
        valueBytes &+= (found.value.count &- valueBytes) / 8
        return found
    }

    /// The parts of a row's bytes.
    @usableFromInline
    static func split(_ row: UnsafeRawBufferPointer) throws -> (timestamp: Int64, value: UnsafeRawBufferPointer) {
        guard row.count >= timeSize else { throw SerdeError("a row on disk of \(row.count) bytes") }
        return (
            Int64(bigEndian: row.loadUnaligned(as: Int64.self)), UnsafeRawBufferPointer(rebasing: row[timeSize...])
        )
    }

    /// Puts what a store has changed; a nil value deletes a row that is there. `isNew` says whether there was no such row.
    @usableFromInline
    func put(
        _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?, timestamp: Int64, isNew: Bool
    ) throws {
        database.note(put: key.count &+ (value?.count ?? 0) &+ 64)
        guard let value else { return try database.checked { try database.rows.delete(key, in: family) } }
        valueBytes &+= (value.count &- valueBytes) / 8
        writer.removeAll()
        writer.write(timestamp)
        writer.write(raw: value)
        try writer.withUnsafeBytes { row throws(any Error) -> Void in
            try database.checked { try database.rows.put(key, row, in: family, isNew: isNew) }
        }
    }

    /// Puts a record of the changelog back; a nil value deletes. Whether there was such a row is not looked up, so that the
    /// number of rows is only about right afterwards.
    @usableFromInline
    func restore(_ key: Bytes, _ value: Bytes?, timestamp: Int64) throws {
        try key.withUnsafeBytes { key throws(any Error) -> Void in
            guard let value else {
                if family.rowCount > 0 { try put(key, nil, timestamp: timestamp, isNew: false) }
                return
            }
            try value.withUnsafeBytes { value throws(any Error) -> Void in
                try put(key, value, timestamp: timestamp, isNew: true)
            }
        }
    }

    /// The rows in some bounds, as they are now, in the order of their keys' bytes or against it.
    @usableFromInline
    func scan(_ bounds: RowBounds, isReversed: Bool) throws -> any RowCursor {
        let range =
            switch bounds.upper {
            case .none: RowRange(from: bounds.from)
            case .through(let key): RowRange(from: bounds.from, through: key)
            case .below(let key): RowRange(from: bounds.from, below: key)
            }
        return try database.checked { try database.rows.scan(range, of: family, reversed: isReversed) }
    }

    /// Goes to the next row of a scan.
    @usableFromInline
    func advance(_ cursor: any RowCursor) throws -> Bool { try database.checked { try cursor.advance() } }

    /// Removes all rows.
    func clear() { database.rows.clear(family) }
}
