import Avro
import Foundation
import KafkaProtocol
import Testing

@Suite struct `Logical types` {
    @Test(arguments: [
        ("0", "00"), ("1.27", "7f"), ("1.28", "0080"), ("-1.28", "80"), ("-1.29", "ff7f"), ("-0.01", "ff"), ("99999999.99", "02540be3ff"),
    ])
    func `decimals are the fewest bytes, or as many as a fixed type has`(text: String, hexadecimal: String) throws {
        let value = try #require(Decimal(string: text))
        let bytes = #"{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}"#
        #expect(try hex(value, bytes) == String(format: "%02x", hexadecimal.count) + hexadecimal)
        try roundTrip(value, bytes)
        let fixed = #"{"type":"fixed","name":"F","size":6,"logicalType":"decimal","precision":10,"scale":2}"#
        try roundTrip(value, fixed)
        #expect(try hex(value, fixed).hasSuffix(hexadecimal))
    }

    @Test func `decimals that do not fit are errors`() throws {
        let schema = #"{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}"#
        #expect(try hex(AvroDecimal(unscaled: 5, scale: 0), schema) == "0401f4")
        #expect(try hex(AvroDecimal(unscaled: 5000, scale: 3), schema) == "0401f4")
        for value in [
            AvroDecimal(unscaled: 1, scale: 3), AvroDecimal(unscaled: 100, scale: 0), AvroDecimal(unscaled: .max, scale: .min),
            AvroDecimal(unscaled: 1, scale: .max),
        ] {
            #expect(throws: EncodingError.self, "\(value)") { try hex(value, schema) }
        }
        #expect(throws: EncodingError.self) { try hex(Decimal.nan, schema) }
        #expect(try read(AvroDecimal.self, [0], schema) == AvroDecimal(unscaled: 0, scale: 2))
        let wide = [UInt8](repeating: 0xff, count: 20)
        #expect(try read(AvroDecimal.self, [40] + wide, schema) == AvroDecimal(unscaled: -1, scale: 2))
        #expect(throws: DecodingError.self) { try read(AvroDecimal.self, [40, 1] + wide.dropLast(), schema) }
        #expect(throws: DecodingError.self) { try read(AvroDecimal.self, [2, 1], "bytes") }
    }

    @Test(arguments: [
        ("timestamp-millis", 1000.0), ("timestamp-micros", 1e6), ("timestamp-nanos", 1e9), ("local-timestamp-millis", 1000),
        ("local-timestamp-micros", 1e6), ("local-timestamp-nanos", 1e9),
    ])
    func `timestamps before and after 1970`(name: String, unit: Double) throws {
        let schema = #"{"type":"long","logicalType":"\#(name)"}"#
        for seconds in [0.0, -0.5, 1.25, -86_400.125, 1_795_872_583.5] {
            let date = Date(timeIntervalSince1970: seconds)
            try roundTrip(date, schema)
            #expect(try read(Int64.self, AvroWriter(schema: AvroSchema(parsing: schema)).encode(date).array, schema) == Int64(seconds * unit))
        }
        #expect(throws: EncodingError.self) { try hex(Date(timeIntervalSince1970: 1e18), schema) }
        #expect(throws: EncodingError.self) { try hex(Date(timeIntervalSince1970: .nan), schema) }
        #expect(throws: EncodingError.self) { try hex(Date(), "long") }
    }

    @Test func `a date is the day that it is in`() throws {
        let schema = #"{"type":"int","logicalType":"date"}"#
        for (seconds, day) in [(0.0, 0), (86_399, 0), (86_400, 1), (-1, -1), (-86_400, -1), (-86_401, -2)] {
            #expect(try hex(Date(timeIntervalSince1970: seconds), schema) == hex(day, "int"))
        }
    }

    @Test func `times of day, UUIDs and durations`() throws {
        try roundTrip(Duration.milliseconds(86_399_999), #"{"type":"int","logicalType":"time-millis"}"#)
        try roundTrip(Duration.microseconds(1), #"{"type":"long","logicalType":"time-micros"}"#)
        #expect(throws: EncodingError.self) { try hex(Duration.seconds(86_400), #"{"type":"int","logicalType":"time-millis"}"#) }
        #expect(throws: EncodingError.self) { try hex(Duration.seconds(-1), #"{"type":"int","logicalType":"time-millis"}"#) }
        try roundTrip(UUID(), #"{"type":"string","logicalType":"uuid"}"#)
        try roundTrip(UUID(), #"{"type":"fixed","name":"U","size":16,"logicalType":"uuid"}"#)
        #expect(throws: DecodingError.self) { try read(UUID.self, [2, 0x61], "string") }
        let duration = #"{"type":"fixed","name":"D","size":12,"logicalType":"duration"}"#
        #expect(try hex(AvroDuration(months: 1, days: 2, milliseconds: 256), duration) == "010000000200000000010000")
        try roundTrip(AvroDuration(months: .max, days: 0, milliseconds: 7), duration)
    }
}
