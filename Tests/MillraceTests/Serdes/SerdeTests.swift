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

    @Test func `JSON is written with sorted keys`() throws {
        let serde: Serde<Clicks> = .json()
        let bytes = try serde.bytes(of: Clicks(page: "/a", count: 2))
        #expect(bytes.string == #"{"count":2,"page":"/a"}"#)
        #expect(try serde.decode(bytes) == Clicks(page: "/a", count: 2))
    }

    @Test func `a serde for another type is two conversions`() throws {
        let serde = Serde<Int64>.int64.map({ Duration.milliseconds($0) }) { $0.milliseconds }
        #expect(try serde.decode(try serde.bytes(of: .seconds(3))) == .seconds(3))
    }

    @Test func `a decoder that leaves bytes over is told`() {
        #expect(throws: SerdeError.self) { try Bytes([1, 2]).reading { try $0.read(UInt8.self) } }
    }
}
