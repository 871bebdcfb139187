package import KafkaProtocol
import Synchronization

extension Producer {
    /// The batch of a partition to which `send` adds records.
    struct OpenBatch {
        let topicPartition: TopicPartition
        let openedAt: Int64
        let batch: UnsharedBuilder
        var completions: [RecordCompletion] = []
    }

    /// A builder that the producer's state owns alone.
    ///
    /// Sound as Sendable: it is used under the producer's mutex only, until a `PreparedBatch` takes it over.
    final class UnsharedBuilder: @unchecked Sendable {
        let builder: RecordBatchBuilder
        init(_ builder: RecordBatchBuilder) { self.builder = builder }
    }

    /// Sends a record and waits until it is acknowledged. Throws the `KafkaError` of its delivery; after a cancellation
    /// (`CancellationError`) it may be delivered nevertheless.
    ///
    /// Records of one task that are to share batches are better sent with `enqueue` and `flush`.
    public func send(_ record: ProducerRecord) async throws -> RecordMetadata {
        let answer = OneShot<RecordMetadata>()
        try await add(record, completion: { answer.resume($0) })
        return try await answer.value()
    }

    /// Sends a record without waiting for its acknowledgement. Waits while more than `bufferBytes` are unacknowledged. A
    /// failed delivery is thrown by the next `flush`.
    public func enqueue(_ record: ProducerRecord) async throws {
        try await add(record, completion: nil)
    }

    private func add(
        _ record: ProducerRecord, completion: (@Sendable (Result<RecordMetadata, KafkaError>) -> Void)?
    ) async throws {
        let topic = Name(record.topic)
        let topicPartition = TopicPartition(topic, try await choosePartition(of: topic, for: record))
        try await waitForRoom()
        let timestamp = record.timestamp ?? client.environment.wallClock()
        try state.withLock { state in
            try checkUsable(&state, writing: topicPartition)
            let bytes = (record.key?.count ?? 0) + (record.value?.count ?? 0)
            if let open = state.open[topicPartition] {
                // A batch is either of records that someone waits for or not, so that each failure is told once.
                let mixes = open.completions.isEmpty != (completion == nil)
                if mixes || open.batch.builder.sizeInBytes + bytes > configuration.batchBytes {
                    closeOpenBatch(topicPartition, &state)
                }
            }
            var open =
                state.open[topicPartition]
                ?? OpenBatch(
                    topicPartition: topicPartition, openedAt: client.environment.now(),
                    batch: UnsharedBuilder(RecordBatchBuilder(compression: configuration.compression, capacity: 1024)))
            open.batch.builder.append(
                timestamp: timestamp, key: record.key, value: record.value, headers: record.headers)
            if let completion { open.completions.append(RecordCompletion(timestamp: timestamp, resume: completion)) }
            state.open[topicPartition] = open
            if open.batch.builder.sizeInBytes >= configuration.batchBytes { closeOpenBatch(topicPartition, &state) }
        }
        work.notify()
    }

    private func choosePartition(of topic: Name, for record: ProducerRecord) async throws -> Int32 {
        if let partition = record.partition {
            guard partition >= 0 else {
                throw KafkaError(.unknownTopic, "there is no partition \(partition) of topic \(record.topic)")
            }
            return partition
        }
        var count = client.cluster.metadata.withLock { Int32($0.topic(topic)?.partitions.count ?? 0) }
        if count == 0 { count = Int32(try await client.partitions(of: record.topic).count) }
        guard count > 0 else { throw KafkaError(.unknownTopic, "topic \(record.topic) has no partitions") }
        if let key = record.key { return Partitioner.partition(forKey: key, count: count) }
        let chance = Int32(client.environment.random() % UInt64(count))
        return state.withLock { state in
            if let sticky = state.sticky[topic], sticky < count { return sticky }
            state.sticky[topic] = chance
            return chance
        }
    }

    /// Moves the open batches to the queue.
    func closeOpenBatches(_ state: inout State) {
        for topicPartition in state.open.keys { closeOpenBatch(topicPartition, &state) }
    }

    func closeOpenBatch(_ topicPartition: TopicPartition, _ state: inout State) {
        guard let open = state.open.removeValue(forKey: topicPartition) else { return }
        // Records without a key go to another partition with the next batch.
        if state.sticky[topicPartition.topicName] == topicPartition.partition {
            state.sticky[topicPartition.topicName] = nil
        }
        let prepared = PreparedBatch(topicPartition, unshared: open.batch.builder)
        state.queue.enqueue(
            QueuedBatch(
                prepared, deadline: open.openedAt.saturatingAdd(configuration.deliveryTimeout.milliseconds),
                completions: open.completions))
    }

    // MARK: Whole batches

    /// Hands over finished batches, to be sent in the order given. Waits while more than `bufferBytes` are unacknowledged.
    ///
    /// `completion`, if given, is told of the end of each batch, once, with the place of its first record (a timestamp
    /// of -1 if it is the record's own), or with the failure, which `flush` throws all the same.
    ///
    /// Throws the first failure since the last `flush`, without forgetting it; then nothing is enqueued.
    public func enqueue(
        _ batches: [PreparedBatch], completion: (@Sendable (Result<RecordMetadata, KafkaError>) -> Void)? = nil
    ) async throws {
        guard !batches.isEmpty else { return }
        try await waitForRoom()
        try enqueueNow(batches, completion: completion)
    }

    /// Hands over finished batches without waiting for room; see `hasRoom`. Otherwise like `enqueue`.
    public func enqueueNow(
        _ batches: [PreparedBatch], completion: (@Sendable (Result<RecordMetadata, KafkaError>) -> Void)? = nil
    ) throws {
        guard !batches.isEmpty else { return }
        let deadline = client.environment.now().saturatingAdd(configuration.deliveryTimeout.milliseconds)
        let queued = batches.map { QueuedBatch($0, deadline: deadline, ended: completion) }
        if configuration.compression != .none {
            // Here and not in the sender, so that many tasks compress at once.
            for batch in queued {
                do {
                    try batch.write()
                } catch {
                    throw KafkaError.from(error, "make a record batch for \(batch.topicPartition)")
                }
            }
        }
        try state.withLock { state in
            for batch in queued { try checkUsable(&state, writing: batch.topicPartition) }
            for batch in queued { state.queue.enqueue(batch) }
        }
        work.notify()
    }

    /// Whether fewer than `bufferBytes` are unacknowledged.
    public var hasRoom: Bool {
        state.withLock { $0.queue.unacknowledgedBytes < configuration.bufferBytes }
    }

    /// The offset after the last record of the partition that this producer has written and that is acknowledged; nil if
    /// there is none.
    package func endOffset(of topicPartition: TopicPartition) -> Int64? {
        let last = state.withLock { $0.queue.lastOffset(of: topicPartition) }
        return last < 0 ? nil : last.saturatingAdd(1)
    }

    /// The bytes that are enqueued and not acknowledged, before compression.
    public var unacknowledgedBytes: Int { state.withLock { $0.queue.unacknowledgedBytes } }

    /// Waits until all that was enqueued before is acknowledged. Throws the first failure since the last `flush`, and
    /// forgets it. Failures of records that a `send` waits for are thrown there instead.
    ///
    /// Of several tasks that share a producer one is told of a failure. A task that commits positions after a flush needs a
    /// producer of its own.
    public func flush() async throws {
        let target = state.withLock { state in
            closeOpenBatches(&state)
            return state.queue.enqueuedThrough
        }
        work.notify()
        while true {
            let seen = progress.version
            let isDone = try state.withLock { state in
                if let failure = state.failure {
                    state.failure = nil
                    throw failure
                }
                if state.queue.completedThrough >= target { return true }
                if state.isClosed { throw KafkaError.closed("producer") }
                return false
            }
            if isDone { return }
            try Task.checkCancellation()
            await progress.wait(after: seen)
        }
    }

    private func waitForRoom() async throws {
        while true {
            let seen = progress.version
            let (hasRoom, failure) = state.withLock { state in
                (
                    state.queue.unacknowledgedBytes < configuration.bufferBytes,
                    state.isClosing || state.isClosed ? KafkaError.closed("producer") : state.failure
                )
            }
            if let failure { throw failure }
            if hasRoom { return }
            try Task.checkCancellation()
            await progress.wait(after: seen)
        }
    }

    private func checkUsable(_ state: inout State, writing topicPartition: TopicPartition) throws {
        if state.isClosing || state.isClosed { throw KafkaError.closed("producer") }
        if let failure = state.failure { throw failure }
        try state.transaction?.write(to: topicPartition)
    }
}
