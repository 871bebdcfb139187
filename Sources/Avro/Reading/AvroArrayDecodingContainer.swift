/// The items of an array, one after the other.
struct AvroArrayDecodingContainer: UnkeyedDecodingContainer {
    private let decoder: AvroNodeDecoder
    private let item: Int
    /// Where the next item begins.
    private var place: Int
    /// How many items of the block are left. At 0 the array is over.
    private var left: Int64 = 0
    private(set) var currentIndex = 0

    init(_ decoder: AvroNodeDecoder, item: Int, at start: Int) throws {
        self.decoder = decoder
        self.item = item
        place = start
        try nextBlock()
    }

    private mutating func nextBlock() throws {
        left = try decoder.input.block(&place).items
        if left == 0 { decoder.end = place }
    }

    var codingPath: [any CodingKey] { decoder.codingPath }
    /// Arrays are written in blocks, so that nobody knows before the last.
    var count: Int? { isAtEnd ? currentIndex : nil }
    var isAtEnd: Bool { left == 0 }

    /// Reads the next item, and goes on behind it unless reading throws.
    private mutating func read<T>(_ type: any Any.Type, _ body: (AvroInput, Int, inout Int) throws -> T) throws -> T {
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                type,
                DecodingError.Context(codingPath: codingPath + [AvroKey(index: currentIndex)], debugDescription: "the array is at its end"))
        }
        do {
            var end = place
            let value = try body(decoder.input, item, &end)
            if end == place { try decoder.input.charge(at: place) }
            try advance(to: end)
            return value
        } catch let mismatch as AvroMismatch {
            throw mismatch.error(codingPath + [AvroKey(index: currentIndex)])
        }
    }

    private mutating func advance(to end: Int) throws {
        place = end
        currentIndex += 1
        left -= 1
        if left == 0 { try nextBlock() }
    }

    /// A decoder of the next item, which is passed over.
    private mutating func nested(_ type: any Any.Type) throws -> AvroNodeDecoder {
        let (decoder, index) = (decoder, currentIndex)
        return try read(type) { input, node, place in
            let nested = AvroNodeDecoder(input: input, node: node, start: place, parent: decoder, step: .item(index))
            try input.skip(node, &place)
            return nested
        }
    }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
        try nested(KeyedDecodingContainer<Nested>.self).container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try nested((any UnkeyedDecodingContainer).self).unkeyedContainer()
    }

    mutating func superDecoder() throws -> any Decoder { try nested((any Decoder).self) }

    /// Goes on behind a null only.
    mutating func decodeNil() throws -> Bool {
        var end = place
        guard !isAtEnd, try decoder.input.isNull(item, &end) else { return false }
        if end == place { try decoder.input.charge(at: place) }
        try advance(to: end)
        return true
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool { try read(type) { try $0.bool($1, &$2) } }
    mutating func decode(_ type: String.Type) throws -> String { try read(type) { try $0.text($1, &$2) } }
    mutating func decode(_ type: Double.Type) throws -> Double { try read(type) { try $0.floatingPoint($1, &$2, as: type) } }
    mutating func decode(_ type: Float.Type) throws -> Float { try read(type) { try $0.floatingPoint($1, &$2, as: type) } }
    mutating func decode(_ type: Int.Type) throws -> Int { try read(type) { try $0.integer($1, &$2, as: type) } }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try read(type) { try $0.integer($1, &$2, as: type) } }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try read(type) { try $0.integer($1, &$2, as: type) } }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try read(type) { try $0.integer($1, &$2, as: type) } }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try read(type) { try $0.integer($1, &$2, as: type) } }
    mutating func decode(_ type: Int128.Type) throws -> Int128 { try read(type) { try $0.integer($1, &$2, as: type) } }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try read(type) { try $0.integer($1, &$2, as: type) } }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try read(type) { try $0.integer($1, &$2, as: type) } }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try read(type) { try $0.integer($1, &$2, as: type) } }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try read(type) { try $0.integer($1, &$2, as: type) } }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try read(type) { try $0.integer($1, &$2, as: type) } }
    mutating func decode(_ type: UInt128.Type) throws -> UInt128 { try read(type) { try $0.integer($1, &$2, as: type) } }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let (decoder, index) = (decoder, currentIndex)
        return try read(type) { try $0.decode(type, $1, &$2, parent: decoder, step: .item(index)) }
    }
}
