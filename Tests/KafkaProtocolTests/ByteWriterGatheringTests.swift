import Testing

@testable import KafkaProtocol

@Suite struct ByteWriterGatheringTests {
    @Test(arguments: [0, 1, 8191, 8192, 100_000], [false, true])
    func `A writer that gathers writes the same bytes as one that copies`(size: Int, compact: Bool) throws {
        let records = Bytes((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        func write(_ writer: inout ByteWriter) throws {
            for number in 0..<3 {
                writer.write(Int32(number))
                try writer.write(records: records, compact: compact)
                try writer.write(records: nil, compact: compact)
                try writer.write(records: records, compact: compact)
            }
        }
        var copying = ByteWriter()
        try write(&copying)
        var gathering = ByteWriter.gathering()
        try write(&gathering)
        let (total, size) = (gathering.totalCount, copying.count)
        #expect(total == size)
        gathering.overwrite(77 as Int32, at: 0)
        copying.overwrite(77 as Int32, at: 0)
        let parts = gathering.finishParts()
        let copied = copying.finish().array
        #expect(parts.flatMap(\.array) == copied)
        #expect(parts.count == (records.count < 8192 ? 1 : 12))
    }

    @Test func `A large slice is handed on as it is and outlives the writer`() throws {
        let records = Bytes([UInt8](repeating: 7, count: 10_000))
        let address = records.withUnsafeBytes { $0.baseAddress }
        var writer = ByteWriter.gathering()
        writer.write(1 as Int32)
        try writer.write(records: records, compact: false)
        let parts = writer.finishParts()
        #expect(parts.map(\.count) == [8, 10_000])
        #expect(parts.last?.withUnsafeBytes { $0.baseAddress } == address)
    }

    @Test func `A writer that is thrown away lets go of its slices`() throws {
        weak var storage: ByteStorage?
        do {
            let records = Bytes([UInt8](repeating: 7, count: 10_000))
            storage = records.storage
            var writer = ByteWriter.gathering()
            try writer.write(records: records, compact: false)
        }
        #expect(storage == nil)
    }
}
