import MillraceJSON
import KafkaProtocol

/// Makes Avro's bytes of defaults, and so finds out whether they are values of their types.
///
/// A small schema can have defaults without end (records of records of defaults), so there are limits for the work of one encoder.
struct AvroDefaultEncoder {
    /// What is wrong with a default, in words that follow "the default is".
    struct Fault: Error {
        let text: String
    }

    let definitions: [String: AvroDefinition]
    /// How many values may be tried and bytes written from now on.
    private var budget = 1 << 17
    private var depth = 0

    init(definitions: [String: AvroDefinition]) { self.definitions = definitions }

    /// Appends the bytes of a value.
    ///
    /// The default of a union may be of any branch (as in Java; until version 1.12 of the specification it had to be the first).
    mutating func encode(_ value: JSONValue, as type: AvroType, into writer: inout ByteWriter) throws(Fault) {
        try spend(1)
        guard depth < AvroSchema.maximumDepth else { throw Fault(text: "nested too deeply") }
        depth += 1
        defer { depth -= 1 }
        switch (type.kind, value) {
        case (.null, .null): break
        case (.boolean, .bool(let value)): writer.write(value)
        case (.int, _):
            guard let number = value.integerValue.flatMap({ Int32(exactly: $0) }) else { throw Fault(text: "not an int") }
            writer.writeVarint(Int64(number))
        case (.long, _):
            guard let number = value.integerValue else { throw Fault(text: "not a long") }
            writer.writeVarint(number)
        case (.float, .integer(let number)): writer.write(littleEndian: Float(number).bitPattern)
        case (.float, .number(let number)): writer.write(littleEndian: Float(number).bitPattern)
        case (.double, .integer(let number)): writer.write(littleEndian: Double(number).bitPattern)
        case (.double, .number(let number)): writer.write(littleEndian: number.bitPattern)
        case (.string, .string(let text)):
            try spend(text.utf8.count)
            writer.writeVarint(Int64(text.utf8.count))
            writer.write(utf8: text)
        case (.bytes, .string(let text)):
            let bytes = try bytes(of: text)
            writer.writeVarint(Int64(bytes.count))
            bytes.withUnsafeBytes { writer.write(raw: $0) }
        case (.array(let items), .array(let values)):
            if !values.isEmpty { writer.writeVarint(Int64(values.count)) }
            for value in values { try encode(value, as: items, into: &writer) }
            writer.writeVarint(0)
        case (.map(let type), .object(let members)):
            if !members.isEmpty { writer.writeVarint(Int64(members.count)) }
            for (key, value) in members {
                try encode(.string(key), as: AvroType(.string), into: &writer)
                try encode(value, as: type, into: &writer)
            }
            writer.writeVarint(0)
        case (.union(let branches), _): try encode(value, asOneOf: branches, into: &writer)
        case (.named(let name), _):
            guard let definition = definitions[name] else { throw Fault(text: "of an unknown type \(name)") }
            try encode(value, as: definition, into: &writer)
        default: throw Fault(text: "not of type \(type.name)")
        }
    }

    private mutating func encode(_ value: JSONValue, asOneOf branches: [AvroType], into writer: inout ByteWriter) throws(Fault) {
        let start = writer.count
        for (index, branch) in branches.enumerated() {
            writer.writeVarint(Int64(index))
            do throws(Fault) {
                return try encode(value, as: branch, into: &writer)
            } catch {
                guard budget > 0 else { throw error }
                writer.truncate(to: start)
            }
        }
        throw Fault(text: "of no branch of the union")
    }

    private mutating func encode(_ value: JSONValue, as definition: AvroDefinition, into writer: inout ByteWriter) throws(Fault) {
        switch (definition.shape, value) {
        case (.enumeration(let symbols, _), .string(let symbol)):
            try spend(symbols.count / 16)
            guard let index = symbols.firstIndex(of: symbol) else { throw Fault(text: "not a symbol of \(definition.fullName)") }
            writer.writeVarint(Int64(index))
        case (.fixed(let size), .string(let text)):
            let bytes = try bytes(of: text)
            guard bytes.count == size else { throw Fault(text: "not the \(size) bytes of \(definition.fullName)") }
            bytes.withUnsafeBytes { writer.write(raw: $0) }
        case (.record(let fields), .object(let members)):
            try spend(fields.count * members.count / 16)
            for field in fields {
                guard let member = value[field.name] ?? field.defaultValue else {
                    throw Fault(text: "without the field \(field.name) of \(definition.fullName)")
                }
                try encode(member, as: field.type, into: &writer)
            }
        default: throw Fault(text: "not of type \(definition.fullName)")
        }
    }

    /// The bytes that a default's characters stand for.
    private mutating func bytes(of text: String) throws(Fault) -> [UInt8] {
        try spend(text.utf8.count)
        let bytes = text.unicodeScalars.compactMap { UInt8(exactly: $0.value) }
        guard bytes.count == text.unicodeScalars.count else { throw Fault(text: "not bytes: a character beyond U+00FF") }
        return bytes
    }

    private mutating func spend(_ count: Int) throws(Fault) {
        budget -= count
        if budget <= 0 { throw Fault(text: "too large") }
    }
}

extension ByteWriter {
    /// Writes a number as Avro has floats and doubles.
    mutating func write<I: FixedWidthInteger>(littleEndian value: I) { write(value.byteSwapped) }
}
