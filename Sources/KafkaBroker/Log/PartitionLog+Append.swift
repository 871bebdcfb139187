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

    /// Appends record batches (all or none of them) and returns once they are in the file.
    ///
    /// Every batch is checked: format 2, size, checksum, number of records, and on a compacted topic that every record
    /// has a key. Batches of idempotent producers must follow each other without a gap; one that was appended already
    /// succeeds with its old offsets.
    ///
    /// Throws `corruptMessage`, `invalidRecord`, `messageTooLarge`, `recordListTooLarge`, `invalidTimestamp`,
    /// `unsupportedForMessageFormat`, `outOfOrderSequenceNumber`, `invalidProducerEpoch`, `invalidTxnState`, or
    /// `kafkaStorageError` if the file cannot be written: then nothing was appended and a later append may succeed.
    @discardableResult
    func append(_ records: Bytes, now: Int64) throws -> AppendResult {
        guard let result = try append(records, now: now, unlessMarkersBeyond: .max) else {
            throw PartitionLogError(.kafkaStorageError, "\(topicPartition): more markers than there are numbers")
        }
        return result
    }

    /// Appends unless the batches would begin a transaction here and more than `markers` transactions were ended since
    /// the log was opened: nil then, as it may be theirs that has ended.
    func append(_ records: Bytes, now: Int64, unlessMarkersBeyond markers: Int) throws -> AppendResult? {
        let configuration = configuration
        let batches = try BatchValidation(name: "\(topicPartition)", configuration: configuration).check(records)
        let (result, notify, sync) = try state.withLock { state -> (AppendResult?, [@Sendable () -> Void], Bool) in
            try checkOpen(state)
            if state.markerCount > markers, let id = batches.first?.header.producerId,
                state.producers[id]?.transactionStart == nil
            {
                return (nil, [], false)
            }
            let outcome = try append(batches[...], of: records, now: now, to: &state)
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
        let batch = IncomingBatch(header: try RecordBatchHeader(parsing: bytes), range: 0..<bytes.count)
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
            let headers = try write([batch], of: bytes, now: now, to: &state)
            state.markerCount += 1
            if let aborted = state.producers.finishTransaction(producer, headers[0], marker, now: now) {
                state.aborted.append(aborted)
            }
            let result = AppendResult(
                baseOffset: headers[0].baseOffset, lastOffset: headers[0].lastOffset, logAppendTime: now,
                logStartOffset: state.logStartOffset, duplicate: false)
            return (result, state.takeDueWaiters())
        }
        for notify in notify { notify() }
        return result
    }

    private func append(
        _ batches: ArraySlice<IncomingBatch>, of records: Bytes, now: Int64, to state: inout State
    ) throws -> AppendResult {
        var new = batches
        var producer: ProducerState?
        var first: ProducerState.Batch?
        var last: ProducerState.Batch?
        if let producerId = batches.first?.header.producerId, producerId >= 0 {
            (new, producer, first, last) = try judge(batches, producerId: producerId, now: now, in: state)
        }
        let logAppendTime = state.configuration.messageTimestampType == .logAppendTime ? now : -1
        if new.isEmpty, let first, let last {
            return AppendResult(
                baseOffset: first.baseOffset, lastOffset: last.lastOffset, logAppendTime: logAppendTime,
                logStartOffset: state.logStartOffset, duplicate: true)
        }
        let headers = try write(new, of: records, now: now, to: &state)
        if var producer {
            for header in headers { producer.note(header, now: now) }
            state.producers.update(producer)
        }
        return AppendResult(
            baseOffset: first?.baseOffset ?? headers[0].baseOffset,
            lastOffset: headers[headers.count - 1].lastOffset,
            logAppendTime: logAppendTime, logStartOffset: state.logStartOffset, duplicate: false)
    }

    /// Compares batches with what their producer wrote before: those that are new, its state, and the first and last
    /// of the batches in front that were appended already.
    private func judge(
        _ batches: ArraySlice<IncomingBatch>, producerId: Int64, now: Int64, in state: borrowing State
    ) throws -> (ArraySlice<IncomingBatch>, ProducerState, ProducerState.Batch?, ProducerState.Batch?) {
        let name = "\(topicPartition)"
        var known = state.producers[producerId]
        let producer =
            known
            ?? ProducerState(
                producerId: producerId, epoch: batches[batches.startIndex].header.producerEpoch, lastSeen: now)
        var scratch = producer
        var firstDuplicate: ProducerState.Batch?
        var lastDuplicate: ProducerState.Batch?
        var new = batches
        for batch in batches {
            switch try scratch.judge(batch.header, known: known != nil, in: name) {
            case .duplicate(let earlier):
                guard batch.range == new.first?.range else {
                    throw PartitionLogError(
                        .outOfOrderSequenceNumber, "\(name), producer \(producerId): an old batch after a new one")
                }
                new = new.dropFirst()
                firstDuplicate = firstDuplicate ?? earlier
                lastDuplicate = earlier
            case .next:
                guard batch.header.isTransactional || scratch.transactionStart == nil else {
                    throw PartitionLogError(
                        .invalidTxnState,
                        "\(name): producer \(producerId) has a transaction open, but sent a batch "
                            + "outside of it")
                }
                if batches.count > 1 {
                    scratch.note(batch.header, now: now)
                    known = scratch
                }
            }
        }
        return (new, producer, firstDuplicate, lastDuplicate)
    }
}
