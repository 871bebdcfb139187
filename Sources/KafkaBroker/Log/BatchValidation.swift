import KafkaProtocol

/// A batch within the bytes a client sent.
struct IncomingBatch: Sendable {
    var header: RecordBatchHeader
    var range: Range<Int>
}

/// Checks what a client wants to append, before the log is locked.
struct BatchValidation {
    /// The partition, for messages.
    let name: String
    let configuration: LogConfiguration

    /// The batches in `records`, at least one. Throws what is wrong with them.
    func check(_ records: Bytes) throws -> [IncomingBatch] {
        var batches: [IncomingBatch] = []
        var at = 0
        while at < records.count {
            let header = try header(in: records, at: at)
            let range = at..<at + header.sizeInBytes
            try check(header, records[range])
            guard header.producerId == batches.first?.header.producerId ?? header.producerId else {
                throw PartitionLogError(.invalidRecord, "\(name): batches of several producers in one request")
            }
            batches.append(IncomingBatch(header: header, range: range))
            at = range.upperBound
        }
        guard !batches.isEmpty else { throw PartitionLogError(.invalidRecord, "\(name): no record batch") }
        guard records.count <= configuration.segmentBytes else {
            throw PartitionLogError(
                .recordListTooLarge,
                "\(name): \(records.count) bytes of records, a segment holds \(configuration.segmentBytes)")
        }
        return batches
    }

    private func header(in records: Bytes, at: Int) throws -> RecordBatchHeader {
        let rest = records.count - at
        guard rest > BatchField.magic else { throw corrupt("\(rest) bytes are no record batch") }
        let magic = records[at + BatchField.magic]
        guard magic == 2 else {
            if magic < 2 {
                throw PartitionLogError(
                    .unsupportedForMessageFormat, "\(name): records in the old format \(magic); only 2 is taken")
            }
            throw corrupt("unknown record format \(magic)")
        }
        do {
            let header = try RecordBatchHeader(parsing: records, at: at)
            guard header.sizeInBytes <= rest else { throw corrupt("a record batch is cut off") }
            return header
        } catch let error as KafkaProtocolError {
            guard error.code == .unsupportedCompression else { throw corrupt(error.message) }
            throw PartitionLogError(.unsupportedCompressionType, "\(name): \(error.message)")
        }
    }

    private func check(_ header: RecordBatchHeader, _ bytes: Bytes) throws {
        guard header.sizeInBytes <= configuration.maxMessageBytes else {
            throw PartitionLogError(
                .messageTooLarge,
                "\(name): a batch of \(header.sizeInBytes) bytes, at most \(configuration.maxMessageBytes) are taken")
        }
        guard CRC32C.checksum(bytes[BatchField.attributes..<bytes.count]) == header.crc else {
            throw corrupt("the checksum of a batch is wrong")
        }
        guard header.recordCount > 0, header.lastOffsetDelta == header.recordCount - 1 else {
            throw invalid("\(header.recordCount) records with the last offset delta \(header.lastOffsetDelta)")
        }
        guard !header.isControl else { throw invalid("a control batch from a client") }
        guard !header.isLogAppendTime else {
            throw PartitionLogError(.invalidTimestamp, "\(name): a batch from a client claims the broker's time")
        }
        if header.producerId >= 0 {
            guard header.producerEpoch >= 0, header.baseSequence >= 0 else {
                throw invalid("producer \(header.producerId) sent no epoch or sequence number")
            }
        } else if header.isTransactional {
            throw invalid("a transactional batch without a producer id")
        }
        if configuration.cleanupPolicy.contains(.compact) { try checkKeys(bytes) }
    }

    private func checkKeys(_ bytes: Bytes) throws {
        do {
            var records = try RecordBatch(bytes).records()
            while let record = try records.nextPosition() {
                guard record.keyCount >= 0 else { throw invalid("a record without a key on a compacted topic") }
            }
        } catch let error as KafkaProtocolError {
            throw invalid("a batch cannot be decoded: \(error)")
        }
    }

    private func corrupt(_ what: String) -> PartitionLogError { PartitionLogError(.corruptMessage, "\(name): \(what)") }
    private func invalid(_ what: String) -> PartitionLogError { PartitionLogError(.invalidRecord, "\(name): \(what)") }
}
