import KafkaProtocol
import Testing

@Suite struct PrimitiveTests {
    @Test func `varints have the recorded bytes`() throws {
        for vector in try Vector.load("varints.jsonl") {
            let value = try vector.int("value")
            let isSigned = try vector.string("type") != "unsignedVarint"
            var writer = ByteWriter(capacity: 0)
            if isSigned { writer.writeVarint(value) } else { writer.writeUnsignedVarint(UInt64(value)) }
            let bytes = writer.finish()
            #expect(bytes.hex == (try vector.string("hex")), "\(vector.place)")
            var reader = ByteReader(bytes)
            #expect(try (isSigned ? reader.readVarint() : Int64(reader.readUnsignedVarint())) == value)
            #expect(reader.remaining == 0)
            for length in 0..<bytes.count {
                var prefix = ByteReader(bytes[0..<length])
                #expect(throws: KafkaProtocolError.self) { _ = try prefix.readUnsignedVarint() }
            }
        }
    }

    @Test func `a varint of more than 64 bits is malformed`() {
        var reader = ByteReader([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02])
        #expect(throws: KafkaProtocolError.self) { _ = try reader.readUnsignedVarint() }
    }

    @Test func `random integers, doubles and strings come back`() throws {
        var random = SeededRandom(seed: 4)
        for _ in 0..<500 {
            let number = Int64(bitPattern: random.next()) >> Int64.random(in: 0..<64, using: &random)
            let small = Int16(truncatingIfNeeded: number)
            let length = Int.random(in: 0..<40, using: &random)
            let text = String((0..<length).map { _ in "aé€😀".randomElement(using: &random) ?? "x" })
            var writer = ByteWriter(capacity: 0)
            writer.write(number)
            writer.write(small)
            writer.write(number % 2 == 0)
            writer.write(Double(number))
            writer.writeVarint(number)
            try writer.write(text, compact: true)
            try writer.write(text, compact: false)
            try writer.write(nil as String?, compact: true)
            var reader = ByteReader(writer.finish())
            #expect(try reader.read() == number)
            #expect(try reader.read() == small)
            #expect(try reader.readBool() == (number % 2 == 0))
            #expect(try reader.readDouble() == Double(number))
            #expect(try reader.readVarint() == number)
            #expect(try reader.readString(compact: true) == text)
            #expect(try reader.readString(compact: false) == text)
            #expect(try reader.readNullableString(compact: true) == nil)
            #expect(reader.remaining == 0)
        }
    }

    @Test func `a writer grows, overwrites, cuts back and is reusable`() {
        var writer = ByteWriter(capacity: 0)
        for index in 0..<1000 { writer.write(UInt16(index)) }
        #expect(writer.count == 2000)
        writer.overwrite(0xabcd as UInt16, at: 10)
        writer.truncate(to: 12)
        #expect(writer.copy().hex == "00000001000200030004abcd")
        writer.removeAll()
        writer.write(utf8: "new")
        writer.writeZeros(2)
        writer.write(upTo: 10) { buffer in
            buffer[0] = 7
            return 1
        }
        #expect(writer.finish() == Bytes([0x6e, 0x65, 0x77, 0, 0, 7]))
    }

    @Test func `reading beyond the end throws and consumes nothing`() throws {
        var reader = ByteReader([1, 2, 3])
        #expect(throws: KafkaProtocolError.self) { _ = try reader.read(Int32.self) }
        #expect(throws: KafkaProtocolError.self) { _ = try reader.readSlice(4) }
        #expect(throws: KafkaProtocolError.self) { _ = try reader.readSlice(-1) }
        #expect(throws: KafkaProtocolError.self) { try reader.skip(4) }
        #expect(reader.position == 0 && reader.remaining == 3)
        #expect(try reader.readSlice(3) == [1, 2, 3])
    }

    @Test func `slices share memory, compare by content and can be detached`() {
        let whole = Bytes(utf8: "hello world")
        let slice = whole[6..<11]
        #expect(slice.string == "world" && slice.count == 5 && slice[0] == UInt8(ascii: "w"))
        #expect(slice == Bytes(utf8: "world") && slice.hashValue == Bytes(utf8: "world").hashValue)
        #expect(slice.detached() == slice)
        #expect(whole[3..<3] == Bytes() && Bytes().isEmpty && Bytes().detached().isEmpty)
        #expect(Bytes(utf8: "").array == [] && Bytes([0x0a, 0xff]).hex == "0aff")
    }

    @Test func `bytes are ordered byte by byte, unsigned, a prefix first`() {
        let sorted: [Bytes] = [[], [0], [0, 1], [1], [0x7f], [0x80], [0xff], [0xff, 0]]
        var random = SeededRandom(seed: 1)
        #expect(sorted.shuffled(using: &random).sorted() == sorted)
    }

    @Test func `topic ids have Kafka's text form`() throws {
        var random = SeededRandom(seed: 9)
        for _ in 0..<200 {
            let uuid = KafkaUUID.random(using: &random)
            #expect(KafkaUUID(uuid.description) == uuid)
            #expect(uuid.high >> 12 & 15 == 4 && uuid.low >> 62 == 2)
        }
        #expect(KafkaUUID.zero.description == "AAAAAAAAAAAAAAAAAAAAAA")
        for text in ["AAAAAAAAAAAAAAAAAAAAAB", "AAAA", "*AAAAAAAAAAAAAAAAAAAAA"] { #expect(KafkaUUID(text) == nil) }
    }

    @Test func `partitions are ordered by topic and number`() {
        let sorted = [TopicPartition("a", 2), TopicPartition("a", 10), TopicPartition("b", 0)]
        #expect(sorted.reversed().sorted() == sorted)
        #expect(sorted[1].description == "a-10")
    }
}
