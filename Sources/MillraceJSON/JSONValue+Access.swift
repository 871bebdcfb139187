import KafkaProtocol

extension JSONValue {
    /// The value of an object's member; nil if there is none, or this is no object. Names are equal if their bytes are.
    public subscript(name: String) -> JSONValue? { members?.last { $0.0.utf8.elementsEqual(name.utf8) }?.1 }

    /// The members of an object in their order, nil for other values.
    public var members: [(String, JSONValue)]? {
        if case .object(let members) = self { members } else { nil }
    }

    /// The elements of an array, nil for other values.
    public var elements: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The text of a string, nil for other values.
    public var stringValue: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// A whole number, nil for other values and numbers that are none.
    public var integerValue: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// True or false, nil for other values.
    public var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }
}

extension JSONValue: Equatable {
    /// Whether both are the same kind of value with the same content. Texts and names are equal if their
    /// bytes are. The order of members does not count, the kind of a number does.
    public static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)):
            left.count == right.count
                && Dictionary(left.map { (Name($0.0), $0.1) }, uniquingKeysWith: { $1 })
                    == Dictionary(right.map { (Name($0.0), $0.1) }, uniquingKeysWith: { $1 })
        case (.text(let left), .text(let right)): left == right
        default: false
        }
    }
}
