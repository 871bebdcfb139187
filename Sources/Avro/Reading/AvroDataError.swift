/// Why bytes are not a value of the schema that they are said to be of, and where.
public struct AvroDataError: Error, Equatable, CustomStringConvertible {
    /// What is wrong.
    public let reason: String
    /// The byte at which it shows.
    public let offset: Int

    init(_ reason: String, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    /// The reason and the place.
    public var description: String { "\(reason), at byte \(offset)" }
}

/// A value of another kind than a Swift type asks for. Who knows the way to it makes a `DecodingError` of it.
struct AvroMismatch: Error {
    let type: any Any.Type
    let found: String
    /// The kind is right, the value is not.
    var isCorrupted = false

    func error(_ path: [any CodingKey]) -> DecodingError {
        let context = DecodingError.Context(codingPath: path, debugDescription: isCorrupted ? found : "\(type) expected, \(found) found")
        if isCorrupted { return .dataCorrupted(context) }
        return found == "null" ? .valueNotFound(type, context) : .typeMismatch(type, context)
    }
}
