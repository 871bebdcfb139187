import KafkaClient
import KafkaProtocol

/// Finding who answers a query, and having it answered.
extension StreamsApplication {
    /// A store that can be queried.
    struct StoreReference: Sendable {
        let name: String
        let contents: StoreContents
        /// The sub-topology whose tasks have it; nil for a global store.
        let subTopology: Int?
    }

    /// The store called `name`. Throws `unknownStore`.
    func storeReference(_ name: String) throws(QueryError) -> StoreReference {
        let all = stores
        guard let store = all.first(where: { $0.name == name }), let contents = blueprint.topology.stores[name]?.contents else {
            let isThere = all.contains { $0.name == name }
            let known = all.filter { $0.kind != .other }.map(\.description).joined(separator: ", ")
            throw QueryError(
                .unknownStore,
                "\(isThere ? "the store \(name) cannot be queried" : "there is no store \(name)"): there is "
                    + (known.isEmpty ? "none that can be" : known))
        }
        return StoreReference(name: name, contents: contents, subTopology: store.subTopology)
    }

    /// The store called `name`, with its serdes. Throws `unknownStore` and `wrongTypes`.
    func typedStore<Key, Value>(
        _ name: String, _ kind: StoreKind, _: Key.Type, _: Value.Type
    ) throws(QueryError) -> (StoreReference, Serde<Key>) {
        let store = try storeReference(name)
        guard store.contents.kind == kind, let key = store.contents.key as? Serde<Key>, store.contents.value is Serde<Value> else {
            let contents = store.contents
            throw QueryError(
                .wrongTypes,
                "the store \(name) is asked as \(kind.rawValue) of \(Key.self) and \(Value.self), and is \(contents.kind.rawValue) of "
                    + "\(contents.keyType) and \(contents.valueType)")
        }
        return (store, key)
    }

    // MARK: - Partitions

    /// The number of partitions of a store; nil if that is not known yet.
    func partitionCount(of store: StoreReference) -> Int32? {
        store.subTopology.flatMap { live.partitionCount(of: blueprint.sourceTopics(of: $0)) }
    }

    /// The partition that has a key, nil for a global store. Throws `rebalancing` before that is known.
    func partition(of key: Bytes, _ store: StoreReference, _ options: QueryOptions) throws(QueryError) -> Int32? {
        guard store.subTopology != nil else { return nil }
        if let partition = options.partition { return partition }
        guard let count = partitionCount(of: store), count > 0 else { throw notYet(store) }
        return Partitioner.partition(forKey: key, count: count)
    }

    /// The partitions of a store, `everywhere` or those that are here, as far as the options want them; none for a global store. Throws if
    /// that is not known, or if none is here.
    func partitions(of store: StoreReference, _ options: QueryOptions, everywhere: Bool) throws(QueryError) -> [Int32?] {
        guard everywhere, store.subTopology != nil, options.partition == nil else { return try partitionsHere(of: store, options) }
        guard live.assignment != nil, let count = partitionCount(of: store), count > 0 else { throw notYet(store) }
        return Array(0..<count)
    }

    /// The partitions of a store that this instance has, as far as the options want them; none for a global store. Throws if there are none.
    func partitionsHere(of store: StoreReference, _ options: QueryOptions) throws(QueryError) -> [Int32?] {
        guard let group = store.subTopology else { return [nil] }
        if let partition = options.partition { return [partition] }
        guard let tasks = live.assignment else { throw notYet(store) }
        let wanted = options.mostLag == nil ? tasks.active : tasks.active.union(tasks.followed)
        let here = wanted.filter { $0.subTopology == group }.map(\.partition).sorted()
        guard here.isEmpty else { return here }
        guard let count = partitionCount(of: store), count > 0 else { throw notYet(store) }
        let others = Set((0..<count).compactMap { location(of: $0, group).active?.address }).sorted().joined(separator: ", ")
        throw QueryError(
            .notHere, "no partition of the store \(store.name) is here\(others.isEmpty ? "" : ": \(others) has them")",
            at: location(of: 0, group))
    }

    private func notYet(_ store: StoreReference) -> QueryError {
        if state.isFinal { return QueryError(.stopped, "the application has ended") }
        return QueryError(.rebalancing, "the group has not given any tasks yet, so that nobody knows of the store \(store.name)")
    }

    // MARK: - Answers

    /// Has `body` called with the partition of a store, between two turns of the task that has it; with a global store, at once.
    func answer<Value: Sendable>(
        _ store: StoreReference, _ partition: Int32?, _ options: QueryOptions,
        _ body: @escaping @Sendable (StoreView) throws -> Value
    ) async throws(QueryError) -> QueryAnswer<Value> {
        guard let group = store.subTopology, let partition else { return try globalAnswer(store, body) }
        let id = TaskID(subTopology: group, partition: partition)
        let (entry, lag) = try source(of: store, id, options)
        let (core, name) = (entry.core, store.name)
        let deadline = client.environment.now().saturatingAdd(max(0, options.timeout.milliseconds))
        do {
            return try await core.turns.query(until: deadline) {
                // It may have begun since.
                let hasBegun = core.task.hasBegun
                let position = hasBegun ? core.position : QueryPosition()
                if let bound = options.bound, !bound.isReached(by: position) { throw NotUpToBound(position: position) }
                guard let found = core.task.ownStore(name) else { throw TaskTurns.Refusal.over }
                let view = StoreView(store: found, context: core.task.context, hasBegun: hasBegun)
                return QueryAnswer(value: try view.look { try body(view) }, partition: partition, position: position, lag: lag)
            }
        } catch {
            throw explained(error, store, id, core)
        }
    }

    private struct NotUpToBound: Error { let position: QueryPosition }

    private func globalAnswer<Value: Sendable>(
        _ store: StoreReference, _ body: (StoreView) throws -> Value
    ) throws(QueryError) -> QueryAnswer<Value> {
        guard live.hasGlobalStores, let found = globalStores.byName[store.name] else {
            throw QueryError(.rebalancing, "the global store \(store.name) is being loaded")
        }
        let context = TaskContext(applicationID: configuration.applicationID, partition: 0, collector: NoCollector())
        let view = StoreView(store: found, context: context, hasBegun: true)
        do {
            return QueryAnswer(value: try view.look { try body(view) }, partition: nil, position: QueryPosition(), lag: nil)
        } catch {
            throw unreadable(error, store)
        }
    }

    /// The task that may answer, and how far it is behind.
    private func source(
        of store: StoreReference, _ id: TaskID, _ options: QueryOptions
    ) throws(QueryError) -> (LiveTasks.Entry, lag: Int64?) {
        guard let assignment = live.assignment else { throw notYet(store) }
        let where_ = location(of: id.partition, id.subTopology)
        if let entry = live.entry(id) {
            if entry.state == .running { return (entry, 0) }
            let lag = entry.lags[store.name]
            if let most = options.mostLag, options.bound == nil {
                if let lag, lag <= most { return (entry, lag) }
                if lag == nil, most == .max { return (entry, nil) }
            }
            if options.bound != nil, options.mostLag != nil {
                throw QueryError(
                    .notUpToBound,
                    "partition \(id.partition) of the store \(store.name) is here \(entry.state == .standby ? "as a standby" : "while it is restored"), "
                        + "which cannot say up to where inputs are processed: ask the task that processes, or without a bound", at: where_)
            }
            // Of a standby the task that processes is elsewhere.
            if entry.state == .restoring || options.mostLag != nil {
                throw QueryError(
                    .behind,
                    "partition \(id.partition) of the store \(store.name) is \(entry.state == .standby ? "a standby" : "being restored") "
                        + "and \(lag.map { "\($0) records" } ?? "by an unknown number of records") behind",
                    at: where_)
            }
        }
        if let stopped = stoppedTasks[id] {
            throw QueryError(.stopped, "task \(id), which has the store \(store.name), has failed for good", underlying: stopped.error)
        }
        if isStopping || state.isFinal { throw QueryError(.stopped, "the application has ended, or is about to") }
        if let count = partitionCount(of: store), !(0..<count).contains(id.partition) {
            throw QueryError(.notHere, "the store \(store.name) has no partition \(id.partition), but \(count) from 0 on")
        }
        if !assignment.active.contains(id), let active = where_.active, !active.isLocal {
            throw QueryError(
                .notHere, "partition \(id.partition) of the store \(store.name) is at \(active.address)", at: where_)
        }
        throw QueryError(
            .rebalancing, "partition \(id.partition) of the store \(store.name) is on its way to its task", at: where_)
    }

    private func explained(_ error: any Error, _ store: StoreReference, _ id: TaskID, _ core: TaskCore) -> QueryError {
        let what = "partition \(id.partition) of the store \(store.name)"
        switch error {
        case let error as QueryError: return error
        case let error as NotUpToBound:
            return QueryError(.notUpToBound, "\(what) has not come to the position that was asked for, but to \(error.position.offsets)")
        case is CancellationError where Task.isCancelled: return QueryError(.timedOut, "the query of \(what) was cancelled", underlying: error)
        case TaskTurns.Refusal.over, is CancellationError:
            return QueryError(
                .rebalancing, "\(what) goes to another task at the moment", at: location(of: id.partition, id.subTopology))
        case TaskTurns.Refusal.crowded:
            return QueryError(.overloaded, "\(TaskTurns.most) queries wait for \(what): ask less often")
        case TaskTurns.Refusal.late:
            let busy = core.turn.map { ": \(LongTurn($0))" } ?? ""
            return QueryError(.timedOut, "\(what) has not answered in time\(busy)")
        default: return unreadable(error, store)
        }
    }

    private func unreadable(_ error: any Error, _ store: StoreReference) -> QueryError {
        error as? QueryError ?? QueryError(.unreadable, "what the store \(store.name) has cannot be read", underlying: error)
    }
}
