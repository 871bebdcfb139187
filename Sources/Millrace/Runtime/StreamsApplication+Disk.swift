import KafkaClient
import KafkaProtocol

/// Stores that have their rows in databases.
extension StreamsApplication {
    /// What the databases of tasks share; nil if no store is kept on disk. Throws `StreamsError` if RocksDB is not there.
    func makeRowEngine() throws -> RowEngine? {
        guard let store = blueprint.storesOnDisk.first else { return nil }
        do {
            return try RowEngine(StateMemory(budget: configuration.stateMemory))
        } catch {
            throw StreamsError(.configuration, "the store \(store) cannot be kept on RocksDB", underlying: error)
        }
    }

    /// Opens the database of a task; nil if it has no stores on disk. One that is damaged is set aside, which is told.
    func openDatabase(of task: TaskID) throws -> TaskDatabase? {
        guard let localState, let engine = localState.engine, blueprint.hasStoresOnDisk(task.subTopology) else { return nil }
        let database = try TaskDatabase(localState.directory.database(of: task), engine)
        if let damage = database.damage { warn(damage, about: task) }
        return database
    }

    /// What is to be done with the rows that a store has on disk, and how many there are; nil if it has none there.
    func verdictOnDisk(
        _ work: OpenTask, _ store: String, _ source: StateVerdict.Source
    ) async throws -> (verdict: StateVerdict, rows: Int64)? {
        let (id, now) = (work.core.task.id, client.environment.wallClock())
        let found = try await work.turn { core -> (verdict: StateVerdict, rows: Int64)? in
            guard let database = core.task.database, database.has(store) else { return nil }
            let verdict = database.verdict(on: store, source, now: now)
            if case .use(let position) = verdict { core.task.resume(position.partition, at: position.time) }
            return (verdict, database.rowCount(of: store))
        }
        guard let found else { return nil }
        switch found.verdict {
        case .none: break
        case .setAside(let reason):
            warn("the rows of \(store) on disk are removed, and all is read from \(source.partition): \(reason)", about: id)
        case .use: configuration.observer(.loaded(id, store: store, records: found.rows))
        }
        return found
    }
}
