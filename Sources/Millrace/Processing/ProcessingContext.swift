import KafkaProtocol

/// What every processor's context has: stores, times, schedules, and where the record comes from. Kafka Streams'
/// `ProcessingContext`.
public class ProcessingContext {
    @usableFromInline let task: TaskContext
    @usableFromInline let node: String
    private let stores: [String: any StateStore]
    private var schedules = 0

    @usableFromInline
    init(_ assembly: TaskAssembly, node: String, stores: [String]? = nil) {
        self.task = assembly.context
        self.node = node
        // The stores and not the assembly, which has closures that keep this context.
        self.stores = assembly.stores(stores, of: node)
    }

    /// Where the record that is being processed was read. Nil outside of a record: in `start`, in a schedule's action,
    /// and where updates go on that a store held back until a commit.
    public var recordMetadata: RecordMetadata? { task.recordMetadata }

    /// The largest timestamp of all records that the task has processed so far, the current one included, in
    /// milliseconds; -1 before the first. Kafka Streams' `currentStreamTimeMs`.
    public var streamTime: Int64 { task.streamTime }

    /// The wall clock in milliseconds since the epoch; in a test driver, that of the driver. Kafka Streams'
    /// `currentSystemTimeMs`.
    public var wallClock: Int64 { task.wallClock() }

    /// The application's id.
    public var applicationID: String { task.applicationID }

    /// The task's name.
    public var taskID: TaskID { TaskID(subTopology: task.subTopology, partition: task.partition) }

    /// The number of the task's partition.
    public var partition: Int32 { task.partition }

    /// Counts the record as dropped.
    public func drop() { task.drop(.other) }

    /// Has `action` called every `interval` of stream time or of the wall clock, with the time then. To be called from
    /// the processor's `start`, always in the same order, so that schedules go on after a restart.
    ///
    /// By stream time it is first called after the first record and then once for each jump over one or more intervals,
    /// with the stream time then; by the wall clock first after one interval. Cancel what is returned to end it.
    ///
    /// ```swift
    /// mutating func start(_ context: ProcessorContext<String, Int64>) throws {
    ///     let counts: StateTable<String, Int64> = try context.keyValueStore("counts")
    ///     try context.schedule(every: .seconds(10), by: .streamTime) { now in
    ///         try context.forward(Record(key: "count", value: counts.get("count") ?? 0, timestamp: now))
    ///     }
    /// }
    /// ```
    /// Throws if the interval is below a millisecond, and in a processor that fills a global store.
    @discardableResult
    public func schedule(
        every interval: Duration, by time: PunctuationTime, _ action: @escaping (_ now: Int64) throws -> Void
    ) throws -> Punctuation {
        let milliseconds = interval.milliseconds
        guard milliseconds > 0 else {
            throw StreamsError(
                .invalidTopology, "the processor \(node) asks for a schedule of \(interval): below a millisecond")
        }
        guard !task.isGlobal else {
            throw StreamsError(
                .invalidTopology, "the processor \(node) fills a global store and so cannot have a schedule")
        }
        schedules += 1
        let mark = task.mark(of: node)
        let punctuation = Punctuation(
            time: time, interval: milliseconds,
            first: time == .streamTime ? 0 : task.wallClock().saturatingAdd(milliseconds),
            next: task.clock("\(node)-schedule-\(schedules)")
        ) {
            mark.enter()
            try action($0)
        }
        task.punctuations.add(punctuation)
        return punctuation
    }
}

extension ProcessingContext {
    /// The key-value store called `name`, which must have these types and be connected to the processor or global.
    ///
    /// Stores of the DSL are connected and got like those made for processors, as with Kafka Streams' `getStateStore`: the
    /// rows of a table, of an aggregate, the windows and sessions of windowed ones, the versions of a versioned table, the
    /// kept records of a join of streams. What a processor puts there goes to the changelog and is seen by the steps that
    /// use the store, but is no update of theirs: it goes downstream of them only from a cache, with the next commit.
    ///
    /// ```swift
    /// let seen: StateTable<String, String> = try context.keyValueStore("seen")
    /// ```
    /// Throws if there is none, or one of other types.
    public func keyValueStore<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, key: Key.Type = Key.self, value: Value.Type = Value.self
    ) throws -> StateTable<Key, Value> {
        if task.globalStores[name] != nil {
            let store = try store(name, as: GlobalStore<Key, Value>.self)
            return StateTable(.global(store, isWritable: stores[name] != nil), task)
        }
        return StateTable(.own(try store(name, as: KeyValueStore<Key, Value>.self)), task)
    }

    /// The window store called `name`, which must be connected to the processor and have these types: one made for
    /// processors, that of an aggregate by time windows, or one side's of a join of streams.
    public func windowStore<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, key: Key.Type = Key.self, value: Value.Type = Value.self
    ) throws -> StateWindows<Key, Value> {
        let found = try store(name, as: (any StateStore).self)
        guard let windows = StateWindows<Key, Value>(found, task) else {
            throw wrongType(name, WindowStore<Key, Value>.self, found)
        }
        return windows
    }

    /// The session store called `name`, which must be connected to the processor and have these types: one made for
    /// processors, or that of an aggregate by sessions.
    public func sessionStore<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, key: Key.Type = Key.self, value: Value.Type = Value.self
    ) throws -> StateSessions<Key, Value> {
        let found = try store(name, as: (any StateStore).self)
        guard let sessions = StateSessions<Key, Value>(found) else {
            throw wrongType(name, StateSessions<Key, Value>.self, found)
        }
        return sessions
    }

    /// The versioned store called `name`, which must be connected to the processor and have these types: one made for
    /// processors, or that of a versioned table.
    public func versionedStore<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, key: Key.Type = Key.self, value: Value.Type = Value.self
    ) throws -> StateVersions<Key, Value> {
        StateVersions(try store(name, as: VersionedStore<Key, Value>.self))
    }

    /// The store of one's own called `name`, which must be connected to the processor and be a `Store`.
    public func customStore<Store: CustomStateStore>(_ name: String, as type: Store.Type = Store.self) throws -> Store {
        let found = try store(name, as: CustomStoreHost.self).store
        guard let store = found as? Store else { throw wrongType(name, Store.self, found) }
        return store
    }

    private func store<Store>(_ name: String, as type: Store.Type) throws -> Store {
        guard let found = stores[name] ?? task.globalStores[name] else {
            throw StreamsError(
                .invalidTopology,
                "the store \(name) is not connected to the processor \(node): name it among the processor's stores")
        }
        guard let store = found as? Store else { throw wrongType(name, Store.self, found) }
        return store
    }

    private func wrongType(_ name: String, _ wanted: Any.Type, _ found: Any) -> StreamsError {
        StreamsError(
            .invalidTopology,
            "the processor \(node) takes the store \(name) for a \(wanted), but it is a \(type(of: found))")
    }
}
