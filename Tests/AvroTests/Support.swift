import Avro
import KafkaProtocol
import Testing

/// A generator of the same numbers in each run.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}

/// A record's schema of these fields, in JSON.
func record(_ fields: String, name: String = "R") -> String { #"{"type":"record","name":"\#(name)","fields":[\#(fields)]}"# }

/// The value written by a schema, in hexadecimal.
func hex<T: Encodable>(_ value: T, _ schema: String) throws -> String {
    try AvroWriter(schema: AvroSchema(parsing: schema)).encode(value).hex
}

/// The value that bytes are, as it was written and as it is read.
func read<T: Decodable>(_ type: T.Type = T.self, _ bytes: [UInt8], _ writer: String, as reader: String? = nil) throws -> T {
    try AvroReader(writer: AvroSchema(parsing: writer), reader: reader.map { try AvroSchema(parsing: $0) }).decode(type, from: Bytes(bytes))
}

/// Checks that a value goes to its bytes and back.
func roundTrip<T: Codable & Equatable>(_ value: T, _ schema: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let schema = try AvroSchema(parsing: schema)
    let bytes = try AvroWriter(schema: schema).encode(value)
    #expect(try AvroReader(writer: schema).decode(T.self, from: bytes) == value, sourceLocation: sourceLocation)
}
