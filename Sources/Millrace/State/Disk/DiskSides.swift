import KafkaProtocol

/// The waiting records of a join on disk: those of each side by themselves, under the changelog's keys, whose order is that in which
/// they leave.
@usableFromInline
final class DiskSides: DiskStore {
    @usableFromInline let left: DiskRows
    @usableFromInline let right: DiskRows
    @usableFromInline let context: TaskContext

    init(_ name: String, _ backing: any RowBacking, _ room: DiskRoom, _ context: TaskContext) {
        left = DiskRows("\(name)/left", backing, room)
        right = DiskRows("\(name)/right", backing, room)
        self.context = context
    }

    @usableFromInline var room: DiskRoom { left.room }
    @usableFromInline var wasThere: Bool { left.wasThere || right.wasThere }
    @usableFromInline var rowCount: Int { left.rowCount + right.rowCount }

    /// Whether there is such a row is looked up, as a store does not know it of what came and went between two flushes.
    @usableFromInline
    func put(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?, timestamp: Int64, isNew: Bool) throws {
        let side = try WaitingRecords.isLeft(key) ? left : right
        let isThere = try side.get(key) != nil
        guard value != nil || isThere else { return }
        try side.put(key, value, timestamp: timestamp, isNew: !isThere)
    }

    @usableFromInline
    func clear() {
        left.clear()
        right.clear()
    }
}
