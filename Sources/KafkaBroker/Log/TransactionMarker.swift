import KafkaProtocol

/// The end of a transaction as a control record in the log.
struct TransactionMarker: Sendable, Equatable {
    var commit: Bool
    /// The epoch of the coordinator that wrote it.
    var coordinatorEpoch: Int32

    init(commit: Bool, coordinatorEpoch: Int32) {
        self.commit = commit
        self.coordinatorEpoch = coordinatorEpoch
    }

    /// The marker in a control batch; nil if it holds something else.
    init?(controlBatch bytes: Bytes) {
        guard let batch = try? RecordBatch(bytes), var records = try? batch.records(), let record = try? records.next(),
            case .endTransaction(let commit, let epoch)? = try? ControlRecord(key: record.key, value: record.value)
        else { return nil }
        self.init(commit: commit, coordinatorEpoch: epoch)
    }

    /// A control batch with the marker.
    func batch(producerId: Int64, producerEpoch: Int16, timestamp: Int64) throws -> Bytes {
        let record = ControlRecord.endTransaction(commit: commit, coordinatorEpoch: coordinatorEpoch)
        let builder = RecordBatchBuilder(capacity: 128)
        builder.append(timestamp: timestamp, key: record.key, value: record.value)
        return try builder.finish(
            producerId: producerId, producerEpoch: producerEpoch, isTransactional: true, isControl: true)
    }
}
