public import KafkaProtocol

/// The waiting records of one side of a left or outer stream-stream join, as they are on its changelog. Those of one key and
/// time are one row: Kafka Streams' `TimestampedKeyAndJoinSide` and a list of `LeftOrRightValue`.
@usableFromInline
enum WaitingRecords {
    /// The key: the time, a byte for the side, the key's bytes.
    @usableFromInline
    static func key(_ timestamp: Int64, isLeft: Bool, _ keyBytes: Bytes) -> Bytes {
        var writer = ByteWriter(capacity: keyBytes.count + 9)
        writer.write(timestamp)
        writer.write(isLeft)
        writer.write(raw: keyBytes)
        return writer.finish()
    }

    @usableFromInline
    static func readKey(_ bytes: Bytes) throws -> (timestamp: Int64, isLeft: Bool, keyBytes: Bytes) {
        var reader = ByteReader(bytes)
        let timestamp = try reader.read(Int64.self)
        let side = try reader.read(UInt8.self)
        guard side <= 1 else { throw SerdeError("a waiting record of neither side (\(side))") }
        return (timestamp, side == 1, try reader.readSlice(reader.remaining))
    }

    /// The side that a key's bytes tell.
    static func isLeft(_ key: UnsafeRawBufferPointer) throws -> Bool {
        guard key.count > 8 else { throw SerdeError("a waiting record's key of \(key.count) bytes") }
        return key[8] == 1
    }

    /// The values: a byte for the kind of list, their number, and of each the length, a byte for the side, and its bytes.
    @inlinable
    static func values<Value>(_ values: [Value], isLeft: Bool, _ serde: Serde<Value>) throws -> Bytes {
        var writer = ByteWriter(capacity: 64)
        writer.write(1 as UInt8)
        writer.write(Int32(clamping: values.count))
        for value in values {
            let start = writer.count
            writer.write(0 as Int32)
            writer.write(isLeft)
            try serde.encode(value, &writer)
            writer.overwrite(Int32(clamping: writer.count - start - 4), at: start)
        }
        return writer.finish()
    }

    /// The bytes of the values, and whether they were in the layout of an older Millrace.
    @usableFromInline
    static func readValues(_ bytes: Bytes, isLeft: Bool) throws -> (values: [Bytes], isOlder: Bool) {
        var reader = ByteReader(bytes)
        // The older one began with a length, of less than 16 MB.
        guard try reader.read(UInt8.self) == 1 else { return (try OlderLayouts.waiting(bytes), true) }
        let count = try reader.read(Int32.self)
        var values: [Bytes] = []
        while reader.remaining > 0 {
            let length = try reader.read(Int32.self)
            let side = try reader.read(UInt8.self)
            guard side == (isLeft ? 1 : 0) else { throw SerdeError("a waiting record of side \(side), other than its key") }
            values.append(try reader.readSlice(Int(length) - 1))
        }
        guard values.count == count else { throw SerdeError("\(values.count) waiting records in place of \(count)") }
        return (values, false)
    }
}
