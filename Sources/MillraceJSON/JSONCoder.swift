/// Reads and writes `Codable` values as JSON, from and to bytes, without Foundation's coders.
///
/// Values come out as with Foundation's `JSONDecoder` and `JSONEncoder` and their default strategies: a `Date` is seconds since 2001, `Data` is
/// base64, a `URL` is text, a `Decimal` a number; what is nil is left out; an integer that does not fit, `NaN` and infinity are errors.
/// What differs:
/// - The text is UTF-8, after a byte order mark or without; UTF-16 and UTF-32 are refused.
/// - Keys are compared by their bytes, not by canonical equivalence. Of keys that repeat in one object the last counts, as with Jackson.
/// - Members are written in the order in which they are encoded, those of dictionaries in the order of their keys, so that equal values
///   have equal bytes (but for sets). `/` is not escaped. A key that a type encodes twice is written twice.
/// - Integers are read exactly, however they are written: `1.0` and `1e3` are integers too.
/// - Keys of `codingPath` are not those of the user's type, but have the same text. `userInfo` is empty.
package enum JSONCoder {
    /// How deeply arrays and objects may be nested. In writing, values that others have as their single value count too, such as what an
    /// optional in an array holds.
    package static let maximumDepth = 512

    /// The value that the bytes are. They are not kept.
    ///
    /// Throws `JSONSyntaxError` if they are not JSON, `DecodingError` if they are, but not a `T`.
    package static func decode<T: Decodable>(_ type: T.Type = T.self, from bytes: UnsafeRawBufferPointer) throws -> T {
        var document = try JSONDocument(scanning: bytes)
        // A type may keep its decoder, which must not look at the caller's bytes later.
        defer { if !isKnownUniquelyReferenced(&document) { document.copyText() } }
        return try document.decode(type, at: 0)
    }

    /// Calls `body` with the bytes of a value, which are there during the call.
    ///
    /// Throws `EncodingError` if the value cannot be written in JSON, and what its `encode(to:)` throws.
    package static func encode<T: Encodable, R>(_ value: T, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        let writer = JSONWriter()
        try writer.encodeWhole(value)
        return try body(writer.written)
    }
}
