public import KafkaProtocol

/// Writes values by a schema: Avro's binary encoding.
///
/// ```swift
/// let writer = try AvroWriter(schema: schema)
/// let bytes = try writer.encode(Order(id: 1, note: nil))
/// ```
///
/// It is made once for a schema (what takes time is done then) and used by any number of threads. `AvroReader` says what Swift types values
/// may be. Beyond that:
/// - Keys and fields are matched by name, in any order; in that of the schema it is fastest. A key that the schema has no field for is an
///   error, unless its value is nil. A field that the type has no key for becomes its default, else null; so does nil where there is no null.
/// - Of a union the first branch is taken that the value fits; of several records the one with the name of the Swift type.
/// - A `Date` becomes the nearest of the unit, a decimal must fit scale and precision, a `UUID` is text in lower case.
/// - Arrays and maps are one block, maps in the order of their keys, so that equal values have equal bytes.
public struct AvroWriter: Sendable {
    private let program: AvroProgram

    /// A writer of a schema's values. Throws `AvroResolutionError` if the schema is too large.
    public init(schema: AvroSchema) throws {
        program = try AvroProgram(writer: schema, reader: schema)
    }

    /// Appends a value, nothing if that throws: `EncodingError` if it is not a value of the schema, and what its `encode(to:)` throws.
    public func encode<T: Encodable>(_ value: T, into writer: inout ByteWriter) throws {
        let output = AvroOutput(program)
        swap(&output.bytes, &writer)
        defer { swap(&output.bytes, &writer) }
        let start = output.bytes.count
        do {
            try output.encode(value, program.root, parent: nil, step: .none)
        } catch {
            output.bytes.truncate(to: start)
            guard let misfit = error as? AvroMisfit else { throw error }
            throw misfit.error(value, [])
        }
    }

    /// The bytes of a value; see `encode(_:into:)`.
    public func encode<T: Encodable>(_ value: T) throws -> Bytes {
        var writer = ByteWriter()
        try encode(value, into: &writer)
        return writer.finish()
    }
}
