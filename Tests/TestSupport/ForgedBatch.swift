package import KafkaProtocol

/// A record batch any field of which can be wrong on purpose. What is nil is as it should be, the checksum above all: a
/// wrong field is then found by what it says.
package struct ForgedBatch {
    package var baseOffset: Int64 = 0
    package var batchLength: Int32?
    package var leaderEpoch: Int32 = -1
    package var magic: Int8 = 2
    package var crc: UInt32?
    package var attributes: Int16 = 0
    package var lastOffsetDelta: Int32?
    package var baseTimestamp: Int64 = 1000
    package var maxTimestamp: Int64?
    package var producerId: Int64 = -1
    package var producerEpoch: Int16 = -1
    package var baseSequence: Int32 = -1
    package var recordCount: Int32?
    package var compression = Compression.none
    package var records: [ForgedRecord]
    /// What stands in place of the records, compressed already if need be.
    package var payload: Bytes?

    package init(_ records: [ForgedRecord]) { self.records = records }

    /// A batch of records with these keys and values, a millisecond apart.
    package init(_ records: [(key: String?, value: String?)]) {
        self.init(
            records.enumerated().map { index, record in
                ForgedRecord(
                    offsetDelta: Int64(index), timestampDelta: Int64(index), key: record.key.map { Bytes(utf8: $0) },
                    value: record.value.map { Bytes(utf8: $0) })
            })
    }

    package var bytes: Bytes {
        get throws {
            var plain = ByteWriter()
            for record in records { record.write(into: &plain) }
            let body = if let payload { payload } else { try compression.compress(plain.copy()) }
            let deltas = records.map(\.timestampDelta)
            var checked = ByteWriter()
            checked.write(attributes | Int16(compression.rawValue))
            checked.write(lastOffsetDelta ?? Int32(clamping: records.count - 1))
            checked.write(baseTimestamp)
            checked.write(maxTimestamp ?? baseTimestamp &+ (deltas.max() ?? 0))
            checked.write(producerId)
            checked.write(producerEpoch)
            checked.write(baseSequence)
            checked.write(recordCount ?? Int32(clamping: records.count))
            checked.write(raw: body)
            var batch = ByteWriter()
            batch.write(baseOffset)
            batch.write(batchLength ?? Int32(clamping: checked.count + 9))
            batch.write(leaderEpoch)
            batch.write(magic)
            batch.write(crc ?? checked.withUnsafeBytes { CRC32C.checksum($0) })
            checked.withUnsafeBytes { batch.write(raw: $0) }
            return batch.finish()
        }
    }

    /// The numeric fields of the header.
    package static var headerFields: [BoundaryField<ForgedBatch>] {
        [
            .init("baseOffset", \.baseOffset), .init("batchLength", \.batchLength), .init("leaderEpoch", \.leaderEpoch),
            .init("magic", \.magic), .init("crc", \.crc), .init("attributes", \.attributes),
            .init("lastOffsetDelta", \.lastOffsetDelta), .init("baseTimestamp", \.baseTimestamp),
            .init("maxTimestamp", \.maxTimestamp), .init("producerId", \.producerId),
            .init("producerEpoch", \.producerEpoch), .init("baseSequence", \.baseSequence),
            .init("recordCount", \.recordCount),
        ]
    }

    /// The numeric fields of the record at `index`, which has a header.
    package static func recordFields(_ index: Int) -> [BoundaryField<ForgedBatch>] {
        [
            .init("record.length", \.records[index].length), .init("record.offsetDelta", \.records[index].offsetDelta),
            .init("record.timestampDelta", \.records[index].timestampDelta),
            .init("record.keyLength", \.records[index].keyLength),
            .init("record.valueLength", \.records[index].valueLength),
            .init("record.headerCount", \.records[index].headerCount),
            .init("header.keyLength", \.records[index].headers[0].keyLength),
            .init("header.valueLength", \.records[index].headers[0].valueLength),
        ]
    }
}

/// A record any field of which can be wrong on purpose.
package struct ForgedRecord {
    package struct Header {
        package var keyLength: Int64?
        package var key: Bytes
        package var valueLength: Int64?
        package var value: Bytes?

        package init(key: String, value: Bytes?) {
            self.key = Bytes(utf8: key)
            self.value = value
        }
    }

    package var length: Int64?
    package var offsetDelta: Int64
    package var timestampDelta: Int64
    package var keyLength: Int64?
    package var key: Bytes?
    package var valueLength: Int64?
    package var value: Bytes?
    package var headerCount: Int64?
    package var headers: [Header]
    /// What stands behind the last header.
    package var rest = Bytes()

    package init(
        offsetDelta: Int64 = 0, timestampDelta: Int64 = 0, key: Bytes? = nil, value: Bytes? = nil, headers: [Header] = []
    ) {
        self.offsetDelta = offsetDelta
        self.timestampDelta = timestampDelta
        self.key = key
        self.value = value
        self.headers = headers
    }

    package func write(into writer: inout ByteWriter) {
        var body = ByteWriter()
        body.write(0 as Int8)
        body.writeVarint(timestampDelta)
        body.writeVarint(offsetDelta)
        func write(_ bytes: Bytes?, _ length: Int64?) {
            body.writeVarint(length ?? bytes.map { Int64($0.count) } ?? -1)
            if let bytes { body.write(raw: bytes) }
        }
        write(key, keyLength)
        write(value, valueLength)
        body.writeVarint(headerCount ?? Int64(headers.count))
        for header in headers {
            write(header.key, header.keyLength)
            write(header.value, header.valueLength)
        }
        body.write(raw: rest)
        writer.writeVarint(length ?? Int64(body.count))
        body.withUnsafeBytes { writer.write(raw: $0) }
    }
}
