import KafkaProtocol

/// A batch that may be appended.
struct IncomingBatch: Sendable {
    let header: RecordBatchHeader
    let bytes: Bytes
    /// The latest time of its records, whatever its header says; -1 if none has a time.
    let maxTimestamp: Int64
}

/// Checks what a client wants to append, before the log is locked. The rules and error codes are those of Kafka's broker,
/// but that a compressed batch whose offsets are wrong is refused, not written anew.
struct BatchValidation {
    /// The partition, for messages.
    let name: String
    let configuration: LogConfiguration
    /// The broker's time, milliseconds since 1970.
    let now: Int64

    /// The one batch in `records`. Throws what is wrong with it.
    func check(_ records: Bytes) throws -> IncomingBatch {
        let header = try header(of: records)
        guard header.sizeInBytes == records.count else {
            throw header.sizeInBytes > records.count
                ? corrupt("a record batch of \(header.sizeInBytes) bytes is cut off after \(records.count)")
                : invalid(
                    "\(records.count - header.sizeInBytes) bytes follow the first record batch, where a request has one "
                        + "batch a partition")
        }
        try check(header, records)
        let pass = RecordPass(name: name, configuration: configuration, now: now)
        return IncomingBatch(
            header: header, bytes: records, maxTimestamp: try pass.latestTimestamp(in: RecordBatch(records)))
    }

    private func header(of records: Bytes) throws -> RecordBatchHeader {
        guard !records.isEmpty else { throw invalid("no record batch") }
        guard records.count > BatchField.magic else { throw corrupt("\(records.count) bytes are no record batch") }
        let magic = records[BatchField.magic]
        guard magic >= 2 else { throw invalid("records in the old format \(magic); only 2 is taken") }
        do {
            return try RecordBatchHeader(parsing: records)
        } catch let error as KafkaProtocolError {
            switch error.code {
            case .unsupportedCompression:
                throw PartitionLogError(.unsupportedCompressionType, "\(name): \(error.message)")
            case .malformed: throw invalid(error.message)
            default: throw corrupt(error.message)
            }
        }
    }

    private func check(_ header: RecordBatchHeader, _ bytes: Bytes) throws {
        guard header.baseOffset == 0 else {
            throw invalid("a batch that begins at offset \(header.baseOffset); those of clients begin at 0")
        }
        guard header.sizeInBytes <= configuration.maxMessageBytes else {
            throw PartitionLogError(
                .messageTooLarge,
                "\(name): a batch of \(header.sizeInBytes) bytes, at most \(configuration.maxMessageBytes) are taken")
        }
        guard header.sizeInBytes <= configuration.segmentBytes else {
            throw PartitionLogError(
                .recordListTooLarge,
                "\(name): a batch of \(header.sizeInBytes) bytes, a segment holds \(configuration.segmentBytes)")
        }
        guard CRC32C.checksum(bytes[BatchField.attributes..<bytes.count]) == header.crc else {
            throw corrupt("the checksum of a batch is wrong")
        }
        guard header.recordCount > 0, header.lastOffsetDelta == header.recordCount - 1 else {
            throw invalid("\(header.recordCount) records with the last offset delta \(header.lastOffsetDelta)")
        }
        guard !header.isControl else { throw invalid("a control batch from a client") }
        if header.producerId >= 0 {
            guard header.producerEpoch >= 0, header.baseSequence >= 0 else {
                throw invalid("producer \(header.producerId) sent no epoch or sequence number")
            }
        } else if header.isTransactional {
            throw invalid("a transactional batch without a producer id")
        }
    }

    private func corrupt(_ what: String) -> PartitionLogError { PartitionLogError(.corruptMessage, "\(name): \(what)") }
    private func invalid(_ what: String) -> PartitionLogError { PartitionLogError(.invalidRecord, "\(name): \(what)") }
}
