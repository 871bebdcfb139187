/// The elements of an array.
struct JSONUnkeyedDecodingContainer: UnkeyedDecodingContainer {
    private let document: JSONDocument
    private let array: Int
    /// The node of the next element.
    private var element: Int
    private(set) var currentIndex = 0

    init(_ document: JSONDocument, _ array: Int) throws {
        guard document.kind(of: array) == .array else { throw document.mismatch([Any].self, at: array) }
        self.document = document
        self.array = array
        element = array + 1
    }

    var codingPath: [any CodingKey] { document.path(to: array) }
    var count: Int? { Int(document.nodes[array].count) }
    var isAtEnd: Bool { currentIndex == document.nodes[array].count }

    /// Reads the next element, and goes on behind it unless reading throws.
    private mutating func next<T>(_ type: T.Type, _ read: (JSONDocument, Int) throws -> T) throws -> T {
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                type,
                DecodingError.Context(codingPath: codingPath + [JSONKey(index: currentIndex)], debugDescription: "the array is at its end"))
        }
        let value = try read(document, element)
        element = document.next(after: element)
        currentIndex += 1
        return value
    }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
        try next(KeyedDecodingContainer<Nested>.self) {
            KeyedDecodingContainer(try JSONKeyedDecodingContainer<Nested>($0, $1))
        }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try next((any UnkeyedDecodingContainer).self) { try JSONUnkeyedDecodingContainer($0, $1) }
    }

    mutating func superDecoder() throws -> any Decoder {
        try next((any Decoder).self) { JSONNodeDecoder(document: $0, node: $1) }
    }

    /// Goes on behind a null only.
    mutating func decodeNil() throws -> Bool {
        guard isAtEnd || document.kind(of: element) == .null else { return false }
        return try next(Never?.self) { _, _ in nil } == nil
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool { try next(type) { try $0.bool(at: $1) } }
    mutating func decode(_ type: String.Type) throws -> String { try next(type) { try $0.string(at: $1) } }
    mutating func decode(_ type: Double.Type) throws -> Double { try next(type) { try $0.double(at: $1) } }
    mutating func decode(_ type: Float.Type) throws -> Float { try next(type) { try $0.float(at: $1) } }
    mutating func decode(_ type: Int.Type) throws -> Int { try next(type) { try $0.integer(at: $1, as: type) } }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try next(type) { try $0.integer(at: $1, as: type) } }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try next(type) { try $0.integer(at: $1, as: type) } }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try next(type) { try $0.integer(at: $1, as: type) } }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try next(type) { try $0.integer(at: $1, as: type) } }
    mutating func decode(_ type: Int128.Type) throws -> Int128 { try next(type) { try $0.integer(at: $1, as: type) } }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try next(type) { try $0.integer(at: $1, as: type) } }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try next(type) { try $0.integer(at: $1, as: type) } }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try next(type) { try $0.integer(at: $1, as: type) } }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try next(type) { try $0.integer(at: $1, as: type) } }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try next(type) { try $0.integer(at: $1, as: type) } }
    mutating func decode(_ type: UInt128.Type) throws -> UInt128 { try next(type) { try $0.integer(at: $1, as: type) } }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next(type) { try $0.decode(type, at: $1) } }
}
