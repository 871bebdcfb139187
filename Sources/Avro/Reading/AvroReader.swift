public import KafkaProtocol

/// Reads values that a writer's schema wrote as those of a reader's: Avro's binary encoding, with schema resolution.
///
/// ```swift
/// struct Order: Codable { var id: Int64; var note: String? }
///
/// let reader = try AvroReader(writer: schemaOfTheRecord, reader: schemaOfOrder)
/// let order = try reader.decode(Order.self, from: bytes)
/// ```
///
/// It is made once for each pair of schemas (what takes time is done then) and used by any number of threads.
///
/// What a schema has, and what Swift types it may be:
///
/// | Avro | Swift |
/// | --- | --- |
/// | `int`, `long` | any integer type it fits, `Double`, `Float` |
/// | `float`, `double` | `Double`, `Float` |
/// | `boolean`, `string` | `Bool`, `String` |
/// | `bytes`, `fixed` | `Data`, `[UInt8]` |
/// | `enum` | `String`, or an enum of strings |
/// | `array`, `map` | `Array` and others with an unkeyed container; `Dictionary` with `String` keys |
/// | record | a type with a key for each field it wants; others are passed over |
/// | union with `null` | `Optional` |
/// | other unions | `AvroValue`, or a type that tries one after the other in a single-value container |
/// | `timestamp-…`, `local-timestamp-…`, `date` | `Date` (in UTC), or the number |
/// | `time-…` | `Duration` since midnight, or the number |
/// | `decimal` | `AvroDecimal`, `Decimal`, or the bytes |
/// | `uuid` | `UUID`, or the text |
/// | `duration` | `AvroDuration`, or the bytes |
/// | anything | `AvroValue` |
public struct AvroReader: Sendable {
    /// How deeply values may be nested.
    public static let maximumDepth = 256

    private let program: AvroProgram

    /// A reader of what `writer` wrote, as values of `reader`: the same schema if there is none.
    ///
    /// Throws `AvroResolutionError` if nothing that `writer` writes is a value of `reader`. Single values that are none, such as a
    /// branch of a union that `reader` has not, are errors when they come; `AvroCompatibility` tells before.
    public init(writer: AvroSchema, reader: AvroSchema? = nil) throws {
        program = try AvroProgram(writer: writer, reader: reader ?? writer)
    }

    /// The value that the bytes are, all of them. They are not kept.
    ///
    /// Throws `AvroDataError` if they are not a value of the writer's schema, or there are more of them; `DecodingError` if the value is not
    /// a `T`, and what its `init(from:)` throws.
    public func decode<T: Decodable>(_ type: T.Type = T.self, from bytes: UnsafeRawBufferPointer) throws -> T {
        try read(bytes) { input, place in
            do {
                return try input.decode(type, program.root, &place, parent: nil, step: .none)
            } catch let mismatch as AvroMismatch {
                throw mismatch.error([])
            }
        }
    }

    /// The value that the bytes are, all of them; see `decode(_:from:)`.
    public func decode<T: Decodable>(_ type: T.Type = T.self, from bytes: Bytes) throws -> T {
        try bytes.withUnsafeBytes { try decode(type, from: $0) }
    }

    private func read<T>(_ bytes: UnsafeRawBufferPointer, _ body: (AvroInput, inout Int) throws -> T) throws -> T {
        let input = AvroInput(bytes, program)
        // A type may keep its decoder, which must not look at the caller's bytes later.
        defer { input.close() }
        var place = 0
        let value = try body(input, &place)
        guard place == bytes.count else { throw AvroDataError("\(bytes.count - place) bytes after the value", at: place) }
        return value
    }
}
