import Foundation
import KafkaProtocol
import Millrace
import Testing

@Suite struct SerdeTests {
    func expectRoundTrip<Value: Equatable>(_ serde: Serde<Value>, _ value: Value, _ hex: String) throws {
        let bytes = try serde.bytes(of: value)
        #expect(bytes.hex == hex)
        #expect(try serde.decode(bytes) == value)
    }

    @Test func `values are written as Kafka's own serializers write them`() throws {
        try expectRoundTrip(.string, "aé", "61c3a9")
        try expectRoundTrip(.string, "", "")
        try expectRoundTrip(.int32, -2, "fffffffe")
        try expectRoundTrip(.int64, 1 << 40, "0000010000000000")
        try expectRoundTrip(.double, -1.5, "bff8000000000000")
        try expectRoundTrip(.bytes, Bytes(utf8: "raw"), "726177")
        let uuid = try #require(UUID(uuidString: "0F4E5A3C-0000-4000-8000-00000000ABCD"))
        try expectRoundTrip(.uuid, uuid, Bytes(utf8: "0f4e5a3c-0000-4000-8000-00000000abcd").hex)
    }

    @Test func `bytes of the wrong length or form are not decoded`() {
        #expect(throws: SerdeError.self) { try Serde<Int64>.int64.decode([1, 2, 3]) }
        #expect(throws: SerdeError.self) { try Serde<Int32>.int32.decode([]) }
        #expect(throws: SerdeError.self) { try Serde<Double>.double.decode([0]) }
        #expect(throws: SerdeError.self) { try Serde<String>.string.decode([0xff, 0xfe]) }
        #expect(throws: SerdeError.self) { try Serde<UUID>.uuid.decode(Bytes(utf8: "no uuid")) }
        #expect(throws: SerdeError.self) { try Serde<Clicks>.json().decode(Bytes(utf8: "{")) }
        let timeWindowed: Serde<Windowed<String>> = .timeWindowed(.string, size: 10)
        #expect(throws: SerdeError.self) { try timeWindowed.decode([0, 0, 0]) }
        let sessionWindowed: Serde<Windowed<String>> = .sessionWindowed(.string)
        #expect(throws: SerdeError.self) { try sessionWindowed.decode([0, 0, 0, 0, 0, 0, 0, 0]) }
    }

    struct Clicks: Codable, Equatable {
        var page: String
        var count: Int
    }

    @Test func `JSON has members in the order of the type, keys of dictionaries in order`() throws {
        let serde: Serde<Clicks> = .json()
        let bytes = try serde.bytes(of: Clicks(page: "/a", count: 2))
        #expect(bytes.string == #"{"page":"/a","count":2}"#)
        #expect(try serde.decode(bytes) == Clicks(page: "/a", count: 2))
        #expect(try Serde<[String: Int]>.json().bytes(of: ["b": 1, "c": 2, "a": 3]).string == #"{"a":3,"b":1,"c":2}"#)
    }

    @Test func `JSON is written behind what is there already`() throws {
        var writer = ByteWriter(capacity: 4)
        writer.write(utf8: "before ")
        try Serde<Clicks>.json().encode(Clicks(page: "/a", count: 2), &writer)
        #expect(writer.finish().string == #"before {"page":"/a","count":2}"#)
    }

    @Test func `coders of one's own read and write JSON in place of the fast ones`() throws {
        struct Visit: Codable, Equatable {
            var pageName: String
            var at: Date
        }
        let (encoder, decoder) = (JSONEncoder(), JSONDecoder())
        encoder.outputFormatting = .sortedKeys
        encoder.dateEncodingStrategy = .iso8601
        encoder.keyEncodingStrategy = .convertToSnakeCase
        decoder.dateDecodingStrategy = .iso8601
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let visit = Visit(pageName: "a", at: Date(timeIntervalSince1970: 0))
        let serde: Serde<Visit> = .json(encoder: encoder, decoder: decoder)
        #expect(try serde.bytes(of: visit).string == #"{"at":"1970-01-01T00:00:00Z","page_name":"a"}"#)
        #expect(try serde.decode(serde.bytes(of: visit)) == visit)
        // One of the two is enough where there is only one direction.
        let reading: Serde<Visit> = .json(decoder: decoder)
        #expect(try reading.decode(serde.bytes(of: visit)) == visit)
        #expect(try reading.bytes(of: visit).string == #"{"pageName":"a","at":-978307200}"#)
        #expect(throws: SerdeError.self) { try reading.decode(Bytes(utf8: "{}")) }
    }

    @Test func `what is no JSON is told with its place`() throws {
        let error = #expect(throws: SerdeError.self) { try Serde<Clicks>.json().decode(Bytes(utf8: #"{"page" 1}"#)) }
        #expect(error?.message == "not a Clicks in JSON: a colon expected, at byte 8")
    }

    @Test func `a serde for another type is two conversions`() throws {
        let serde = Serde<Int64>.int64.map({ Duration.milliseconds($0) }) { $0.milliseconds }
        #expect(try serde.decode(try serde.bytes(of: .seconds(3))) == .seconds(3))
    }

    @Test func `a decoder that leaves bytes over is told`() {
        #expect(throws: SerdeError.self) { try Bytes([1, 2]).reading { try $0.read(UInt8.self) } }
    }
}
