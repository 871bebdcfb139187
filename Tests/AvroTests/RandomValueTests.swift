import Avro
import MillraceJSON
import KafkaProtocol
import Testing

/// Makes values of a schema.
private struct RandomValues {
    let schema: AvroSchema
    var random: Seeded

    mutating func value(_ type: AvroType, depth: Int = 0) -> AvroValue {
        switch type.kind {
        case .null: return .null
        case .boolean: return .boolean(.random(using: &random))
        case .int: return .int(Int32(truncatingIfNeeded: random.next() >> UInt64.random(in: 0...63, using: &random)))
        case .long: return .long(Int64(truncatingIfNeeded: random.next() >> UInt64.random(in: 0...63, using: &random)))
        case .float: return .float(Float.random(in: -1e9...1e9, using: &random))
        case .double: return .double(Double.random(in: -1e9...1e9, using: &random))
        // Text, so that it can be read as a string.
        case .bytes: return .bytes(Bytes(utf8: text()))
        case .string: return .string(text())
        case .array(let items): return .array((0..<count(depth)).map { _ in value(items, depth: depth + 1) })
        case .map(let values):
            var map: [String: AvroValue] = [:]
            for _ in 0..<count(depth) { map[text()] = value(values, depth: depth + 1) }
            return .map(map)
        case .union(let branches):
            let branch = depth > 10 ? branches.first { $0.name == "null" } : nil
            return value(branch ?? branches[Int.random(in: 0..<branches.count, using: &random)], depth: depth + 1)
        case .named(let name): return value(name, depth: depth)
        }
    }

    private mutating func value(_ name: String, depth: Int) -> AvroValue {
        switch schema.definitions[name]?.shape {
        case .record(let fields)?:
            return .record(AvroRecord(name, fields.map { ($0.name, value($0.type, depth: depth + 1)) }))
        case .enumeration(let symbols, _)?: return .enumeration(symbols[Int.random(in: 0..<symbols.count, using: &random)], name: name)
        case .fixed(let size)?: return .fixed(Bytes((0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }), name: name)
        case nil: return .null
        }
    }

    private mutating func count(_ depth: Int) -> Int { depth > 4 ? 0 : Int.random(in: 0...(depth == 0 ? 100 : 3), using: &random) }

    private mutating func text() -> String { String((0..<Int.random(in: 0...20, using: &random)).map { _ in "aé\u{1F600}z09".randomElement(using: &random)! }) }
}

@Suite struct `Random values` {
    @Test func `of random schemas come back as they were`() throws {
        for (number, test) in (Vectors.cases("random") + Vectors.cases("compatibility")).enumerated() {
            let schema = try Vectors.schema(test["schema"] ?? test["writer"])
            let (reader, writer) = (try AvroReader(writer: schema), try AvroWriter(schema: schema))
            var values = RandomValues(schema: schema, random: Seeded(UInt64(number)))
            for _ in 0..<10 {
                let value = values.value(schema.type)
                let bytes = try writer.encode(value)
                #expect(try reader.decode(AvroValue.self, from: bytes) == value, "\(test.bytes.string)")
            }
        }
    }

    @Test func `are read by every compatible schema, and what all of them fail by is not compatible`() throws {
        for (number, test) in Vectors.cases("compatibility").enumerated() {
            let (writer, reader) = (try Vectors.schema(test["writer"]), try Vectors.schema(test["reader"]))
            let compatible = AvroCompatibility.canRead(reader: reader, writer: writer)
            guard let resolving = try? AvroReader(writer: writer, reader: reader) else {
                #expect(!compatible, "\(test.bytes.string)")
                continue
            }
            var values = RandomValues(schema: writer, random: Seeded(UInt64(number)))
            for _ in 0..<10 where compatible {
                let bytes = try AvroWriter(schema: writer).encode(values.value(writer.type))
                let value = try resolving.decode(AvroValue.self, from: bytes)
                // It is a value of the reader's schema.
                _ = try AvroWriter(schema: reader).encode(value)
            }
        }
    }
}
