/// A record batch as it is stored and sent: header and, as bytes, the records.
public struct RecordBatch: Sendable {
    /// The header.
    public let header: RecordBatchHeader
    /// The whole batch, header included.
    public let bytes: Bytes

    /// The bytes that `records` decompresses a batch to at most, if nothing else is said: 128 MiB.
    public static let decompressionLimit = 128 << 20

    /// The batch at the front of `bytes`; bytes after it are cut off.
    ///
    /// Throws as `RecordBatchHeader.init(parsing:at:)` does, and `.truncated` if the batch goes on after `bytes`.
    public init(_ bytes: Bytes) throws {
        header = try RecordBatchHeader(parsing: bytes)
        guard header.sizeInBytes <= bytes.count else {
            throw KafkaProtocolError.truncated(needed: header.sizeInBytes, remaining: bytes.count)
        }
        self.bytes = bytes[0..<header.sizeInBytes]
    }

    /// Throws `KafkaProtocolError` with `.corrupt` if the checksum in the header is not that of the batch.
    public func validateChecksum() throws {
        let actual = CRC32C.checksum(bytes[RecordBatchHeader.FieldOffset.attributes..<bytes.count])
        guard actual == header.crc else {
            throw KafkaProtocolError(
                .corrupt,
                "the record batch at offset \(header.baseOffset) has checksum \(actual), its header says \(header.crc)")
        }
    }

    /// The records, one after the other; decompresses them if need be.
    ///
    /// Throws if they cannot be decompressed: the library is missing, the data is damaged, or there are more than
    /// `limit` bytes.
    public func records(limit: Int = decompressionLimit) throws -> RecordIterator {
        let stored = bytes[RecordBatchHeader.size..<bytes.count]
        return RecordIterator(header: header, payload: try header.compression.decompress(stored, limit: limit))
    }
}

/// The record batches that stand one after the other in a fetch response or a log, in order.
///
/// A batch at the end that is not all there is left out, as Kafka may cut a response anywhere.
public struct RecordBatchSequence: Sendable {
    private let bytes: Bytes
    /// The bytes that are behind the batches returned so far.
    public private(set) var position = 0

    /// The batches in `bytes`.
    public init(_ bytes: Bytes) { self.bytes = bytes }

    /// The next batch, or nil at the end. Throws if what follows is no batch. The checksum is not looked at.
    public mutating func next() throws -> RecordBatch? {
        let remaining = bytes.count - position
        guard remaining >= RecordBatchHeader.logOverhead else { return nil }
        var reader = ByteReader(bytes[position..<bytes.count])
        try reader.skip(RecordBatchHeader.FieldOffset.batchLength)
        let length = try reader.read(Int32.self)
        guard length >= RecordBatchHeader.minimumBatchLength else {
            throw KafkaProtocolError.malformed("a record batch of \(length) bytes")
        }
        guard remaining >= RecordBatchHeader.logOverhead + Int(length) else { return nil }
        let batch = try RecordBatch(bytes[position..<bytes.count])
        position += batch.bytes.count
        return batch
    }
}
