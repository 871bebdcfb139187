import KafkaClient
import KafkaProtocol
import Synchronization

extension StreamsApplication {
    /// How many processes on one machine may share a state directory.
    private static let places = 64

    /// Opens the directory of local state, if there is to be one, and finds out who this instance is. Throws `StreamsError` if
    /// another process has the directory, and if stores are to be on RocksDB, which is not there; where it cannot be used
    /// otherwise, that is told, and the application does without, unless stores are on disk.
    func openLocalState() async throws {
        setInstanceID(configuration.instanceID)
        guard let root = configuration.stateDirectory else { return }
        let id = configuration.applicationID
        let environment = client.environment
        let places = configuration.sharesStateDirectory ? Self.places : 1
        do {
            let directory = try await workers.run {
                try StateDirectory(of: id, in: root, places: places, SystemFiles())
            }
            if configuration.instanceID == nil {
                let name = try await workers.run { try directory.identity(random: environment.random) }
                // A static member that comes back is given what it had, even if it reads other topics now: another topology
                // is another member.
                setInstanceID("\(name)-\(String(blueprint.fingerprint, radix: 36))")
            }
            for (task, progress) in try await workers.run({ try directory.keptProgress() }) {
                board.note(task, progress: progress)
            }
            let trouble = StateTrouble(now: environment.now) { [weak self] word in self?.warn(word) }
            let engine = try makeRowEngine()
            setLocalState(
                LocalState(
                    directory, trouble: trouble, cleanupDelay: configuration.stateCleanupDelay.milliseconds, environment,
                    engine: engine))
        } catch let error as StateFileError where blueprint.storesOnDisk.isEmpty {
            warn("no local state can be kept, so each start reads all state from its topics: \(error)")
        }
    }

    /// Lets other processes have the directory.
    func closeLocalState() {
        do { try localState?.directory.keep(board.subscription.progress) } catch { localState?.trouble.failed(error) }
        localState?.directory.close()
        setLocalState(nil)
    }

    /// What was put back of a store: how many entries, up to which offset of its topic.
    struct LoadedRows {
        let entries: Int64
        let offset: Int64
    }

    /// Puts the rows of local state back that can be gone on from. Returns what there was, by the topics' partitions; nil if it
    /// was told to stop before.
    func loadLocalState(
        _ work: OpenTask, _ sources: [(store: String, source: StateVerdict.Source)], isStopping: () -> Bool
    ) async throws -> [TopicPartition: LoadedRows]? {
        guard let rows = work.rows, let localState else { return [:] }
        let id = work.core.task.id
        for word in try await work.turn({ _ in try rows.open() }) { warn(word, about: id) }
        var loaded: [TopicPartition: LoadedRows] = [:]
        for (store, source) in sources {
            if let found = try await verdictOnDisk(work, store, source) {
                if case .use(let position) = found.verdict {
                    loaded[position.partition] = LoadedRows(entries: found.rows, offset: position.offset)
                }
                continue
            }
            guard let log = rows.logs[store] else { continue }
            var verdict = StateVerdict(log.marker, source, now: client.environment.wallClock())
            if localState.isUnusable(log.directory) { verdict = .setAside("it could not be put back") }
            switch verdict {
            case .none: break
            case .setAside(let reason):
                warn("local state of \(store) is set aside, and all is read from \(source.partition): \(reason)", about: id)
                log.reset()
            case .use(let position):
                guard let count = try await load(store, log, work, isStopping) else { return nil }
                try await work.turn { $0.task.resume(position.partition, at: position.time) }
                loaded[position.partition] = LoadedRows(entries: count, offset: position.offset)
                configuration.observer(.loaded(id, store: store, records: count))
            }
        }
        return loaded
    }

    /// Puts all rows of a log back. Returns how many entries there were.
    private func load(
        _ store: String, _ log: RowLog, _ work: OpenTask, _ isStopping: () -> Bool
    ) async throws -> Int64? {
        let now = client.environment.now
        var loader = RowLogLoader(log)
        do {
            while !isStopping() {
                let (next, isDone) = try await work.turn { [loader] core in
                    var loader = loader
                    guard let target = core.task.ownStore(store) else { return (loader, true) }
                    let end = now().saturatingAdd(TaskCore.sliceMilliseconds)
                    let isDone = try loader.step(into: target) { now() >= end }
                    return (loader, isDone)
                }
                loader = next
                if isDone { return loader.entries }
            }
            return nil
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // Some rows are there, so only a new life can begin anew.
            localState?.setUnusable(log.directory)
            throw UnusableLocalState(store: store, underlying: error)
        }
    }
}

extension TaskRunner {
    /// What the stores have changed is committed: local state follows.
    func keepRows(_ work: TaskWork, isLast: Bool) async throws {
        guard let rows = work.rows, let local = application.localState else { return }
        let now = application.client.environment.wallClock()
        let (startsAnew, blockage) = try await work.turn { [ends = work.ends] core in
            let progress = core.progress
            var blockage: RowBlockage?
            if let database = core.task.database {
                try database.commit(ends: ends, inputs: progress, now: now)
                if let failure = database.failure { local.trouble.failed(failure) }
                if !isLast { blockage = try database.blockage() }
            }
            rows.commit(ends: ends, inputs: progress, now: now, isLast: isLast)
            local.add(rows.compactions())
            return (!isLast && rows.shouldStartAnew(local), blockage)
        }
        try await work.opened.waitForRoom(blockage, application.client)
        if startsAnew { throw LocalStateHasRoom() }
    }
}

extension StreamsApplication {
    /// How long deletions stay in a topic, by its own setting; nil if that is not known. Asked once, and only where there are rows of
    /// an earlier process: not all brokers can tell.
    func deletionsStay(in topic: String) async throws -> Int64? {
        guard let localState, localState.hadRows else { return nil }
        if let known = localState.deletionsStay.withLock({ $0[topic] }) { return known }
        let (resource, name) = (ConfigResource.topic(topic), "delete.retention.ms")
        do {
            let found = try await AdminClient(client: client).describeConfigs(
                [resource], names: [name], timeout: .seconds(5))[resource]
            guard let setting = found?.first(where: { $0.name == name })?.value.flatMap({ Int64($0) }) else { return nil }
            let time = StateVerdict.deletionsStay(setting)
            localState.deletionsStay.withLock { $0[topic] = time }
            return time
        } catch let error as KafkaError {
            warn("the \(name) of \(topic) is not known, so rows on disk count as good for a day: \(error)")
            return nil
        }
    }
}
