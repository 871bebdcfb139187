import KafkaProtocol

/// The records of a batch, and the batch as it was last written: it can be sent again, with another stamp.
///
/// Sound as Sendable although a builder is not: it belongs to a `PreparedBatch`, which is passed on from one owner to the next, and
/// to the `QueuedBatch` that is made of it, until that has come to its end.
final class BatchContents: @unchecked Sendable {
    private let builder: RecordBatchBuilder
    private var written: (bytes: Bytes, stamp: QueuedBatch.Stamp?)?

    /// The records of `builder`, which nobody else touches any more.
    init(_ builder: RecordBatchBuilder) { self.builder = builder }

    var compression: Compression { builder.compression }

    /// Writes and compresses the batch now, so that later it only needs to be stamped.
    func write() throws {
        if written == nil { written = (try builder.finish(), nil) }
    }

    /// The batch as it goes over the wire.
    func bytes(_ stamp: QueuedBatch.Stamp?, isTransactional: Bool) throws -> Bytes {
        if let written, written.stamp == stamp { return written.bytes }
        let bytes: Bytes
        if let written {
            bytes = written.bytes.stamped(stamp, isTransactional: isTransactional)
        } else {
            bytes = try builder.finish(
                producerId: stamp?.identity.id ?? -1, producerEpoch: stamp?.identity.epoch ?? -1,
                baseSequence: stamp?.sequence ?? -1, isTransactional: isTransactional)
        }
        written = (bytes, stamp)
        return bytes
    }
}

extension Bytes {
    /// A copy of a whole record batch with another producer id, epoch and sequence, and the checksum that goes with them.
    fileprivate func stamped(_ stamp: QueuedBatch.Stamp?, isTransactional: Bool) -> Bytes {
        let crcOffset = 17
        let attributesOffset = 21
        let producerOffset = 43
        guard count >= RecordBatchHeader.size else { return self }
        var writer = ByteWriter(capacity: count)
        writer.write(raw: self)
        let attributes = UInt16(self[attributesOffset]) << 8 | UInt16(self[attributesOffset + 1])
        writer.overwrite(isTransactional ? attributes | 0x10 : attributes & ~0x10, at: attributesOffset)
        writer.overwrite(stamp?.identity.id ?? -1, at: producerOffset)
        writer.overwrite(stamp?.identity.epoch ?? -1, at: producerOffset + 8)
        writer.overwrite(stamp?.sequence ?? -1, at: producerOffset + 10)
        let crc = writer.withUnsafeBytes { CRC32C.checksum(UnsafeRawBufferPointer(rebasing: $0[attributesOffset...])) }
        writer.overwrite(crc, at: crcOffset)
        return writer.finish()
    }
}
