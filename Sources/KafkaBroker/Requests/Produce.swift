internal import KafkaProtocol

extension ProduceRequest: BrokerRequest {
    static var offeredVersions: ClosedRange<Int16> { versions }

    /// Appends each partition's batch for itself. There are no replicas to wait for, so all of `acks` mean the same:
    /// the records are in the file when the answer goes out.
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> ProduceResponse {
        let now = broker.clock.wall()
        let joined = joinTransaction(version, broker)
        let responses = topicData.map { data in
            let topic = broker.topics.topic(Name(data.name))
            return ProduceResponse.TopicProduceResponse(
                name: data.name,
                partitionResponses: data.partitionData.map { partition in
                    do {
                        return try append(
                            partition, to: topic, named: data.name, joined: joined, version: version, broker: broker, now: now)
                    } catch {
                        let error = RequestError(error)
                        broker.note(error, writing: TopicPartition(data.name, partition.index))
                        return .init(
                            index: partition.index, errorCode: error.code.rawValue, baseOffset: -1,
                            recordErrors: error.records.map { .init(batchIndex: $0.index, batchIndexErrorMessage: $0.message) },
                            errorMessage: error.message)
                    }
                })
        }
        return ProduceResponse(responses: responses)
    }

    /// With acks=0 nothing comes back; a closed connection tells the client that something was wrong.
    func awaits(_ response: ProduceResponse) throws -> Bool {
        guard acks == 0 else { return true }
        for topic in response.responses {
            for partition in topic.partitionResponses where partition.errorCode != 0 {
                throw RequestError(
                    KafkaErrorCode(rawValue: partition.errorCode),
                    "records for \(topic.name)-\(partition.index), sent with acks=0, were refused")
            }
        }
        return false
    }

    private func append(
        _ data: PartitionProduceData, to topic: Topic?, named name: String, joined: JoinedTransaction?, version: Int16,
        broker: Broker, now: Int64
    ) throws -> ProduceResponse.PartitionProduceResponse {
        guard (-1...1).contains(acks) else {
            throw RequestError(.invalidRequiredAcks, "acks must be -1, 0 or 1, not \(acks)")
        }
        guard let topic, let log = topic.log(data.index) else {
            throw RequestError(.unknownTopicOrPartition, "This server does not host \(name)-\(data.index).")
        }
        guard !topic.isInternal else {
            throw RequestError(.invalidTopicException, "The topic \(topic.name) is written by the broker alone.")
        }
        guard let records = data.records, !records.isEmpty else {
            throw RequestError(.invalidRecord, "\(log.topicPartition): no records")
        }
        if acks == -1, topic.minInSyncReplicas > 1 {
            throw RequestError(
                .notEnoughReplicas, "\(log.topicPartition) has one replica, fewer than min.insync.replicas")
        }
        let result = try append(records, to: log, joined, version: version, broker: broker, now: now)
        if let flushMs = topic.flushMs { broker.scheduleFlush(within: flushMs) }
        return .init(
            index: data.index, baseOffset: result.baseOffset, logAppendTimeMs: result.logAppendTime,
            logStartOffset: result.logStartOffset)
    }

    /// Partitions that a request has made part of a transaction.
    private struct JoinedTransaction {
        let producer: ProducerEpoch
        /// What was wrong with that.
        var error = KafkaErrorCode.none
        /// How many markers their logs had before.
        var markers: [TopicPartition: Int] = [:]
    }

    /// Makes the partitions of all batches of the first one's producer part of the transaction, from version 12 on (KIP-890): at
    /// once, as each change of a transaction is written down with all that it has.
    private func joinTransaction(_ version: Int16, _ broker: Broker) -> JoinedTransaction? {
        guard version >= 12, let transactionalId else { return nil }
        var joined: JoinedTransaction?
        for data in topicData {
            guard let topic = broker.topics.topic(Name(data.name)), !topic.isInternal else { continue }
            for partition in data.partitionData {
                guard let records = partition.records, let log = topic.log(partition.index),
                    let header = try? RecordBatchHeader(parsing: records), header.isTransactional
                else { continue }
                var known = joined ?? JoinedTransaction(producer: header.producer)
                if known.producer == header.producer { known.markers[log.topicPartition] = log.markerCount }
                joined = known
            }
        }
        guard var joined else { return nil }
        joined.error = broker.transactions.add(
            to: Name(transactionalId), partitions: Array(joined.markers.keys), producerID: joined.producer.id,
            epoch: joined.producer.epoch)
        return joined
    }

    /// Appends a batch; a transactional one only while the transaction that it belongs to is open.
    private func append(
        _ records: Bytes, to log: PartitionLog, _ joined: JoinedTransaction?, version: Int16, broker: Broker, now: Int64
    ) throws -> PartitionLog.AppendResult {
        guard let header = try? RecordBatchHeader(parsing: records) else { return try log.append(records, now: now) }
        // Clients of the time could not read it.
        guard version >= 7 || header.compression != .zstd else {
            throw RequestError(
                .unsupportedCompressionType, "\(log.topicPartition): zstd in a request of version \(version), before 7")
        }
        guard header.isTransactional else { return try log.append(records, now: now) }
        if let joined, let markers = joined.markers[log.topicPartition], joined.producer == header.producer {
            try check(joined.error, log.topicPartition, version)
            if let result = try log.append(records, now: now, unlessMarkersBeyond: markers) { return result }
        }
        while true {
            // If the transaction ends between the look at it and the append, its marker is in the log before its data.
            let markers = log.markerCount
            try checkTransaction(header, log.topicPartition, version, broker)
            if let result = try log.append(records, now: now, unlessMarkersBeyond: markers) { return result }
        }
    }

    /// A transactional batch may go only to partitions that its transaction knows of, else its marker would never come.
    /// From version 12 on the batch makes its partition known (KIP-890).
    private func checkTransaction(
        _ header: RecordBatchHeader, _ partition: TopicPartition, _ version: Int16, _ broker: Broker
    ) throws {
        guard let transactionalId else {
            throw RequestError(.invalidRequest, "\(partition): a transactional batch without a transactional id")
        }
        let error: KafkaErrorCode
        if version >= 12 {
            error = broker.transactions.add(
                to: Name(transactionalId), partitions: [partition], producerID: header.producerId,
                epoch: header.producerEpoch)
        } else {
            error = broker.transactions.membershipError(
                of: partition, in: Name(transactionalId), producerID: header.producerId, epoch: header.producerEpoch)
        }
        try check(error, partition, version)
    }

    private func check(_ error: KafkaErrorCode, _ partition: TopicPartition, _ version: Int16) throws {
        var error = error
        switch error {
        case .none: return
        case .producerFenced: error = .invalidProducerEpoch
        case .concurrentTransactions where version < 12: error = .notEnoughReplicas
        case .invalidTxnState where version >= 11: error = .transactionAbortable
        default: break
        }
        throw RequestError(error, "\(partition) is not part of a transaction of \(transactionalId ?? "")")
    }
}

/// Who has written a batch.
private struct ProducerEpoch: Equatable {
    let id: Int64
    let epoch: Int16
}

extension RecordBatchHeader {
    fileprivate var producer: ProducerEpoch { ProducerEpoch(id: producerId, epoch: producerEpoch) }
}
