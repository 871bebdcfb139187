import KafkaProtocol

/// The database of a task, for one life of it: the rows of those of its stores that are kept on disk. The mark of each commit is
/// a `TaskMark` with the positions of the stores.
///
/// Rows are put when their stores flush, and belong to a commit once it is confirmed: what is not confirmed is given up with the
/// life of the task, as the database writes nothing to files meanwhile.
///
/// Sound as Sendable: it belongs to the task, whose turns use it one at a time.
package final class TaskDatabase: @unchecked Sendable {
    let rows: any RowBacking
    let memory: StateMemory
    /// What the last commit found at the opening left; nil if there was none.
    private let opened: TaskMark?
    private var positions = StorePositions()
    private var stores: [String: any DiskStore] = [:]
    /// When changes are to go to files next, however few, by the wall clock, and after how long again.
    private var nextWrite: Int64 = 0
    private var pause: Int64 = 100
    private let early: EarlyCommit
    /// Whether the task is to commit soon, as what belongs to no commit yet takes much memory.
    var wantsCommit: Bool { early.isWanted }

    /// After which time changes go to files, however few: what a crash leaves to the changelog, and no file may grow older than
    /// deletions stay there. At first it is less.
    static let longestInMemory: Int64 = 12_800

    /// What the opening had to set aside, to be told.
    private(set) var damage: String?

    /// Opens the database in a directory, or makes one. One that is damaged is set aside. Throws `StreamsError`.
    package convenience init(_ directory: String, _ engine: RowEngine) throws {
        do {
            let database = try RowDatabase(directory, engine)
            self.init(database, engine.memory)
            damage = database.setAside.map { "state on disk is damaged, so that it is read from its topics: \($0)" }
        } catch let error as RowDatabaseError {
            throw Self.unusable(error)
        }
    }

    init(_ rows: any RowBacking, _ memory: StateMemory) {
        self.rows = rows
        self.memory = memory
        early = EarlyCommit(memory)
        opened = rows.openedMark.flatMap { try? TaskMark($0) }
    }

    /// The rows of a store.
    func rows(of store: String, _ layout: DiskLayout, _ context: TaskContext) -> any DiskStore {
        if let found = stores[store] { return found }
        let room = DiskRoom(memory, early)
        let made: any DiskStore =
            switch layout {
            case .rows: DiskRows(store, rows, room)
            case .windows(let retention): DiskWindows(store, retentionMs: retention, rows, room)
            case .entries(let layout, let retention):
                DiskEntries(store, layout, retentionMs: retention, rows, room, context)
            case .versions(let retention): DiskEntries(store, nil, retentionMs: retention, rows, room, context)
            case .waiting: DiskSides(store, rows, room, context)
            }
        stores[store] = made
        return made
    }

    /// Whether the store has its rows here.
    func has(_ store: String) -> Bool { stores[store] != nil }

    /// About how many rows a store has.
    func rowCount(of store: String) -> Int64 { Int64(stores[store]?.rowCount ?? 0) }

    /// Why changes cannot be written to files, if they cannot. They stay in memory, as far as there is room.
    var failure: RowDatabaseError? { rows.failure }

    /// The store that a family belongs to: windows have families of their own.
    static func store(ofFamily name: String) -> String { String(name.prefix { $0 != "/" }) }

    // MARK: - Opening

    /// Whether the rows found of a store can be gone on from, and up to where the topic is in them. If not, they are removed.
    func verdict(on store: String, _ source: StateVerdict.Source, now: Int64) -> StateVerdict {
        guard let disk = stores[store] else { return .none }
        let verdict: StateVerdict = disk.wasThere ? StateVerdict(opened?.marker(of: store), source, now: now) : .none
        switch verdict {
        case .use(let position): positions[store] = position
        case .setAside: disk.clear()
        case .none: if disk.wasThere { disk.clear() }
        }
        return verdict
    }

    /// Removes the rows of stores that no topic can restore, as a start finds such stores empty, and of those that are not the
    /// task's any more.
    func clear(except restored: Set<String>) {
        for (name, disk) in stores where !restored.contains(name) { disk.clear() }
        for name in rows.familyNames where stores[Self.store(ofFamily: name)] == nil { rows.drop(rows.family(name)) }
    }

    // MARK: - Commits

    /// A store is restored up to there.
    func restored(_ store: String, _ position: RowPosition, now: Int64) throws {
        try restored([(store, position)], now: now)
    }

    /// Stores are restored up to there.
    func restored(_ found: [(store: String, position: RowPosition)], now: Int64) throws {
        let own = found.filter { has($0.store) }
        guard !own.isEmpty else { return }
        for (store, position) in own { positions[store] = position }
        try commit(now: now)
    }

    /// What the stores have put is committed. `ends` says how far changelogs have been written, by store, and `inputs` how far
    /// the inputs have been processed.
    func commit(ends: [String: Int64], inputs: [TopicPartition: RowProgress], now: Int64) throws {
        for store in stores.keys { _ = positions.advance(store, ends: ends, inputs: inputs) }
        try commit(now: now)
    }

    private func commit(now: Int64) throws {
        var writer = ByteWriter(capacity: 256)
        TaskMark(positions: positions.byStore, writtenAt: now).write(to: &writer)
        let isDue = now >= nextWrite
        if isDue {
            nextWrite = now.saturatingAdd(pause)
            pause = min(pause * 2, Self.longestInMemory)
        }
        let mark = writer.finish()
        for store in stores.values { try store.prepareCommit() }
        try Self.checked { try rows.commit(mark, writesOut: isDue) }
        early.isDone()
    }

    /// Why there is no room for more changes after a commit; nil if there is.
    func blockage() throws -> RowBlockage? { try Self.checked { try rows.blockage() } }

    /// Writes what was committed, and lets others have the directory.
    func close() throws { try Self.checked { try rows.close() } }

    /// Throws what the database throws as an error of the state on disk.
    static func checked<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as RowDatabaseError { throw unusable(error) }
    }

    private static func unusable(_ error: RowDatabaseError) -> StreamsError {
        StreamsError(.localState, "the state on disk cannot be used", underlying: error)
    }
}
