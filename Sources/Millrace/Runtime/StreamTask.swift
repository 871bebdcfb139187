package import KafkaProtocol

/// The synchronous core of a task: one partition of one sub-topology with its queues, stores and stream time. Fed with
/// batches, it processes record by record without suspending; what it writes goes to its collector. Used by the
/// running application and by the test driver alike, by one thread at a time.
package final class StreamTask {
    package let id: TaskID
    let context: TaskContext
    /// One queue per input partition.
    package var queues: [PartitionQueue]
    private let storesInOrder: [any StateStore]
    private let stores: [String: any StateStore]
    private let onBadRecord: BadRecordPolicy
    private var deadLetters: TopicTarget?
    /// The processors, those of earlier steps first.
    private let processors: [Lifecycle]
    /// How many of them have begun.
    private var begun = 0
    private var isClosed = false
    /// Records left out or sent to the dead-letter topic.
    package private(set) var badRecords: Int64 = 0
    /// Records processed.
    package private(set) var processedRecords: Int64 = 0

    init(
        id: TaskID, subTopology: SubTopology, stores definitions: [String: StoreDefinition], context: TaskContext,
        onBadRecord: BadRecordPolicy
    ) throws {
        self.id = id
        self.context = context
        self.onBadRecord = onBadRecord
        let assembly = try TaskAssembly(nodes: subTopology.nodes, stores: definitions, context: context)
        storesInOrder = assembly.storeOrder
        stores = assembly.stores
        processors = assembly.lifecycles.reversed()
        queues = assembly.sources.sorted { $0.key < $1.key }.map { topic, port in
            PartitionQueue(topicPartition: TopicPartition(topic: topic, partition: id.partition), port: port)
        }
        if case .deadLetter(let topic) = onBadRecord { deadLetters = context.collector.target(topic: topic) }
        context.setAsideUpdate = { [unowned self] step, error in try setAsideUpdate(of: step, error) }
    }

    /// The largest timestamp of all records processed so far, in milliseconds; -1 at the start.
    package var streamTime: Int64 { context.streamTime }

    /// How many records steps dropped: null keys, negative timestamps, late records.
    package var droppedRecords: Int64 { context.droppedRecords }

    /// The store called `name`, if the task has it or reads it.
    func store(_ name: String) -> (any StateStore)? { stores[name] ?? context.globalStores[name] }

    /// Whether the task has the store called `name`, or reads it.
    package func hasStore(_ name: String) -> Bool { store(name) != nil }

    /// The names of the task's stores.
    package var storeNames: [String] { storesInOrder.map(\.name) }

    /// Puts one record of a store's changelog back.
    package func restore(store name: String, key: Bytes, value: Bytes?, timestamp: Int64) throws {
        try stores[name]?.restore(key: key, value: value, timestamp: timestamp)
    }

    /// Puts one record of the source topic that serves as a store's changelog back, as it was processed.
    package func restore(store name: String, from topic: String, _ record: RecordView) throws {
        guard let store = stores[name], let key = record.key,
            let queue = queues.first(where: { $0.topicPartition.topic == topic })
        else { return }
        let timestamp: Int64
        do {
            timestamp = try queue.port.load(record, queue.partitionTime)
        } catch where onBadRecord != .fail {
            // It was set aside when it was its turn.
            return
        }
        guard timestamp >= 0 else { return }
        queue.partitionTime = max(queue.partitionTime, timestamp)
        try store.restore(key: key, value: record.value, timestamp: timestamp)
    }

    /// Calls the processors' `start`: after the stores are restored, before the first record.
    package func start() throws {
        context.recordOffset = -1
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
        var failure: StreamsError?
        func call(_ what: String, _ close: () throws -> Void) {
            do { try close() } catch {
                failure = failure ?? StreamsError(.processing, "\(what) cannot be closed", underlying: error)
            }
        }
        for processor in processors[..<begun] { call("the processor \(processor.node)", processor.close) }
        for store in storesInOrder { call("the store \(store.name)", store.close) }
        context.punctuations.removeAll()
        if let failure { throw failure }
    }

    /// Sends held-back updates downstream and writes the changes of all stores to the collector: the first step of a
    /// commit.
    package func flush() throws {
        context.recordOffset = -1
        // In the order of the steps, so that what one store sends reaches the next before its turn.
        for store in storesInOrder { try store.flush() }
        context.punctuations.keepTimes()
    }

    /// Processes up to `limit` records, in the order of their event times across the input partitions, and returns how
    /// many there were. Stops early where an input partition has nothing left although the broker has more.
    package func process(limit: Int) throws -> Int {
        guard context.punctuations.hasStreamTime else { return try processRecords(limit: limit) }
        // Schedules by stream time are looked at after each record.
        var count = 0
        while count < limit, try processRecords(limit: 1) > 0 {
            count += 1
            try punctuateByStreamTime()
        }
        return count
    }

    private func processRecords(limit: Int) throws -> Int {
        let before = processedRecords
        if queues.count == 1 {
            try processAll(of: queues[0], limit: limit)
        } else {
            while processedRecords - before < limit, let next = try nextQueue() { try processHead(of: next) }
        }
        return Int(processedRecords - before)
    }

    /// Has the port of the task's only input read and process records.
    private func processAll(of queue: PartitionQueue, limit: Int) throws {
        let start = queue.processed
        let processedBefore = processedRecords
        while true {
            defer { processedRecords = processedBefore + queue.processed - start }
            do {
                return try queue.port.run(queue, context, limit - Int(queue.processed - start))
            } catch {
                guard let failure = queue.takeFailure() else {
                    try skipBrokenBatch(of: queue, error)
                    continue
                }
                if failure.isDecoded {
                    try failed(failure.record, of: queue, error)
                    queue.processed += 1
                } else {
                    try setAside(failure.record, of: queue, .undecodableRecord, error)
                }
                queue.advance(past: failure.record.offset)
            }
        }
    }

    /// The queue whose head has the smallest event time; nil if one without a head may still get an earlier record.
    private func nextQueue() throws -> PartitionQueue? {
        var best: (queue: PartitionQueue, timestamp: Int64)?
        for queue in queues {
            guard try loadHead(of: queue), let head = queue.head else {
                if queue.isAtEnd { continue }
                return nil
            }
            if let best, best.timestamp <= head.timestamp { continue }
            best = (queue, head.timestamp)
        }
        return best?.queue
    }

    /// Reads the next record of a queue into its port, passing over what is to be dropped; false at the end.
    private func loadHead(of queue: PartitionQueue) throws -> Bool {
        while queue.head == nil {
            guard let record = try nextRecord(of: queue) else { return false }
            do {
                let timestamp = try queue.port.load(record, queue.partitionTime)
                if timestamp >= 0 {
                    queue.setHead(record, timestamp: timestamp)
                } else {
                    context.drop()
                    queue.advance(past: record.offset)
                }
            } catch {
                try setAside(record, of: queue, .undecodableRecord, error)
                queue.advance(past: record.offset)
            }
        }
        return true
    }

    private func nextRecord(of queue: PartitionQueue) throws -> RecordView? {
        while true {
            do {
                return try queue.next()
            } catch {
                try skipBrokenBatch(of: queue, error)
            }
        }
    }

    private func processHead(of queue: PartitionQueue) throws {
        guard let head = queue.head else { return }
        if head.timestamp > context.streamTime { context.streamTime = head.timestamp }
        context.recordOffset = head.record.offset
        context.recordSource = queue.topicPartition
        do {
            try queue.port.process()
        } catch {
            try failed(head.record, of: queue, error)
        }
        queue.advance(past: head.record.offset)
        processedRecords += 1
    }

    // MARK: - Bad records

    private func failed(_ record: RecordView, of queue: PartitionQueue, _ error: any Error) throws {
        let step = takeFailedStep()
        guard onBadRecord != .fail, !(error is StreamsError) else {
            if error is StreamsError { throw error }
            throw StreamsError(
                .processing, "processing the record \(queue.topicPartition) offset \(record.offset) failed\(step)",
                underlying: error)
        }
        try setAside(record, of: queue, .processing, error)
    }

    /// Where it failed, for a message, if that is known.
    private func takeFailedStep() -> String {
        defer { context.failedStep = nil }
        return context.failedStep.map { " in the step \($0)" } ?? ""
    }

    /// Does what the policy says with an update that was held back until a flush and after which a step threw. It has no
    /// record of its own; the dead-letter topic gets what is known.
    private func setAsideUpdate(of step: String, _ error: any Error) throws {
        let failedStep = takeFailedStep()
        if error is StreamsError { throw error }
        if onBadRecord == .fail {
            throw StreamsError(
                .processing, "a step after \(step) failed with an update of its table\(failedStep)", underlying: error)
        }
        badRecords += 1
        guard let deadLetters else { return }
        try context.collector.collect(
            deadLetters, partition: nil, timestamp: max(0, context.streamTime), key: nil, windowBytes: 0, value: nil,
            headers: [
                RecordHeader(key: "__streams.errors.message", value: Bytes(utf8: "\(error)")),
                RecordHeader(key: "__streams.errors.processor.node.id", value: Bytes(utf8: step)),
            ])
    }

    /// Gives up what is left of a batch that cannot be read, if the policy allows it.
    private func skipBrokenBatch(of queue: PartitionQueue, _ error: any Error) throws {
        guard onBadRecord != .fail else {
            throw StreamsError(
                .undecodableRecord, "cannot read on in \(queue.topicPartition) after offset \(queue.position - 1)",
                underlying: error)
        }
        badRecords += 1
        queue.dropBrokenBatch()
    }

    /// Does with a record that cannot be processed what the policy says.
    private func setAside(
        _ record: RecordView, of queue: PartitionQueue, _ code: StreamsError.Code, _ error: any Error
    ) throws {
        let source = queue.topicPartition
        switch onBadRecord {
        case .fail:
            throw StreamsError(code, "cannot read the record \(source) offset \(record.offset)", underlying: error)
        case .skip: break
        case .deadLetter:
            guard let deadLetters else { break }
            let headers =
                record.headers + [
                    RecordHeader(key: "__streams.errors.message", value: Bytes(utf8: "\(error)")),
                    RecordHeader(key: "__streams.errors.topic", value: Bytes(utf8: source.topic)),
                    RecordHeader(key: "__streams.errors.partition", value: Bytes(utf8: "\(source.partition)")),
                    RecordHeader(key: "__streams.errors.offset", value: Bytes(utf8: "\(record.offset)")),
                ]
            try (record.key ?? Bytes()).withUnsafeBytes { key throws(any Error) -> Void in
                try (record.value ?? Bytes()).withUnsafeBytes { value throws(any Error) -> Void in
                    try context.collector.collect(
                        deadLetters, partition: nil, timestamp: max(0, record.timestamp),
                        key: record.key == nil ? nil : key, windowBytes: queue.port.windowBytes,
                        value: record.value == nil ? nil : value, headers: headers)
                }
            }
        }
        badRecords += 1
    }
}
