import KafkaProtocol

/// The key of an entry on disk: a row's key and the entry's time, so that the order of bytes is that of keys and then of times,
/// and the entries of one key are all that begin with its bytes.
///
/// A zero byte of the key has 0xFF behind it, and 0, 1 end it; time and rank follow, 8 bytes each, as unsigned numbers whose order
/// is theirs. (Kafka Streams' keys are not told from each other's beginnings, which is why it has to look at more than it returns.)
enum EntryKey {
    private static let timeSize = 16

    /// Appends a row's key.
    static func write(_ key: UnsafeRawBufferPointer, to writer: inout ByteWriter) {
        writer.reserve(key.count + timeSize + 2)
        for byte in key {
            writer.write(byte)
            if byte == 0 { writer.write(0xFF as UInt8) }
        }
        writer.write(0 as UInt8)
        writer.write(1 as UInt8)
    }

    /// Appends an entry's time.
    static func write(_ time: EntryTime, to writer: inout ByteWriter) {
        writer.write(UInt64(bitPattern: time.time) ^ 1 << 63)
        writer.write(UInt64(bitPattern: time.rank) ^ 1 << 63)
    }

    /// What all entries of a key begin with.
    static func prefix(_ key: UnsafeRawBufferPointer) -> Bytes {
        var writer = ByteWriter(capacity: key.count + 2)
        write(key, to: &writer)
        return writer.finish()
    }

    /// The entries of the rows in some bounds.
    static func range(_ bounds: RowBounds) -> RowRange {
        let from = bounds.from.map { $0.withUnsafeBytes { prefix($0) } }
        switch bounds.upper {
        case .none: return RowRange(from: from)
        case .below(let key): return RowRange(from: from, below: key.withUnsafeBytes { prefix($0) })
        case .through(let key):
            return RowRange(from: from, below: RowRange(prefix: key.withUnsafeBytes { prefix($0) }).upper)
        }
    }

    /// The time of an entry; nil if the bytes are none.
    static func time(_ bytes: UnsafeRawBufferPointer) -> EntryTime? {
        guard bytes.count >= timeSize + 2 else { return nil }
        func number(at place: Int) -> Int64 {
            Int64(bitPattern: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)) ^ 1 << 63)
        }
        return EntryTime(number(at: bytes.count - timeSize), number(at: bytes.count - timeSize / 2))
    }

    /// The row's key as it is written, with its end.
    static func writtenKey(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[..<max(0, bytes.count - timeSize)])
    }

    /// The row's key.
    static func key(_ bytes: UnsafeRawBufferPointer) -> Bytes {
        let written = writtenKey(bytes)
        var key: [UInt8] = []
        key.reserveCapacity(written.count)
        var place = 0
        while place < written.count - 2 {
            key.append(written[place])
            place += written[place] == 0 ? 2 : 1
        }
        return Bytes(key)
    }
}
