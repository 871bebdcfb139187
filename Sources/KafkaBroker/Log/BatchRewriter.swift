import KafkaProtocol

/// Writes a batch anew with some of its records; offsets, sequence numbers and the extent of the batch stay.
struct BatchRewriter {
    let header: RecordBatchHeader
    /// The batch's records, decompressed.
    let records: RecordIterator

    /// Throws `KafkaProtocolError` if the records cannot be decompressed.
    init(_ header: RecordBatchHeader, _ bytes: Bytes) throws {
        self.header = header
        records = try RecordBatch(bytes).records()
    }

    /// The batch with the records that `isKept`, compressed as it was.
    ///
    /// With a `deleteHorizon` that time becomes the base of the timestamps, which stay the same.
    func rewrite(
        deleteHorizon: Int64?, isKept: (RecordPosition, RecordIterator) -> Bool
    ) throws -> Bytes {
        let baseTimestamp = deleteHorizon ?? header.baseTimestamp
        var payload = ByteWriter(capacity: records.payload.count + 64)
        var scratch = ByteWriter(capacity: 64)
        var source = records
        var count: Int32 = 0
        var maxTimestamp: Int64 = -1
        while let record = try source.nextPosition() {
            guard isKept(record, source) else { continue }
            count += 1
            maxTimestamp = max(maxTimestamp, record.timestamp)
            scratch.removeAll()
            scratch.write(0 as Int8)
            scratch.writeVarint(record.timestamp.saturatingSubtract(baseTimestamp))
            scratch.writeVarint(record.offset - header.baseOffset)
            scratch.writeVarint(Int64(record.keyCount))
            let rest = source.payload[record.keyStart..<record.end]
            payload.writeVarint(Int64(scratch.count + rest.count))
            scratch.withUnsafeBytes { payload.write(raw: $0) }
            payload.write(raw: rest)
        }
        var attributes = header.attributes
        if deleteHorizon != nil { attributes |= BatchCleaner.hasDeleteHorizon }
        let plain = payload.finish()
        var body = plain
        if header.compression != .none {
            if let compressed = try? header.compression.compress(plain) {
                body = compressed
            } else {
                attributes &= ~RecordBatchHeader.Attribute.compressionMask
            }
        }
        return write(
            body, count: count, attributes: attributes, baseTimestamp: baseTimestamp,
            maxTimestamp: header.isLogAppendTime ? header.maxTimestamp : maxTimestamp)
    }

    /// The batch without records. It belongs to no transaction, for there is nothing to decide about it.
    func empty() -> Bytes {
        let gone = RecordBatchHeader.Attribute.compressionMask | RecordBatchHeader.Attribute.transactional
        return write(
            Bytes(), count: 0, attributes: header.attributes & ~gone, baseTimestamp: header.baseTimestamp,
            maxTimestamp: header.maxTimestamp)
    }

    private func write(
        _ body: Bytes, count: Int32, attributes: Int16, baseTimestamp: Int64, maxTimestamp: Int64
    ) -> Bytes {
        var checked = ByteWriter(capacity: body.count + RecordBatchHeader.size)
        checked.write(attributes)
        checked.write(header.lastOffsetDelta)
        checked.write(baseTimestamp)
        checked.write(maxTimestamp)
        checked.write(header.producerId)
        checked.write(header.producerEpoch)
        checked.write(header.baseSequence)
        checked.write(count)
        checked.write(raw: body)
        var batch = ByteWriter(capacity: body.count + RecordBatchHeader.size)
        batch.write(header.baseOffset)
        batch.write(Int32(clamping: body.count) + RecordBatchHeader.minimumBatchLength)
        batch.write(header.partitionLeaderEpoch)
        batch.write(2 as Int8)
        batch.write(checked.withUnsafeBytes { CRC32C.checksum($0) })
        checked.withUnsafeBytes { batch.write(raw: $0) }
        return batch.finish()
    }
}
