/// The changes that are not in files yet, in the order of their keys. One thread at a time uses it; once frozen it does not
/// change, so that it can be read by several.
final class RowBuffer: @unchecked Sendable {
    // Sound as Sendable: only the owner of the database changes it, and only until it is frozen, before it is handed to
    // the thread that writes it to a file.
    private var arena = RowArena()
    private var trees: [RowTree?] = []
    /// The numbers of the families that were dropped.
    private(set) var dropped: [UInt32] = []
    /// How many changes there were, of which later ones may have replaced earlier ones.
    private(set) var changeCount = 0
    /// How many scans go on that read this buffer.
    var scanCount = 0

    /// The memory in use.
    var size: Int { arena.size }
    var isEmpty: Bool { changeCount == 0 }

    /// The rows of the family at `place`.
    func tree(at place: Int) -> RowTree? { place < trees.count ? trees[place] : nil }

    /// Puts the value of a key; nil deletes it.
    func put(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?, at place: Int) {
        while trees.count <= place { trees.append(nil) }
        let tree = trees[place] ?? RowTree()
        tree.put(key, value, in: &arena)
        if trees[place] == nil { trees[place] = tree }
        changeCount += 1
    }

    /// Notes that the family of that number is gone, and forgets its changes.
    func drop(_ number: UInt32, at place: Int) {
        if place < trees.count { trees[place] = nil }
        dropped.append(number)
        changeCount += 1
    }
}
