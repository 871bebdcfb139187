/// The fields of a record.
struct AvroRecordDecodingContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    private let decoder: AvroNodeDecoder
    private let plan: AvroRecordPlan

    init(_ decoder: AvroNodeDecoder, _ plan: AvroRecordPlan) {
        self.decoder = decoder
        self.plan = plan
    }

    var codingPath: [any CodingKey] { decoder.codingPath }
    var allKeys: [Key] { plan.shape.fieldNames.compactMap { Key(stringValue: $0) } }

    func contains(_ key: Key) -> Bool { place(of: key.stringValue) != nil }

    @inline(__always)
    private func place(of name: String) -> Int? { plan.place(of: name, from: decoder.nextField) }

    /// Reads a field, and goes on behind it if it is the next one, unless reading throws.
    @inline(__always)
    private func read<T>(_ key: Key, _ body: (AvroInput, Int, inout Int, Int) throws -> T) throws -> T {
        guard let field = place(of: key.stringValue) else {
            let text = "\(plan.shape.name) has no field \(key.stringValue)"
            throw DecodingError.keyNotFound(key, DecodingError.Context(codingPath: codingPath, debugDescription: text))
        }
        return try read(field, key, body)
    }

    @inline(__always)
    private func read<T>(_ field: Int, _ key: Key, _ body: (AvroInput, Int, inout Int, Int) throws -> T) throws -> T {
        do {
            guard field < plan.fields.count else { return try readDefault(field, body) }
            var place = try decoder.place(of: field, plan)
            let value = try body(decoder.input, plan.fields[field].node, &place, field)
            if field == decoder.nextField {
                decoder.nextPlace = place
                decoder.nextField = field + 1
            }
            return value
        } catch let mismatch as AvroMismatch {
            throw mismatch.error(codingPath + [key])
        }
    }

    /// The same for types that do not ask where they are.
    @inline(__always)
    private func read<T>(_ key: Key, _ body: (AvroInput, Int, inout Int) throws -> T) throws -> T {
        try read(key) { input, node, place, _ in try body(input, node, &place) }
    }

    private func readDefault<T>(_ field: Int, _ body: (AvroInput, Int, inout Int, Int) throws -> T) throws -> T {
        let found = plan.defaults[field - plan.fields.count]
        return try decoder.input.defaultValue(found) { try body($0, found.node, &$1, field) }
    }

    /// The same for a value that may be null, or that the schema has no field for.
    @inline(__always)
    private func readIfPresent<T>(_ key: Key, _ body: (AvroInput, Int, inout Int, Int) throws -> T) throws -> T? {
        guard let field = place(of: key.stringValue) else { return nil }
        return try read(field, key) { input, node, place, field in
            try input.isNull(node, &place) ? nil : try body(input, node, &place, field)
        }
    }

    @inline(__always)
    private func readIfPresent<T>(_ key: Key, _ body: (AvroInput, Int, inout Int) throws -> T) throws -> T? {
        try readIfPresent(key) { input, node, place, _ in try body(input, node, &place) }
    }

    /// A decoder of a field's value that is read beside others.
    private func nested(_ key: Key) throws -> AvroNodeDecoder {
        var nested: AvroNodeDecoder?
        let field = try read(key) { input, node, place, field in
            nested = AvroNodeDecoder(input: input, node: node, start: place, parent: decoder, step: .field(field))
            try input.skip(node, &place)
            return field
        }
        guard let nested, field < plan.fields.count else {
            throw AvroMismatch(type: (any Decoder).self, found: "a default, which has no container beside others").error(codingPath + [key])
        }
        return nested
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
        try nested(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { try nested(key).unkeyedContainer() }

    func superDecoder(forKey key: Key) throws -> any Decoder { try nested(key) }

    func superDecoder() throws -> any Decoder {
        guard let key = Key(stringValue: AvroKey.super.stringValue) else {
            let text = "the keys of the type have none for its superclass"
            throw DecodingError.keyNotFound(AvroKey.super, DecodingError.Context(codingPath: codingPath, debugDescription: text))
        }
        return try nested(key)
    }

    func decodeNil(forKey key: Key) throws -> Bool {
        guard let field = place(of: key.stringValue) else { return try read(key) { _, _, _, _ in true } }
        guard field < plan.fields.count else { return try readDefault(field) { input, node, place, _ in try input.isNull(node, &place) } }
        var place = try decoder.place(of: field, plan)
        return try decoder.input.isNull(plan.fields[field].node, &place)
    }

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
        try read(key) { try $0.decode(type, $1, &$2, parent: decoder, step: .field($3)) }
    }

    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try readIfPresent(key) { try $0.bool($1, &$2) } }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try readIfPresent(key) { try $0.text($1, &$2) } }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try readIfPresent(key) { try $0.floatingPoint($1, &$2, as: type) } }
    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? { try readIfPresent(key) { try $0.floatingPoint($1, &$2, as: type) } }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try readIfPresent(key) { try $0.integer($1, &$2, as: type) } }
    func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? { try readIfPresent(key) { try $0.integer($1, &$2, as: type) } }
    func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? { try readIfPresent(key) { try $0.integer($1, &$2, as: type) } }
    func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? { try readIfPresent(key) { try $0.integer($1, &$2, as: type) } }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { try readIfPresent(key) { try $0.integer($1, &$2, as: type) } }
    func decodeIfPresent(_ type: Int128.Type, forKey key: Key) throws -> Int128? { try readIfPresent(key) { try $0.integer($1, &$2, as: type) } }
    func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? { try readIfPresent(key) { try $0.integer($1, &$2, as: type) } }
    func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? { try readIfPresent(key) { try $0.integer($1, &$2, as: type) } }
    func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? { try readIfPresent(key) { try $0.integer($1, &$2, as: type) } }
    func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? { try readIfPresent(key) { try $0.integer($1, &$2, as: type) } }
    func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? { try readIfPresent(key) { try $0.integer($1, &$2, as: type) } }
    func decodeIfPresent(_ type: UInt128.Type, forKey key: Key) throws -> UInt128? { try readIfPresent(key) { try $0.integer($1, &$2, as: type) } }

    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        try readIfPresent(key) { try $0.decode(type, $1, &$2, parent: decoder, step: .field($3)) }
    }
}
