import KafkaProtocol

extension DataSet {
    /// One side of the stream-stream join: a hundred thousand keys, up to 100 ms out of order.
    static func joinSide(topic: String, seed: UInt64) -> DataSet {
        let random = SplitMix(seed: seed)
        return DataSet(topic: topic, count: 1_000_000) { i, writer in
            writer.write(SplitMix.bounded(random[3 &* i], 100_000))
            writer.write(hexadecimal: random[3 &* i &+ 1])
            return RecordShape(
                keyCount: 8, timestamp: Int64(start &+ i / 5 &+ 100 &- SplitMix.bounded(random[3 &* i &+ 2], 100)))
        }
    }

    /// The rows of a store to restore, as its changelog holds them: every key once, 32 bytes each.
    static let storedRows: DataSet = {
        let random = SplitMix(seed: 6)
        return DataSet(
            topic: "w6-store-changelog", scaledTopic: { "w6\($0)-store-changelog" }, count: 5_000_000,
            configs: ["cleanup.policy": "compact", "retention.ms": "-1"]
        ) { i, writer in
            for part in 0..<5 { writer.write(random[5 &* i &+ UInt64(part)]) }
            return RecordShape(keyCount: 8, timestamp: Int64(start &+ i / 100))
        }
    }()

    /// The application whose store they are.
    static func storedRowsApplication(at scale: Scale) -> String {
        String(storedRows.topic(at: scale).dropLast("-store-changelog".utf8.count))
    }

    /// No records: the input beside the rows to restore.
    static let empty = DataSet(topic: "w6-input", count: 0) { _, _ in RecordShape(keyCount: nil, timestamp: 0) }
}

extension ByteWriter {
    /// Writes 16 lower-case hexadecimal digits.
    mutating func write(hexadecimal number: UInt64) {
        write(upTo: 16) { room in
            for place in 0..<16 {
                let digit = UInt8(truncatingIfNeeded: (number >> UInt64(60 - 4 * place)) & 15)
                room[place] = digit < 10 ? 0x30 &+ digit : 0x57 &+ digit
            }
            return 16
        }
    }
}
