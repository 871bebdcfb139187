import KafkaProtocol
import Synchronization

extension PartitionLog {
    /// Where appended records went.
    struct AppendResult: Sendable, Equatable {
        var baseOffset: Int64
        var lastOffset: Int64
        /// The time the records got; -1 if they keep their own.
        var logAppendTime: Int64
        var logStartOffset: Int64
        /// Whether the records had been appended before; the offsets are those of then.
        var duplicate: Bool
    }

    /// Appends a record batch and returns once it is in the file.
    ///
    /// The batch is checked, its records too (`BatchValidation`), and gets the latest time of its records. Batches of
    /// idempotent producers must follow each other without a gap; one that was appended already succeeds with its old
    /// offsets.
    ///
    /// Throws `corruptMessage`, `invalidRecord`, `messageTooLarge`, `recordListTooLarge`, `invalidTimestamp`,
    /// `unsupportedCompressionType`, `outOfOrderSequenceNumber`, `invalidProducerEpoch`, `invalidTxnState`, or
    /// `kafkaStorageError` if the file cannot be written: then nothing was appended and a later append may succeed.
    @discardableResult
    func append(_ records: Bytes, now: Int64) throws -> AppendResult {
        guard let result = try append(records, now: now, unlessMarkersBeyond: .max) else {
            throw PartitionLogError(.kafkaStorageError, "\(topicPartition): more markers than there are numbers")
        }
        return result
    }

    /// Appends unless the batch would begin a transaction here and more than `markers` transactions were ended since
    /// the log was opened: nil then, as it may be its own that has ended.
    func append(_ records: Bytes, now: Int64, unlessMarkersBeyond markers: Int) throws -> AppendResult? {
        let configuration = configuration
        let validation = BatchValidation(name: "\(topicPartition)", configuration: configuration, now: now)
        let batch = try validation.check(records)
        let (result, notify, sync) = try state.withLock { state -> (AppendResult?, [@Sendable () -> Void], Bool) in
            try checkOpen(state)
            if state.markerCount > markers, state.producers[batch.header.producerId]?.transactionStart == nil {
                return (nil, [], false)
            }
            let outcome = try append(batch, now: now, to: &state)
            let sync = state.unsyncedRecords >= configuration.flushMessages
            return (outcome, state.takeDueWaiters(), sync)
        }
        for notify in notify { notify() }
        if sync { try flush() }
        return result
    }

    /// Ends a producer's transaction with a marker (KIP-98).
    ///
    /// Throws `invalidProducerEpoch` if the producer was replaced by a newer one, `transactionCoordinatorFenced` if a
    /// newer coordinator has written already, or `kafkaStorageError`.
    @discardableResult
    func appendControl(
        commit: Bool, producerId: Int64, producerEpoch: Int16, coordinatorEpoch: Int32, now: Int64
    ) throws -> AppendResult {
        let marker = TransactionMarker(commit: commit, coordinatorEpoch: coordinatorEpoch)
        let bytes = try marker.batch(producerId: producerId, producerEpoch: producerEpoch, timestamp: now)
        let batch = IncomingBatch(header: try RecordBatchHeader(parsing: bytes), bytes: bytes, maxTimestamp: now)
        let (result, notify) = try state.withLock { state in
            try checkOpen(state)
            let producer =
                state.producers[producerId]
                ?? ProducerState(producerId: producerId, epoch: producerEpoch, lastSeen: now)
            guard producerEpoch >= producer.epoch else {
                throw PartitionLogError(
                    .invalidProducerEpoch,
                    "\(topicPartition): a marker with epoch \(producerEpoch) of producer "
                        + "\(producerId), which is at \(producer.epoch)")
            }
            guard coordinatorEpoch >= producer.coordinatorEpoch else {
                throw PartitionLogError(
                    .transactionCoordinatorFenced,
                    "\(topicPartition): a marker with coordinator epoch "
                        + "\(coordinatorEpoch) after \(producer.coordinatorEpoch)")
            }
            let header = try write(batch, now: now, to: &state)
            state.markerCount += 1
            if let aborted = state.producers.finishTransaction(producer, header, marker, now: now) {
                state.aborted.append(aborted)
            }
            let result = AppendResult(
                baseOffset: header.baseOffset, lastOffset: header.lastOffset, logAppendTime: now,
                logStartOffset: state.logStartOffset, duplicate: false)
            return (result, state.takeDueWaiters())
        }
        for notify in notify { notify() }
        return result
    }

    private func append(_ batch: IncomingBatch, now: Int64, to state: inout State) throws -> AppendResult {
        let logAppendTime = state.configuration.messageTimestampType == .logAppendTime ? now : -1
        var producer: ProducerState?
        if batch.header.producerId >= 0 {
            let known = state.producers[batch.header.producerId]
            let history =
                known
                ?? ProducerState(
                    producerId: batch.header.producerId, epoch: batch.header.producerEpoch, lastSeen: now)
            switch try history.judge(batch.header, known: known != nil, in: "\(topicPartition)") {
            case .duplicate(let earlier):
                return AppendResult(
                    baseOffset: earlier.baseOffset, lastOffset: earlier.lastOffset, logAppendTime: logAppendTime,
                    logStartOffset: state.logStartOffset, duplicate: true)
            case .next:
                guard batch.header.isTransactional || history.transactionStart == nil else {
                    throw PartitionLogError(
                        .invalidTxnState,
                        "\(topicPartition): producer \(history.producerId) has a transaction open, but sent a batch "
                            + "outside of it")
                }
                producer = history
            }
        }
        let header = try write(batch, now: now, to: &state)
        if var producer {
            producer.note(header, now: now)
            state.producers.update(producer)
        }
        return AppendResult(
            baseOffset: header.baseOffset, lastOffset: header.lastOffset, logAppendTime: logAppendTime,
            logStartOffset: state.logStartOffset, duplicate: false)
    }
}
