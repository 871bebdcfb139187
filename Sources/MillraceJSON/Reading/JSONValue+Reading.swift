public import KafkaProtocol

extension JSONValue {
    /// The value that a text is.
    ///
    /// The text is UTF-8, at most 2 GiB and nested at most 512 deep. Members keep their order; of those with equal names only the last is there.
    /// Throws an error that says what is wrong with the text and at which byte.
    public init(parsing text: String) throws {
        var text = text
        self = try text.withUTF8 { try JSONValue(parsing: UnsafeRawBufferPointer($0)) }
    }

    /// The value that a text in UTF-8 is; see `init(parsing:)` of strings.
    public init(parsing bytes: Bytes) throws {
        self = try bytes.withUnsafeBytes { try JSONValue(parsing: $0) }
    }

    /// The value that a text in UTF-8 is, which is not kept; see `init(parsing:)` of strings.
    public init(parsing bytes: UnsafeRawBufferPointer) throws {
        self = try JSONDocument(scanning: bytes).value(at: 0)
    }
}

extension JSONDocument {
    /// The value of a node. It recurses as deep as the scanner has allowed.
    fileprivate func value(at node: Int) -> JSONValue {
        switch nodes[node].kind {
        case .null: .null
        case .false: .bool(false)
        case .true: .bool(true)
        case .number: number(at: node)
        case .string, .key, .overriddenKey: .string(string(of: nodes[node]))
        case .array: .array(elements(of: node))
        case .object: .object(members(of: node))
        }
    }

    private func number(at node: Int) -> JSONValue {
        let number = JSONNumber(bytes(of: nodes[node]), isPlain: nodes[node].isPlain)
        if nodes[node].isPlain, let integer = number.integer(as: Int64.self) { return .integer(integer) }
        return .number(number.double)
    }

    private func elements(of array: Int) -> [JSONValue] {
        var elements: [JSONValue] = []
        elements.reserveCapacity(Int(nodes[array].count))
        var element = array + 1
        while element < nodes[array].link {
            elements.append(value(at: element))
            element = next(after: element)
        }
        return elements
    }

    private func members(of object: Int) -> [(String, JSONValue)] {
        var members: [(String, JSONValue)] = []
        members.reserveCapacity(Int(nodes[object].count))
        var key = object + 1
        while key < nodes[object].link {
            if nodes[key].kind == .key { members.append((string(of: nodes[key]), value(at: key + 1))) }
            key = next(after: key + 1)
        }
        return members
    }
}
