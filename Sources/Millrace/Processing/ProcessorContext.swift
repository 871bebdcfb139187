/// What a processor has to do with: its outlet, its stores, its times. Belongs to one task; not to be used outside the
/// calls of the processor. Kafka Streams' `ProcessorContext`.
public final class ProcessorContext<OutputKey, OutputValue> {
    @usableFromInline let assembly: TaskAssembly
    @usableFromInline let task: TaskContext
    @usableFromInline let node: String
    @usableFromInline let stores: [String]
    @usableFromInline let next: (Record<OutputKey, OutputValue>) throws -> Void
    @usableFromInline let children: [String: (Record<OutputKey, OutputValue>) throws -> Void]
    private var schedules = 0

    @usableFromInline
    init(_ assembly: TaskAssembly, node: String, stores: [String]) throws {
        self.assembly = assembly
        self.task = assembly.context
        self.node = node
        self.stores = stores
        next = try assembly.downstream(of: node, Record<OutputKey, OutputValue>.self)
        children = try assembly.receivers(of: node, Record<OutputKey, OutputValue>.self)
    }

    /// The context of something that sends nothing.
    @usableFromInline
    init(transformerOf node: String, in assembly: TaskAssembly, stores: [String]) {
        self.assembly = assembly
        self.task = assembly.context
        self.node = node
        self.stores = stores
        next = { _ in throw StreamsError(.processing, "a value transformer cannot forward records: \(node)") }
        children = [:]
    }

    /// Sends a record to all steps after the processor.
    @inlinable
    public func forward(_ record: Record<OutputKey, OutputValue>) throws { try next(record) }

    /// Sends a record to the step after the processor that is called `child`. Throws if there is none.
    public func forward(_ record: Record<OutputKey, OutputValue>, to child: String) throws {
        guard let receive = children[child] else {
            throw StreamsError(.processing, "no step called \(child) comes after the processor \(node)")
        }
        try receive(record)
    }

    /// The largest timestamp of all records that the task has processed so far, the current one included, in
    /// milliseconds; -1 before the first.
    public var streamTime: Int64 { task.streamTime }

    /// The wall clock in milliseconds since the epoch; in a test driver, that of the driver.
    public var wallClock: Int64 { task.wallClock() }

    /// The application's id.
    public var applicationID: String { task.applicationID }

    /// The number of the task's partition.
    public var partition: Int32 { task.partition }

    /// The offset of the record that is being processed; -1 outside of one.
    public var recordOffset: Int64 { task.recordOffset }

    /// Counts the record as dropped.
    public func drop() { task.drop() }

    /// Has `action` called every `interval` of stream time or of the wall clock, with the time then. To be called from
    /// the processor's `start`, always in the same order, so that schedules go on after a restart.
    @discardableResult
    public func schedule(
        every interval: Duration, by time: PunctuationTime, _ action: @escaping (_ now: Int64) throws -> Void
    ) -> Punctuation {
        let milliseconds = max(1, interval.milliseconds)
        schedules += 1
        let punctuation = Punctuation(
            time: time, interval: milliseconds, first: time == .streamTime ? 0 : task.wallClock() + milliseconds,
            next: task.clock("\(node)-schedule-\(schedules)"), action: action)
        task.punctuations.add(punctuation)
        return punctuation
    }
}

extension ProcessorContext {
    /// The key-value store called `name`, which must be connected to the processor and have these types.
    public func keyValueStore<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, key: Key.Type = Key.self, value: Value.Type = Value.self
    ) throws -> StateTable<Key, Value> {
        StateTable(try connected(name, as: KeyValueStore<Key, Value>.self), task)
    }

    /// The window store called `name`, which must be connected to the processor and have these types.
    public func windowStore<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, key: Key.Type = Key.self, value: Value.Type = Value.self
    ) throws -> StateWindows<Key, Value> {
        StateWindows(try connected(name, as: SlidingWindowStore<Key, Value>.self), task)
    }

    /// The session store called `name`, which must be connected to the processor and have these types.
    public func sessionStore<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, key: Key.Type = Key.self, value: Value.Type = Value.self
    ) throws -> StateSessions<Key, Value> {
        StateSessions(try connected(name, as: SessionStore<Key, Value>.self))
    }

    private func connected<Store: StateStore>(_ name: String, as type: Store.Type) throws -> Store {
        guard stores.contains(name) else {
            throw StreamsError(.invalidTopology, "the store \(name) is not connected to the processor \(node)")
        }
        return try assembly.store(name, as: type)
    }
}
