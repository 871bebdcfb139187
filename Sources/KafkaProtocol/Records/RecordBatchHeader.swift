/// The fixed front of a record batch (magic 2, KIP-98): 61 bytes, then the records, compressed or not.
public struct RecordBatchHeader: Sendable, Equatable {
    /// The offset of the first record.
    public let baseOffset: Int64
    /// The bytes of the batch after this field.
    public let batchLength: Int32
    /// The leader epoch at the time of the append; -1 before it.
    public let partitionLeaderEpoch: Int32
    /// The CRC-32C of everything from the attributes on.
    public let crc: UInt32
    /// Compression (3 bits), log append time, transactional, control.
    public let attributes: Int16
    /// The last record's offset minus `baseOffset`; stays when compaction removes the record.
    public let lastOffsetDelta: Int32
    /// What the records' timestamps are relative to, in milliseconds since 1970.
    public let baseTimestamp: Int64
    /// The highest timestamp, in milliseconds since 1970.
    public let maxTimestamp: Int64
    /// The producer's id; -1 for one that is not idempotent.
    public let producerId: Int64
    /// The producer's epoch; -1 for one that is not idempotent.
    public let producerEpoch: Int16
    /// The first record's sequence number; -1 for a producer that is not idempotent.
    public let baseSequence: Int32
    /// The number of records.
    public let recordCount: Int32

    /// The size of the header in bytes.
    public static let size = 61
    /// The `batchLength` of a batch without records.
    public static let minimumBatchLength: Int32 = 49
    /// The bytes before those that `batchLength` counts.
    public static let logOverhead = 12

    /// Where the fields lie, in bytes from the front of the batch.
    public enum FieldOffset {
        /// `baseOffset`, 8 bytes.
        public static let baseOffset = 0
        /// `batchLength`, 4 bytes.
        public static let batchLength = 8
        /// `partitionLeaderEpoch`, 4 bytes. This and what is before it are outside of the checksum.
        public static let partitionLeaderEpoch = 12
        /// The format's number, 2; 1 byte.
        public static let magic = 16
        /// `crc`, 4 bytes.
        public static let crc = 17
        /// `attributes`, 2 bytes.
        public static let attributes = 21
        /// `lastOffsetDelta`, 4 bytes.
        public static let lastOffsetDelta = 23
        /// `baseTimestamp`, 8 bytes.
        public static let baseTimestamp = 27
        /// `maxTimestamp`, 8 bytes.
        public static let maxTimestamp = 35
        /// `producerId`, 8 bytes.
        public static let producerId = 43
        /// `producerEpoch`, 2 bytes.
        public static let producerEpoch = 51
        /// `baseSequence`, 4 bytes.
        public static let baseSequence = 53
        /// `recordCount`, 4 bytes.
        public static let recordCount = 57
    }

    /// The bits of `attributes`.
    public enum Attribute {
        /// The number of the `Compression`.
        public static let compressionMask: Int16 = 7
        /// Timestamps are the broker's time of the append.
        public static let logAppendTime: Int16 = 8
        /// Part of a transaction.
        public static let transactional: Int16 = 16
        /// Holds a control record.
        public static let control: Int16 = 32
    }

    /// The compression of the records.
    public var compression: Compression {
        Compression(rawValue: Int8(attributes & Attribute.compressionMask)) ?? .none
    }
    /// Whether all records have the broker's time of the append, `maxTimestamp`.
    public var isLogAppendTime: Bool { attributes & Attribute.logAppendTime != 0 }
    /// Whether the records are part of a transaction.
    public var isTransactional: Bool { attributes & Attribute.transactional != 0 }
    /// Whether the batch holds a `ControlRecord` rather than records of users.
    public var isControl: Bool { attributes & Attribute.control != 0 }
    // The sums cannot overflow: a header whose offsets do is not read.
    /// The offset of the last record.
    public var lastOffset: Int64 { baseOffset + Int64(lastOffsetDelta) }
    /// The offset after the last record.
    public var nextOffset: Int64 { lastOffset + 1 }
    /// The bytes of the whole batch.
    public var sizeInBytes: Int { Self.logOverhead + Int(batchLength) }
    /// The last record's sequence number, which wraps to 0 after the highest Int32; -1 if there are none.
    public var lastSequence: Int32 {
        guard baseSequence >= 0 else { return -1 }
        return Int32((Int64(baseSequence) + Int64(lastOffsetDelta)) & Int64(Int32.max))
    }
}

extension RecordBatchHeader {
    /// Reads the header at `offset` of `bytes`.
    ///
    /// Throws `KafkaProtocolError`: `.truncated` if there are fewer than 61 bytes, `.unsupportedVersion` for a magic
    /// other than 2, `.unsupportedCompression` for an unknown one, `.malformed` for lengths, counts or offsets that cannot
    /// be.
    /// The checksum is not looked at, nor whether the rest of the batch is there.
    public init(parsing bytes: Bytes, at offset: Int = 0) throws {
        guard offset >= 0, offset <= bytes.count else {
            throw KafkaProtocolError.truncated(needed: Self.size, remaining: 0)
        }
        self = try bytes.withUnsafeBytes { buffer in
            try RecordBatchHeader(parsing: UnsafeRawBufferPointer(rebasing: buffer[offset...]))
        }
    }

    /// Reads the header at the front of `buffer`; throws as `init(parsing:at:)` does.
    public init(parsing buffer: UnsafeRawBufferPointer) throws {
        guard buffer.count >= Self.size else {
            throw KafkaProtocolError.truncated(needed: Self.size, remaining: buffer.count)
        }
        func field<I: FixedWidthInteger>(_ offset: Int) -> I {
            I(bigEndian: buffer.loadUnaligned(fromByteOffset: offset, as: I.self))
        }
        let magic: Int8 = field(FieldOffset.magic)
        guard magic == 2 else {
            throw KafkaProtocolError(
                .unsupportedVersion, "record batches of magic \(magic) cannot be read, only magic 2")
        }
        baseOffset = field(FieldOffset.baseOffset)
        batchLength = field(FieldOffset.batchLength)
        partitionLeaderEpoch = field(FieldOffset.partitionLeaderEpoch)
        crc = field(FieldOffset.crc)
        attributes = field(FieldOffset.attributes)
        lastOffsetDelta = field(FieldOffset.lastOffsetDelta)
        baseTimestamp = field(FieldOffset.baseTimestamp)
        maxTimestamp = field(FieldOffset.maxTimestamp)
        producerId = field(FieldOffset.producerId)
        producerEpoch = field(FieldOffset.producerEpoch)
        baseSequence = field(FieldOffset.baseSequence)
        recordCount = field(FieldOffset.recordCount)
        guard batchLength >= Self.minimumBatchLength else {
            throw KafkaProtocolError.malformed("a record batch at offset \(baseOffset) of \(batchLength) bytes")
        }
        guard lastOffsetDelta >= 0, recordCount >= 0 else {
            throw KafkaProtocolError.malformed(
                "a record batch at offset \(baseOffset) with \(recordCount) records, the last at +\(lastOffsetDelta)")
        }
        // So that no offset of the batch, nor the one after it, is beyond what a number holds.
        guard baseOffset >= 0, baseOffset < .max - Int64(lastOffsetDelta) else {
            throw KafkaProtocolError.malformed("a record batch at offset \(baseOffset), the last record at +\(lastOffsetDelta)")
        }
        let compression = attributes & Attribute.compressionMask
        guard Compression(rawValue: Int8(compression)) != nil else {
            throw KafkaProtocolError(
                .unsupportedCompression, "a record batch at offset \(baseOffset) of unknown compression \(compression)")
        }
    }
}
