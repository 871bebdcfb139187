import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct RowLogEntryTests {
    struct Entry: Equatable {
        let key: Bytes
        let value: Bytes?
        let timestamp: Int64
        var headers: [RecordHeader] = []
    }

    static func part(_ entries: [Entry]) throws -> Bytes {
        let buffer = RowLogBuffer()
        for entry in entries {
            buffer.append(key: entry.key, value: entry.value, timestamp: entry.timestamp, headers: entry.headers)
        }
        var part = Bytes()
        try buffer.takePart(chunk: 1, part: 0, marker: nil) { bytes, _ in part = Bytes(copying: bytes) }
        return part
    }

    static func entries(_ part: Bytes, header: RowChunkHeader? = nil) throws -> [Entry] {
        let header = try header ?? RowChunkHeader(part)
        let body = part[RowChunkHeader.size..<part.count]
        return try body.withUnsafeBytes { bytes throws(any Error) -> [Entry] in
            var read = try RowLogEntries(header, in: bytes)
            var found: [Entry] = []
            while let entry = try read.next() {
                var headers: [RecordHeader] = []
                if let range = entry.headers {
                    var reader = ByteReader(body[range])
                    headers = try reader.readHeaders()
                }
                found.append(
                    Entry(
                        key: body[entry.key], value: entry.value.map { body[$0] }, timestamp: entry.timestamp,
                        headers: headers))
            }
            return found
        }
    }

    @Test func `keys, values, deletions and times come back as they were`() throws {
        let long = Bytes(repeatElement(7, count: 70_000))
        let entries = [
            Entry(key: Bytes(), value: nil, timestamp: 5), Entry(key: [1], value: Bytes(), timestamp: .max),
            Entry(key: long, value: long, timestamp: .min), Entry(key: [2], value: [3], timestamp: 0),
            Entry(key: Bytes(repeatElement(1, count: 128)), value: Bytes(repeatElement(2, count: 127)), timestamp: -1),
            Entry(key: [9], value: [1], timestamp: 4, headers: [RecordHeader(key: "v", value: [3])]),
            Entry(key: [9], value: Bytes(), timestamp: 5, headers: [RecordHeader(key: "", value: nil)]),
        ]
        #expect(try Self.entries(Self.part(entries)) == entries)
        #expect(try Self.entries(Self.part([])) == [])
    }

    @Test func `random entries come back as they were`() throws {
        var random = SeededRandom(seed: 3)
        let entries = (0..<2000).map { _ in
            Entry(
                key: Bytes((0..<Int.random(in: 0..<300, using: &random)).map { UInt8(truncatingIfNeeded: $0) }),
                value: Bool.random(using: &random) ? nil : Bytes(repeatElement(9, count: Int.random(in: 0..<300, using: &random))),
                timestamp: Int64(truncatingIfNeeded: random.next()))
        }
        #expect(try Self.entries(Self.part(entries)) == entries)
    }

    @Test func `no length is believed, whatever the checksums say`() throws {
        let part = try Self.part([
            Entry(key: [1, 2, 3], value: [4, 5], timestamp: 5), Entry(key: [6], value: nil, timestamp: 300),
            Entry(key: [7], value: [8], timestamp: 5, headers: [RecordHeader(key: "v", value: [3])]),
        ])
        let header = try RowChunkHeader(part)
        var refused = 0
        for index in RowChunkHeader.size..<part.count {
            for byte in [0, 1, 0x7f, 0x80, 0xff] as [UInt8] {
                var changed = part.array
                changed[index] = byte
                do { _ = try Self.entries(Bytes(changed), header: header) } catch { refused += 1 }
            }
        }
        #expect(refused > 20)
        for count in [0, 1, 4, .max] as [UInt32] {
            var other = header
            other.entryCount = count
            #expect(throws: RowLogDamage.self) { try Self.entries(part, header: other) }
        }
        for bytes in [0, header.entryBytes - 1, header.entryBytes + 1, .max] {
            var other = header
            other.entryBytes = bytes
            #expect(throws: RowLogDamage.self) { try Self.entries(part, header: other) }
        }
        // The longest lengths there are.
        for length in [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], Array(repeating: 0xff, count: 12)] as [[UInt8]] {
            var other = header
            (other.entryCount, other.entryBytes) = (1, UInt32(length.count))
            #expect(throws: RowLogDamage.self) {
                try Self.entries(Bytes(part.array[..<RowChunkHeader.size] + length), header: other)
            }
            other.entryBytes += 1
            #expect(throws: RowLogDamage.self) {
                try Self.entries(Bytes(part.array[..<RowChunkHeader.size] + [0] + length), header: other)
            }
        }
    }

    @Test func `a marker comes back as it was, and is not believed`() throws {
        let marker = RowMarker(
            positions: [
                RowPosition(partition: TopicPartition("a", 0), topicID: KafkaUUID(high: 1, low: .max), offset: .max),
                RowPosition(partition: TopicPartition("b\u{e9}", 7), topicID: .zero, offset: 0, time: 8),
            ], writtenAt: 4, latestTime: -3)
        var writer = ByteWriter()
        marker.write(to: &writer)
        let bytes = writer.finish()
        #expect(try RowMarker(bytes) == marker)
        for end in 0..<bytes.count { #expect(throws: (any Error).self) { try RowMarker(bytes[0..<end]) } }
        #expect(throws: (any Error).self) { try RowMarker(Bytes(bytes.array + [0])) }
        var hostile = bytes.array
        for index in hostile.indices {
            let old = hostile[index]
            hostile[index] = 0xff
            _ = try? RowMarker(Bytes(hostile))
            hostile[index] = old
        }
    }

    @Test func `a header of a newer version is told from damage`() throws {
        var header = RowChunkHeader(chunk: 4)
        (header.part, header.isLast) = (3, false)
        var writer = ByteWriter()
        writer.writeZeros(RowChunkHeader.size)
        header.write(over: &writer)
        #expect(try RowChunkHeader(writer.copy()) == header)
        var bytes = writer.copy().array
        bytes[4] = 2
        #expect(throws: RowLogDamage.self) { try RowChunkHeader(Bytes(bytes)) }
        // As a newer program writes it.
        let checksum = CRC32C.checksum(Bytes(bytes[..<44]))
        for place in 0..<4 { bytes[44 + place] = UInt8(truncatingIfNeeded: checksum >> UInt32(24 - 8 * place)) }
        #expect(throws: NewerStateVersion(found: 2, known: 1)) { try RowChunkHeader(Bytes(bytes)) }
    }
}
