internal import KafkaProtocol

extension ProduceRequest: BrokerRequest {
    static var offeredVersions: ClosedRange<Int16> { versions }

    /// Appends each partition's batch for itself. There are no replicas to wait for, so all of `acks` mean the same:
    /// the records are in the file when the answer goes out.
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> ProduceResponse {
        let now = broker.clock.wall()
        let responses = topicData.map { data in
            let topic = broker.topics.topic(Name(data.name))
            return ProduceResponse.TopicProduceResponse(
                name: data.name,
                partitionResponses: data.partitionData.map { partition in
                    do {
                        return try append(
                            partition, to: topic, named: data.name, version: version, broker: broker, now: now)
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
        _ data: PartitionProduceData, to topic: Topic?, named name: String, version: Int16, broker: Broker, now: Int64
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
        let result = try append(records, to: log, version: version, broker: broker, now: now)
        if let flushMs = topic.flushMs { broker.scheduleFlush(within: flushMs) }
        return .init(
            index: data.index, baseOffset: result.baseOffset, logAppendTimeMs: result.logAppendTime,
            logStartOffset: result.logStartOffset)
    }

    /// Appends a batch; a transactional one only while the transaction that it belongs to is open.
    private func append(
        _ records: Bytes, to log: PartitionLog, version: Int16, broker: Broker, now: Int64
    ) throws -> PartitionLog.AppendResult {
        guard let header = try? RecordBatchHeader(parsing: records) else { return try log.append(records, now: now) }
        // Clients of the time could not read it.
        guard version >= 7 || header.compression != .zstd else {
            throw RequestError(
                .unsupportedCompressionType, "\(log.topicPartition): zstd in a request of version \(version), before 7")
        }
        guard header.isTransactional else { return try log.append(records, now: now) }
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
        var error: KafkaErrorCode
        if version >= 12 {
            error = broker.transactions.add(
                to: Name(transactionalId), partitions: [partition], producerID: header.producerId,
                epoch: header.producerEpoch)
        } else {
            error = broker.transactions.membershipError(
                of: partition, in: Name(transactionalId), producerID: header.producerId, epoch: header.producerEpoch)
        }
        switch error {
        case .none: return
        case .producerFenced: error = .invalidProducerEpoch
        case .concurrentTransactions where version < 12: error = .notEnoughReplicas
        case .invalidTxnState where version >= 11: error = .transactionAbortable
        default: break
        }
        throw RequestError(error, "\(partition) is not part of a transaction of \(transactionalId)")
    }
}
