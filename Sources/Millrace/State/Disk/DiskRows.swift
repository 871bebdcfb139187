public import KafkaProtocol

/// What keeps a store's rows on disk takes its changes.
@usableFromInline
protocol DiskStore: AnyObject {
    /// Whether the database had rows of the store when it was opened.
    var wasThere: Bool { get }
    /// About how many rows there are.
    var rowCount: Int { get }
    /// Puts what a store has changed, under the changelog's key; a nil value deletes a row that is there. `isNew` says whether
    /// there was no such row.
    func put(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?, timestamp: Int64, isNew: Bool) throws
    /// What was put is about to be committed.
    func prepareCommit() throws
    /// Removes all rows.
    func clear()
}

extension DiskStore {
    @usableFromInline
    func prepareCommit() throws {}
}

/// Rows on disk, in the database of a task, of which their store has some in memory as well: those used lately, and those that
/// have changed since the last flush. They are all rows of a store, or those of one window.
///
/// A value has the row's event time before it, as in Kafka Streams' stores.
///
/// It knows the rows of the database, not the `TaskDatabase`, which has it: neither would go.
@usableFromInline
final class DiskRows: DiskStore {
    private let backing: any RowBacking
    let family: RowFamily
    @usableFromInline let wasThere: Bool
    @usableFromInline let room: DiskRoom
    // Unchecked as in `KeyValueStore`.
    @exclusivity(unchecked) private var writer = ByteWriter(capacity: 256)
    /// About how many bytes the rows in memory take.
    @exclusivity(unchecked) @usableFromInline var counted = 0
    /// The hash where rows are let go of next.
    @exclusivity(unchecked) @usableFromInline var swept: UInt32 = 0

    /// The event time before a value.
    static let timeSize = 8

    init(_ name: String, _ backing: any RowBacking, _ room: DiskRoom) {
        self.backing = backing
        self.room = room
        wasThere = backing.hasFamily(name)
        family = backing.family(name)
    }

    @usableFromInline var rowCount: Int { family.rowCount }

    // MARK: - Rows

    /// The row of a key. Its bytes can be used until the next call.
    @usableFromInline
    func get(_ key: UnsafeRawBufferPointer) throws -> (timestamp: Int64, value: UnsafeRawBufferPointer)? {
        guard let row = try TaskDatabase.checked({ try backing.borrow(key, in: family) }) else { return nil }
        let found = try Self.split(row)
        room.note(value: found.value.count)
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

    @usableFromInline
    func put(
        _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?, timestamp: Int64, isNew: Bool
    ) throws {
        room.note(put: key.count &+ (value?.count ?? 0) &+ 64)
        guard let value else { return try TaskDatabase.checked { try backing.delete(key, in: family) } }
        room.note(value: value.count)
        writer.removeAll()
        writer.write(timestamp)
        writer.write(raw: value)
        try writer.withUnsafeBytes { row throws(any Error) -> Void in
            try TaskDatabase.checked { try backing.put(key, row, in: family, isNew: isNew) }
        }
    }

    /// Puts a record of the changelog back; a nil value deletes. Whether there was such a row is not looked up, so that the
    /// number of rows is only about right afterwards.
    @usableFromInline
    func restore(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?, timestamp: Int64) throws {
        if value == nil, family.rowCount == 0 { return }
        try put(key, value, timestamp: timestamp, isNew: value != nil)
    }

    /// The same with slices.
    @usableFromInline
    func restore(_ key: Bytes, _ value: Bytes?, timestamp: Int64) throws {
        try key.withUnsafeBytes { key throws(any Error) -> Void in
            guard let value else { return try restore(key, nil, timestamp: timestamp) }
            try value.withUnsafeBytes { value throws(any Error) -> Void in try restore(key, value, timestamp: timestamp) }
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
        return try scan(range, isReversed: isReversed)
    }

    func scan(_ range: RowRange, isReversed: Bool) throws -> any RowCursor {
        try TaskDatabase.checked { try backing.scan(range, of: family, reversed: isReversed) }
    }

    /// Goes to the next row of a scan.
    @usableFromInline
    func advance(_ cursor: any RowCursor) throws -> Bool { try TaskDatabase.checked { try cursor.advance() } }

    @usableFromInline
    func clear() { backing.clear(family) }
}
