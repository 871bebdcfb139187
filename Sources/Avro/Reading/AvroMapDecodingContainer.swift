/// The values of a map. Where they are is found at once, as keys may be asked for in any order.
struct AvroMapDecodingContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    private let decoder: AvroNodeDecoder
    private let item: Int
    /// Where the value of a key begins. Of keys that repeat the last counts.
    private var places: [String: Int] = [:]

    init(_ decoder: AvroNodeDecoder, item: Int, at start: Int) throws {
        self.decoder = decoder
        self.item = item
        var place = start
        try decoder.input.forEachItem(&place) { input, place in
            let key = try input.string(&place)
            places[key] = place
            try input.skip(item, &place)
        }
        decoder.end = place
    }

    var codingPath: [any CodingKey] { decoder.codingPath }
    var allKeys: [Key] { places.keys.compactMap { Key(stringValue: $0) } }

    func contains(_ key: Key) -> Bool { places[key.stringValue] != nil }

    private func read<T>(_ key: Key, _ body: (AvroInput, Int, inout Int) throws -> T) throws -> T {
        guard var place = places[key.stringValue] else {
            let text = "the map has no key \(key.stringValue)"
            throw DecodingError.keyNotFound(key, DecodingError.Context(codingPath: codingPath, debugDescription: text))
        }
        do {
            return try body(decoder.input, item, &place)
        } catch let mismatch as AvroMismatch {
            throw mismatch.error(codingPath + [key])
        }
    }

    private func nested(_ key: Key) throws -> AvroNodeDecoder {
        try read(key) { AvroNodeDecoder(input: $0, node: $1, start: $2, parent: decoder, step: .key(key.stringValue)) }
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
        try nested(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { try nested(key).unkeyedContainer() }

    func superDecoder(forKey key: Key) throws -> any Decoder { try nested(key) }

    func superDecoder() throws -> any Decoder {
        let text = "a map has no place for a superclass"
        throw DecodingError.keyNotFound(AvroKey.super, DecodingError.Context(codingPath: codingPath, debugDescription: text))
    }

    func decodeNil(forKey key: Key) throws -> Bool { try read(key) { try $0.isNull($1, &$2) } }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try read(key) { try $0.bool($1, &$2) } }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try read(key) { try $0.text($1, &$2) } }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try read(key) { try $0.floatingPoint($1, &$2, as: type) } }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try read(key) { try $0.floatingPoint($1, &$2, as: type) } }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try read(key) { try $0.integer($1, &$2, as: type) } }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try read(key) { try $0.integer($1, &$2, as: type) } }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try read(key) { try $0.integer($1, &$2, as: type) } }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try read(key) { try $0.integer($1, &$2, as: type) } }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try read(key) { try $0.integer($1, &$2, as: type) } }
    func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 { try read(key) { try $0.integer($1, &$2, as: type) } }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try read(key) { try $0.integer($1, &$2, as: type) } }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try read(key) { try $0.integer($1, &$2, as: type) } }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try read(key) { try $0.integer($1, &$2, as: type) } }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try read(key) { try $0.integer($1, &$2, as: type) } }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try read(key) { try $0.integer($1, &$2, as: type) } }
    func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 { try read(key) { try $0.integer($1, &$2, as: type) } }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        try read(key) { try $0.decode(type, $1, &$2, parent: decoder, step: .key(key.stringValue)) }
    }
}
