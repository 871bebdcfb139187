import Foundation

extension JSONDocument {
    /// The value of a node, of any type. Types that Foundation's coders know are read as they do.
    func decode<T: Decodable>(_ type: T.Type, at node: Int) throws -> T {
        // Types that arrays, optionals and dictionaries are made of need no container. The casts are between the same types.
        if T.self == String.self { return unsafeBitCast(try string(at: node), to: T.self) }
        if T.self == Int.self { return unsafeBitCast(try integer(at: node, as: Int.self), to: T.self) }
        if T.self == Double.self { return unsafeBitCast(try double(at: node), to: T.self) }
        if T.self == Data.self { return unsafeBitCast(try data(at: node), to: T.self) }
        if T.self == URL.self { return unsafeBitCast(try url(at: node), to: T.self) }
        if T.self == Decimal.self { return unsafeBitCast(try decimal(at: node), to: T.self) }
        return try T(from: JSONNodeDecoder(document: self, node: node))
    }

    func bool(at node: Int) throws -> Bool {
        switch kind(of: node) {
        case .true: true
        case .false: false
        default: throw mismatch(Bool.self, at: node)
        }
    }

    func string(at node: Int) throws -> String {
        guard kind(of: node) == .string else { throw mismatch(String.self, at: node) }
        return string(of: nodes[node])
    }

    func integer<I: FixedWidthInteger>(at node: Int, as type: I.Type) throws -> I {
        guard kind(of: node) == .number else { throw mismatch(type, at: node) }
        guard let value = JSONNumber(bytes(of: nodes[node]), isPlain: nodes[node].isPlain).integer(as: type) else {
            throw corrupted("the number \(string(of: nodes[node])) is not a value of \(type)", at: node)
        }
        return value
    }

    func double(at node: Int) throws -> Double {
        guard kind(of: node) == .number else { throw mismatch(Double.self, at: node) }
        let value = JSONNumber(bytes(of: nodes[node]), isPlain: nodes[node].isPlain).double
        guard value.isFinite else { throw corrupted("the number \(string(of: nodes[node])) is too large for Double", at: node) }
        return value
    }

    func float(at node: Int) throws -> Float {
        guard kind(of: node) == .number else { throw mismatch(Float.self, at: node) }
        // Read as it stands: by way of Double it would be rounded twice.
        guard let value = Float(string(of: nodes[node])), value.isFinite else {
            throw corrupted("the number \(string(of: nodes[node])) is too large for Float", at: node)
        }
        return value
    }

    private func data(at node: Int) throws -> Data {
        guard let data = Data(base64Encoded: try string(at: node)) else { throw corrupted("the string is not base64", at: node) }
        return data
    }

    private func url(at node: Int) throws -> URL {
        guard let url = URL(string: try string(at: node)) else { throw corrupted("the string is not a URL", at: node) }
        return url
    }

    private func decimal(at node: Int) throws -> Decimal {
        guard kind(of: node) == .number else { throw mismatch(Decimal.self, at: node) }
        guard let decimal = Decimal(string: string(of: nodes[node])), !decimal.isNaN else {
            throw corrupted("the number \(string(of: nodes[node])) is not a value of Decimal", at: node)
        }
        return decimal
    }
}

extension JSONDocument {
    /// The error for a value of another kind than asked for.
    func mismatch(_ type: any Any.Type, at node: Int) -> DecodingError {
        let found = kind(of: node)
        if found == .null {
            return .valueNotFound(type, DecodingError.Context(codingPath: path(to: node), debugDescription: "\(type) expected, null found"))
        }
        return .typeMismatch(
            type, DecodingError.Context(codingPath: path(to: node), debugDescription: "\(type) expected, \(found.name) found"))
    }

    /// The error for a value of the right kind that is none of the type.
    func corrupted(_ description: String, at node: Int) -> DecodingError {
        .dataCorrupted(DecodingError.Context(codingPath: path(to: node), debugDescription: description))
    }
}

extension JSONNode.Kind {
    /// The kind in words of errors.
    fileprivate var name: String {
        switch self {
        case .null: "null"
        case .false, .true: "a boolean"
        case .number: "a number"
        case .string, .key, .overriddenKey: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
