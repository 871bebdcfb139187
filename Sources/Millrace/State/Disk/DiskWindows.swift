public import KafkaProtocol

/// A window store's rows on disk: those of each window by themselves, under their keys, so that a window is dropped as a whole. (In
/// Kafka Streams windows share some segments, and each row's key has the window's start.)
@usableFromInline
final class DiskWindows: DiskStore {
    private let name: String
    private let backing: any RowBacking
    private let retentionMs: Int64
    @usableFromInline let room: DiskRoom
    @usableFromInline let wasThere: Bool
    private var windows: [Int64: DiskRows] = [:]
    /// The largest start that there has been; -1 before any.
    private var latest: Int64 = -1

    init(_ name: String, retentionMs: Int64, _ backing: any RowBacking, _ room: DiskRoom) {
        self.name = name
        self.backing = backing
        self.retentionMs = retentionMs
        self.room = room
        let names = backing.familyNames.filter { TaskDatabase.store(ofFamily: $0) == name && $0 != name }
        wasThere = !names.isEmpty
        for family in names {
            guard let start = Int64(family.dropFirst(name.count + 1)) else { continue }
            windows[start] = DiskRows(family, backing, room)
            latest = max(latest, start)
        }
    }

    @usableFromInline var rowCount: Int { windows.values.reduce(0) { $0 + $1.rowCount } }

    /// The starts of the windows that there are, in order.
    @usableFromInline var starts: [Int64] { windows.keys.sorted() }

    /// The rows of a window, which is made if need be.
    @usableFromInline
    func window(_ start: Int64) -> DiskRows {
        if let window = windows[start] { return window }
        let made = DiskRows("\(name)/\(start)", backing, room)
        windows[start] = made
        latest = max(latest, start)
        return made
    }

    /// Drops a window.
    @usableFromInline
    func drop(_ start: Int64) {
        guard let window = windows.removeValue(forKey: start) else { return }
        room.used -= window.counted
        backing.drop(window.family)
    }

    @usableFromInline
    func put(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?, timestamp: Int64, isNew: Bool) throws {
        let split = key.count - WindowLayout.startSize
        guard split >= 0 else { throw SerdeError("a window store key of \(key.count) bytes") }
        let start = Int64(bigEndian: key.loadUnaligned(fromByteOffset: split, as: Int64.self))
        // Of a window that was dropped the changelog alone is still to know.
        guard value != nil || windows[start] != nil else { return }
        try window(start).put(
            UnsafeRawBufferPointer(rebasing: key[..<split]), value, timestamp: timestamp, isNew: isNew)
    }

    /// Puts a record of the changelog back, unless its window is out of retention.
    @usableFromInline
    func restore(_ key: Bytes, _ value: Bytes?, timestamp: Int64) throws {
        let (key, start, _) = try WindowLayout.splitStart(key)
        if windows[start] == nil, value == nil || start <= latest.saturatingSubtract(retentionMs) { return }
        try window(start).restore(key, value, timestamp: timestamp)
    }

    @usableFromInline
    func clear() {
        for start in starts { drop(start) }
        latest = -1
    }
}
