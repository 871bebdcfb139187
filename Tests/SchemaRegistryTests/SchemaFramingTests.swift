import KafkaProtocol
import Testing

@testable import SchemaRegistry

@Suite struct SchemaFramingTests {
    @Test func `an id comes first, behind a zero`() throws {
        var writer = ByteWriter(capacity: 16)
        SchemaFraming.writeHeader(id: 0x0102_0304, into: &writer)
        writer.write(utf8: "x")
        let bytes = writer.finish()
        #expect(bytes.hex == "000102030478")
        #expect(try bytes.withUnsafeBytes { bytes throws(SchemaRegistryError) in try SchemaFraming.id(of: bytes) } == 0x0102_0304)
    }

    @Test func `other records are told apart`() {
        for bytes in [[], [0], [0, 0, 0, 0], [1, 0, 0, 0, 1], Array("{\"a\":1}".utf8)] as [[UInt8]] {
            let error = #expect(throws: SchemaRegistryError.self) {
                try bytes.withUnsafeBytes { bytes throws(SchemaRegistryError) in try SchemaFraming.id(of: bytes) }
            }
            #expect(error?.code == .malformed)
        }
    }

    @Test(arguments: [([0], "00"), ([1], "0202"), ([0, 0], "040000"), ([2, 0, 63], "0604007e")])
    func `message indexes have Confluent's bytes`(indexes: [Int], hex: String) throws {
        var writer = ByteWriter(capacity: 16)
        SchemaFraming.write(messageIndexes: indexes, into: &writer)
        let bytes = writer.finish()
        #expect(bytes.hex == hex)
        var reader = ByteReader(bytes)
        #expect(try SchemaFraming.readMessageIndexes(from: &reader) == indexes)
        #expect(reader.remaining == 0)
    }

    @Test(arguments: [[], [0x02], [0x04, 0x00], [0x01], [0xff, 0xff, 0xff, 0xff, 0x0f, 0x00], [0x02, 0x01]] as [[UInt8]])
    func `lists of message indexes that make no sense are refused`(bytes: [UInt8]) {
        var reader = ByteReader(Bytes(bytes))
        #expect(throws: (any Error).self) { try SchemaFraming.readMessageIndexes(from: &reader) }
    }
}
