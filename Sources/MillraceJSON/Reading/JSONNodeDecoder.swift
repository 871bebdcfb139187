/// The decoder of one value, which is its single-value container as well.
struct JSONNodeDecoder: Decoder {
    let document: JSONDocument
    /// The value's node, -1 for one that is not there.
    let node: Int

    var codingPath: [any CodingKey] { document.path(to: node) }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(try JSONKeyedDecodingContainer<Key>(document, node))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try JSONUnkeyedDecodingContainer(document, node)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }
}

extension JSONNodeDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { document.kind(of: node) == .null }
    func decode(_ type: Bool.Type) throws -> Bool { try document.bool(at: node) }
    func decode(_ type: String.Type) throws -> String { try document.string(at: node) }
    func decode(_ type: Double.Type) throws -> Double { try document.double(at: node) }
    func decode(_ type: Float.Type) throws -> Float { try document.float(at: node) }
    func decode(_ type: Int.Type) throws -> Int { try document.integer(at: node, as: type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try document.integer(at: node, as: type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try document.integer(at: node, as: type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try document.integer(at: node, as: type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try document.integer(at: node, as: type) }
    func decode(_ type: Int128.Type) throws -> Int128 { try document.integer(at: node, as: type) }
    func decode(_ type: UInt.Type) throws -> UInt { try document.integer(at: node, as: type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try document.integer(at: node, as: type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try document.integer(at: node, as: type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try document.integer(at: node, as: type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try document.integer(at: node, as: type) }
    func decode(_ type: UInt128.Type) throws -> UInt128 { try document.integer(at: node, as: type) }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try document.decode(type, at: node) }
}
