extension RecordBatchBuilder {
    /// Leaves room for the header and takes over the first record's timestamp as the base of all.
    @usableFromInline @inline(never) func begin(timestamp: Int64) {
        writer.reserve(capacity)
        writer.removeAll()
        writer.writeZeros(RecordBatchHeader.size)
        baseTimestamp = timestamp
        maxTimestamp = timestamp
    }

    /// Forgets the records, keeps the memory.
    public func removeAll() {
        count = 0
        lastDelta = -1
        writer.removeAll()
    }

    /// Writes the header with its checksum and returns the batch; the builder is empty afterwards.
    ///
    /// The producer's id, epoch and sequence are -1 for a producer that is not idempotent. `lastOffsetDelta` is that
    /// of the last record if nil; compaction sets it to keep the offset of a record that it removed. Without
    /// compression the memory written to is handed over (a batch much smaller than the memory is copied, so that
    /// small batches do not hold large buffers). Throws if the batch cannot be compressed; the records are kept then.
    public func finish(
        baseOffset: Int64 = 0, partitionLeaderEpoch: Int32 = -1, producerId: Int64 = -1, producerEpoch: Int16 = -1,
        baseSequence: Int32 = -1, isTransactional: Bool = false, isControl: Bool = false, lastOffsetDelta: Int32? = nil
    ) throws -> Bytes {
        if count == 0 { begin(timestamp: -1) }
        var attributes = Int16(compression.rawValue)
        if isTransactional { attributes |= RecordBatchHeader.Attribute.transactional }
        if isControl { attributes |= RecordBatchHeader.Attribute.control }
        var output: ByteWriter
        if compression == .none {
            if writer.count * 8 < writer.capacity {
                output = ByteWriter(capacity: writer.count)
                writer.withUnsafeBytes { output.write(raw: $0) }
            } else {
                output = ByteWriter(capacity: 0)
                swap(&output, &writer)
            }
        } else {
            output = ByteWriter(capacity: writer.count / 2)
            output.writeZeros(RecordBatchHeader.size)
            try writer.withUnsafeBytes { batch in
                let records = UnsafeRawBufferPointer(rebasing: batch[RecordBatchHeader.size...])
                try compression.compress(records, into: &output)
            }
        }
        typealias Field = RecordBatchHeader.FieldOffset
        output.overwrite(baseOffset, at: Field.baseOffset)
        output.overwrite(Int32(output.count - RecordBatchHeader.logOverhead), at: Field.batchLength)
        output.overwrite(partitionLeaderEpoch, at: Field.partitionLeaderEpoch)
        output.overwrite(2 as Int8, at: Field.magic)
        output.overwrite(attributes, at: Field.attributes)
        output.overwrite(lastOffsetDelta ?? Int32(max(lastDelta, 0)), at: Field.lastOffsetDelta)
        output.overwrite(baseTimestamp, at: Field.baseTimestamp)
        output.overwrite(maxTimestamp, at: Field.maxTimestamp)
        output.overwrite(producerId, at: Field.producerId)
        output.overwrite(producerEpoch, at: Field.producerEpoch)
        output.overwrite(baseSequence, at: Field.baseSequence)
        output.overwrite(Int32(count), at: Field.recordCount)
        let crc = output.withUnsafeBytes { batch in
            CRC32C.checksum(UnsafeRawBufferPointer(rebasing: batch[Field.attributes...]))
        }
        output.overwrite(crc, at: Field.crc)
        removeAll()
        return output.finish()
    }
}
