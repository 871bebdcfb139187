import Avro
import Foundation
import MillraceJSON
import KafkaProtocol
import Testing

@Suite struct `What fastavro does` {
    @Test func `values of random schemas are written and read as fastavro does it`() throws {
        let cases = Vectors.cases("random")
        #expect(cases.count == 150)
        for test in cases {
            let (schema, bytes) = (try Vectors.schema(test["schema"]), Vectors.bytes(test["bytes"]))
            let value = try Vectors.value(test["value"])
            let text = Comment(rawValue: test.bytes.string)
            #expect(try AvroWriter(schema: schema).encode(value) == bytes, text)
            let read = try AvroReader(writer: schema).decode(AvroValue.self, from: bytes)
            #expect(read == value, text)
            // Records that come of reading are written without a look at names.
            #expect(try AvroWriter(schema: schema).encode(read) == bytes, text)
        }
    }

    @Test func `canonical forms and fingerprints are those of fastavro`() throws {
        for test in Vectors.cases("random") {
            let schema = try Vectors.schema(test["schema"])
            #expect(schema.canonicalForm == test["canonical"]?.stringValue)
            let fingerprint = Bytes((0..<8).map { UInt8(truncatingIfNeeded: schema.fingerprint >> (8 * $0)) })
            #expect(fingerprint == Vectors.bytes(test["fingerprint"]))
            #expect(try AvroSchema(parsing: schema.text()) == schema)
        }
    }

    @Test func `values are read as those of another schema`() throws {
        let cases = Vectors.cases("resolution")
        #expect(cases.count > 40)
        for test in cases {
            let (writer, reader) = (try Vectors.schema(test["writer"]), try Vectors.schema(test["reader"]))
            let value = try AvroReader(writer: writer, reader: reader).decode(AvroValue.self, from: Vectors.bytes(test["bytes"]))
            #expect(try value == Vectors.value(test["value"]), "\(test.bytes.string)")
        }
    }

    @Test func `compatibility is what the package avro says`() throws {
        let cases = Vectors.cases("compatibility")
        #expect(cases.count == 150)
        for test in cases {
            let (writer, reader) = (try Vectors.schema(test["writer"]), try Vectors.schema(test["reader"]))
            let found = AvroCompatibility.incompatibilities(reader: reader, writer: writer)
            #expect(found.isEmpty == test["compatible"]?.boolValue, "\(test.bytes.string)")
            #expect(Set(found.map(\.kind.rawValue)).sorted() == test["kinds"]?.elements?.compactMap(\.stringValue), "\(test.bytes.string)")
        }
    }

    /// The types for all logical types that fastavro knows.
    private struct Logical: Codable, Equatable {
        var millis, micros, local, day: Date
        var time, exactTime: Duration
        var amount: AvroDecimal
        var fixedAmount: Decimal
        var id: UUID
    }

    @Test func `logical types are values of Swift's types`() throws {
        let test = try #require(Vectors.all["logical"])
        let (schema, bytes) = (try Vectors.schema(test["schema"]), Vectors.bytes(test["bytes"]))
        let value = try AvroReader(writer: schema).decode(Logical.self, from: bytes)
        #expect(abs(value.millis.timeIntervalSince1970 - 1_795_872_583.123) < 1e-6)
        #expect(abs(value.micros.timeIntervalSince1970 - -14_182_939.876543) < 1e-6)
        #expect(abs(value.local.timeIntervalSinceReferenceDate - 0.001) < 1e-9)
        #expect(value.day == Date(timeIntervalSince1970: -2 * 86_400))
        #expect(value.time == .milliseconds(86_399_999) && value.exactTime == .microseconds(1_000_005))
        #expect(value.amount == AvroDecimal(unscaled: -1_234_567, scale: 2) && value.amount.description == "-12345.67")
        #expect(value.fixedAmount == Decimal(string: "128.0001"))
        #expect(value.id == UUID(uuidString: "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"))
        #expect(try AvroWriter(schema: schema).encode(value) == bytes)
    }
}
