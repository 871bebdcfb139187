import KafkaClient
package import KafkaProtocol
import Synchronization

/// The synchronous core of a task: one partition of one sub-topology with its inputs, stores and stream time. Fed with
/// batches, it processes record by record without suspending; what it writes goes to its collector. Used by the
/// running application and by the test driver alike, by one thread at a time.
package final class StreamTask {
    package let id: TaskID
    let context: TaskContext
    /// Where stores that are kept on disk have their rows; nil if all are in memory.
    package let database: TaskDatabase?
    /// The input partitions, by name of their topics.
    @exclusivity(unchecked) package var inputs: TaskInputs
    private let storesInOrder: [any StateStore]
    private let stores: [String: any StateStore]
    private let policies: FailurePolicies
    /// The topics for records that have failed or were left out.
    let deadLetters: [String: TopicTarget]
    /// The names of the sources, by topic.
    let sources: [String: String]
    /// What has failed and is to be tried again before anything else.
    var pending: PendingFailures?
    /// The processors, those of earlier steps first.
    private let processors: [Lifecycle]
    /// How many of them have begun.
    private var begun = 0
    /// Whether its stores are complete, and it has begun with them.
    private(set) var hasBegun = false
    private var isClosed = false
    /// Whether there are steps that make calls.
    let hasAsyncSteps: Bool
    /// Records that asynchronous steps have handed on.
    package internal(set) var deliveredRecords: Int64 = 0
    /// The stride of the last slice.
    private var stride = 1
    /// Records left out or sent to the dead-letter topic.
    package internal(set) var badRecords: Int64 = 0
    /// Records processed of topics of others.
    package private(set) var processedRecords: Int64 = 0
    /// Records processed of the topology's own repartition topics.
    package private(set) var processedInternalRecords: Int64 = 0

    init(
        id: TaskID, subTopology: SubTopology, stores definitions: [String: StoreDefinition], context: TaskContext,
        policies: FailurePolicies, maxIdle: Int64
    ) throws {
        self.id = id
        self.context = context
        database = context.database
        self.policies = policies
        if policies.mayGoOn { context.guards = policies }
        context.unguardedSteps = Set(subTopology.nodes.filter(\.failsWithParent).map(\.name))
        // Each instance reads the topics of global tables at each start.
        context.notesDrops = !context.isGlobal && policies.droppedRecords != .count
        let assembly = try TaskAssembly(nodes: subTopology.nodes, stores: definitions, context: context)
        storesInOrder = assembly.storeOrder
        stores = assembly.stores
        processors = assembly.lifecycles.reversed()
        let own = Set(
            subTopology.sourceTopics.filter(\.isInternal).map { $0.resolved(applicationID: context.applicationID) })
        inputs = TaskInputs(
            assembly.sources.sorted { $0.key < $1.key }.map { topic, port in
                TaskInput(
                    topicPartition: TopicPartition(topic: topic, partition: id.partition), port: port,
                    isInternal: own.contains(topic))
            }, maxIdle: maxIdle)
        sources = subTopology.sourceNames(applicationID: context.applicationID)
        deadLetters = Dictionary(
            uniqueKeysWithValues: policies.deadLetterTopics.map { ($0, context.collector.target(topic: $0)) })
        // Children are assembled before their parents.
        hasAsyncSteps = !context.asyncSteps.isEmpty
        context.setAsideHeld = { [unowned self] result, error in try noteHeld(result, error) }
    }

    /// The largest timestamp of all records processed so far, in milliseconds; -1 at the start.
    package var streamTime: Int64 { context.streamTime }

    /// The topics that dead letters may go to.
    package var deadLetterTopics: [String] { policies.deadLetterTopics }

    /// What happens to records that steps leave out by their rules.
    var droppedRecords: DroppedRecordPolicy { policies.droppedRecords }

    /// How many records steps left out.
    package var dropped: DroppedRecords { context.dropped }

    /// The store called `name`, if the task has it or reads it.
    func store(_ name: String) -> (any StateStore)? { stores[name] ?? context.globalStores[name] }

    /// Whether the task has the store called `name`, or reads it.
    package func hasStore(_ name: String) -> Bool { store(name) != nil }

    /// The names of the task's stores.
    package var storeNames: [String] { storesInOrder.map(\.name) }

    /// The task's stores, with about how many rows they have.
    var rowCounts: [(store: String, rows: Int?)] { storesInOrder.map { ($0.name, $0.rowCount) } }

    /// What its stores take.
    var storeSizes: [String: TaskFigures.StoreSize] {
        storesInOrder.reduce(into: [:]) { sizes, store in
            guard let rows = store.rowCount else { return }
            sizes[store.name] = TaskFigures.StoreSize(
                rows: rows, memoryBytes: store.memoryBytes, isOnDisk: database?.has(store.name) ?? false, cacheUse: store.cacheUse)
        }
    }

    /// The times that stores keep whose changelogs are trimmed by them.
    var retained: [String: RetainedTimes] {
        storesInOrder.reduce(into: [:]) { times, store in
            if let retained = store.retained { times[store.name] = retained }
        }
    }

    /// Where the changes of stores come together for local state, with which of them replace each other.
    var rowBuffers: [(store: String, buffer: RowLogBuffer, identity: RowIdentity)] {
        storesInOrder.compactMap { store in
            context.rowBuffers?[store.name].map { (store.name, $0, store.rowIdentity) }
        }
    }

    /// The task's own store called `name`.
    func ownStore(_ name: String) -> (any StateStore)? { stores[name] }

    /// An input is processed up to an offset, and to a time if that is known.
    func resume(_ partition: TopicPartition, at time: Int64) {
        if time >= 0, let input = inputs.index(of: partition.topic) { inputs[input].resume(at: time) }
    }

    /// What puts records of a changelog back into the store called `name`, and into its local state.
    func restorer(of name: String) -> StoreRestorer? {
        stores[name].map { StoreRestorer($0, rows: context.rowBuffers?[name]) }
    }

    /// Puts one record of a store's changelog back.
    package func restore(
        store name: String, key: Bytes, value: Bytes?, timestamp: Int64, headers: [RecordHeader]
    ) throws {
        try stores[name]?.restore(key: key, value: value, timestamp: timestamp, headers: headers)
        context.rowBuffers?[name]?.append(key: key, value: value, timestamp: timestamp, headers: headers)
    }

    /// Puts records of the source topic that serves as a store's changelog back, as they were processed: those before `end`.
    /// Returns how many there were.
    func restore(store name: String, from topic: String, _ fetched: FetchedBatches, before end: Int64) throws -> Int64 {
        var count: Int64 = 0
        try fetched.forEachRecord { record in
            guard record.offset < end, record.key != nil else { return }
            do {
                try restore(store: name, from: topic, record)
            } catch {
                throw StreamsError(
                    .restore, "cannot restore store \(name) from \(fetched.topicPartition) offset \(record.offset)",
                    underlying: error)
            }
            count += 1
        }
        return count
    }

    /// Puts one record of the source topic that serves as a store's changelog back, as it was processed.
    package func restore(store name: String, from topic: String, _ record: RecordView) throws {
        guard let store = stores[name], let key = record.key, let input = inputs.index(of: topic) else { return }
        let timestamp: Int64
        do {
            timestamp = try inputs[input].port.eventTime(record, inputs[input].partitionTime)
        } catch _ where !policies.policy(for: .undecodableRecord, step: sources[topic]).isFail {
            // It was set aside when it was its turn.
            return
        }
        guard timestamp >= 0 else { return }
        inputs[input].resume(at: timestamp)
        try store.restore(key: key, value: record.value, timestamp: timestamp)
        context.rowBuffers?[name]?.append(key: key, value: record.value, timestamp: timestamp, headers: [])
    }

    /// Calls the processors' `start`: after the stores are restored, before the first record.
    package func start() throws {
        context.recordOffset = -1
        if !hasBegun { for store in storesInOrder { store.begin() } }
        hasBegun = true
        while begun < processors.count {
            let processor = processors[begun]
            begun += 1
            do {
                try processor.start()
            } catch {
                throw error as? StreamsError
                    ?? StreamsError(.processing, "the processor \(processor.node) cannot start", underlying: error)
            }
        }
    }

    /// Calls `close` of the processors that have begun, and of the stores: once, when the task has ended. Throws the
    /// first error, after all have been called.
    package func close() throws {
        guard !isClosed else { return }
        isClosed = true
        context.recordOffset = -1
        context.calls.cancelAll()
        var failure: StreamsError?
        func call(_ what: String, _ close: () throws -> Void) {
            do { try close() } catch {
                failure = failure ?? StreamsError(.processing, "\(what) cannot be closed", underlying: error)
            }
        }
        for processor in processors[..<begun] { call("the processor \(processor.node)", processor.close) }
        for store in storesInOrder { call("the store \(store.name)", store.close) }
        if let database { call("the state on disk", database.close) }
        context.punctuations.removeAll()
        pending = nil
        _ = context.takeFailures()
        if let failure { throw failure }
    }

    /// Sends held-back updates downstream and writes the changes of all stores to the collector: the first step of a
    /// commit.
    ///
    /// Does nothing while something is to be tried again (`retry`) or records are in asynchronous steps (`inFlight`), and may lead
    /// to both.
    package func flush() throws {
        guard !isRetrying, inFlight == 0 else { return }
        context.recordOffset = -1
        // In the order of the steps, so that what one store sends reaches the next before its turn.
        for store in storesInOrder { try store.flush() }
        try checkStores()
        try settleResults()
        try beginCalls()
        context.punctuations.keepTimes()
    }

    /// Throws if something that a store has could not be read: what came of it must not be sent.
    private func checkStores() throws {
        guard let error = context.unreadable else { return }
        throw error as? StreamsError
            ?? StreamsError(.processing, "what a store has cannot be read by its serde", underlying: error)
    }

    /// Processes records in the order of their event times across the inputs, as many as the slice allows, and returns
    /// how many there were. Stops early where an input has nothing left although the broker has more, where something is
    /// to be tried again (the next call does that once it is due), and where asynchronous steps have no room. Hands on what these
    /// have: that alone, if the task is not to take in anything (`takesIn`). Interruptions come between two records.
    package func process(
        limit: Int = .max, milliseconds: Int64 = .max, takesIn: Bool = true, interruption: WorkSlice.Interruption? = nil,
        now: @escaping () -> Int64 = { 0 }
    ) throws -> Int {
        var slice = WorkSlice(
            limit: limit, milliseconds: milliseconds, stride: stride, interruption: interruption, now: now)
        defer { stride = slice.stride }
        let before = deliveredRecords
        if let input = pending?.origin?.input ?? (isRetrying ? 0 : nil) {
            try settle(&slice)
            guard !isRetrying else { return 0 }
            count(slice.processed, of: input)
            try punctuateByStreamTime()
        }
        if hasAsyncSteps { try deliver(&slice) }
        if !context.punctuations.hasStreamTime, !hasAsyncSteps {
            if takesIn { try process(&slice) }
        } else {
            // Schedules by stream time are looked at after each record, and how much room asynchronous steps have.
            while takesIn, !isRetrying, slice.goesOn() {
                var part = slice.part(limit: context.punctuations.hasStreamTime ? min(1, room) : room)
                try process(&part)
                if part.processed == 0 { break }
                slice.note(part.processed)
                if isRetrying { break }
                try punctuateByStreamTime()
                if hasAsyncSteps { try deliver(&slice) }
            }
        }
        try checkStores()
        return slice.processed - Int(deliveredRecords - before)
    }

    private func process(_ slice: inout WorkSlice) throws {
        while slice.goesOn(), !isRetrying {
            let before = slice.processed
            var index = 0
            defer { count(slice.processed - before, of: index) }
            do {
                if inputs.count > 1 {
                    for input in inputs.indices {
                        index = input
                        try inputs[input].port.peek(&inputs[input])
                    }
                }
                guard case .input(let next, let through) = inputs.turn(now: slice.time) else { return }
                index = next
                context.place.input.store(next, ordering: .relaxed)
                try inputs[next].port.run(&inputs[next], context, &slice, through)
                context.recordOffset = -1
            } catch {
                try recover(from: error, in: index, &slice)
            }
        }
    }

    private func count(_ processed: Int, of input: Int) {
        inputs[input].processed += Int64(processed)
        if processed > 0, inputs[input].isInternal {
            processedInternalRecords += Int64(processed)
        } else {
            processedRecords += Int64(processed)
        }
    }
}
