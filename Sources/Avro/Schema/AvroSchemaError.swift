/// Why a text is no Avro schema, and where.
public struct AvroSchemaError: Error, Equatable, CustomStringConvertible {
    /// What is wrong.
    public let reason: String
    /// Where, as a JSON pointer: `/fields/0/type`. Empty for the whole schema.
    public let path: String

    init(_ reason: String, at path: String) {
        self.reason = reason
        self.path = path
    }

    /// The reason and the place.
    public var description: String { path.isEmpty ? "not an Avro schema: \(reason)" : "not an Avro schema: \(reason), at \(path)" }
}
