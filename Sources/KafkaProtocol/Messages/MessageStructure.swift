/// A structure within messages: what stands in arrays and nullable fields.
protocol MessageStructure: Equatable, Sendable {
    /// Appends the fields that exist in `version`.
    func encode(into writer: inout ByteWriter, version: Int16) throws
    /// Reads the fields that exist in `version`.
    init(from reader: inout ByteReader, version: Int16) throws
}
