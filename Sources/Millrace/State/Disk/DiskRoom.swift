/// The room that the rows have which a store on disk keeps in memory as well: its share of the application's `StateMemory`.
@usableFromInline
final class DiskRoom {
    private let share: CacheShare
    private let early: EarlyCommit
    // Unchecked as in `KeyValueStore`.
    /// About how many bytes the rows in memory take, as far as it was counted.
    @exclusivity(unchecked) @usableFromInline var used = 0
    /// How many they took when it was reported last, and how many they may take.
    @exclusivity(unchecked) @usableFromInline var reported = 0
    @exclusivity(unchecked) @usableFromInline var allowed = 0
    /// About how many bytes the value of a row takes.
    @exclusivity(unchecked) @usableFromInline var valueBytes = 0
    /// Whether no row can be let go of before the next flush is over.
    @exclusivity(unchecked) @usableFromInline var isHeld = false

    /// Whether rows have been let go of since that was asked last.
    @exclusivity(unchecked) @usableFromInline var hasBeenShort = false

    init(_ memory: StateMemory, _ early: EarlyCommit) {
        self.early = early
        share = memory.cacheShare()
        allowed = share.use(0)
    }

    @exclusivity(unchecked) private var changeBytes = 0

    /// The list of what has changed since the last flush takes `list` bytes, and with its rows about `bytes`. If that is much, it
    /// is to be committed soon, so that commits do not grow with the room.
    @usableFromInline
    func note(changes bytes: Int, list: Int) {
        used &+= list &- changeBytes
        changeBytes = list
        if bytes > allowed / 2, !isHeld { early.ask() }
    }

    /// Whether there is something to be done about it.
    @inlinable var isDue: Bool { used > reported &+ 1 << 16 || (used > allowed && !isHeld) }

    /// What rows are let go of for: a little more room than is needed at once.
    @inlinable var isEnough: Bool { used <= allowed - allowed / 16 }

    /// Says how much room is used, and is told how much there is.
    @usableFromInline
    func report() {
        reported = used
        allowed = share.use(used)
    }

    /// Rows were let go of. If that is not enough, the others belong to no commit yet, and are to.
    @usableFromInline
    func hasShrunk() {
        hasBeenShort = true
        report()
        guard !isEnough else { return }
        isHeld = true
        early.ask()
    }

    /// About how many bytes a row takes.
    @inlinable var rowBytes: Int { valueBytes &+ 128 }

    /// So many bytes were put, and belong to no commit yet.
    func note(put bytes: Int) { early.note(put: bytes) }

    /// Takes note of the size of a value.
    @usableFromInline
    func note(value bytes: Int) { valueBytes &+= (bytes &- valueBytes) / 8 }
}
