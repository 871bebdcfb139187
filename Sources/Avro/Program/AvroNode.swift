/// How one value is read: what the writer wrote, and what the reader's schema makes of it.
///
/// A node has no references, so that it costs nothing to look at. Nodes are on the list of their program, which others name by place.
struct AvroNode {
    enum Kind: UInt8 {
        case null, boolean, int, long, float, double, bytes, string
        case fixed, enumeration, array, map, record, union
        /// What the reader's schema has no place for: an error when such a value comes.
        case failure
    }

    /// What the bytes are.
    var kind: Kind
    /// What the value is for the reader: another kind where numbers are promoted, or bytes are text.
    var target: Kind
    /// What the value means for the reader.
    var logicalType: AvroLogicalType?
    /// Arrays and maps: the node of items. Fixed: the number of bytes. Others: the place on the list of their kind.
    var detail = 0
    /// Fixed: the place of its name on the list of names.
    var name = 0
    /// How many bytes all values have, -1 if that depends.
    var size = -1

    init(_ kind: Kind, as target: Kind? = nil, logicalType: AvroLogicalType? = nil, detail: Int = 0) {
        self.kind = kind
        self.target = target ?? kind
        self.logicalType = logicalType
        self.detail = detail
        size =
            switch kind {
            case .null: 0
            case .boolean: 1
            case .float: 4
            case .double: 8
            case .fixed: detail
            default: -1
            }
    }
}

extension AvroNode.Kind {
    /// The kind of primitive types.
    init?(_ kind: AvroType.Kind) {
        switch kind {
        case .null: self = .null
        case .boolean: self = .boolean
        case .int: self = .int
        case .long: self = .long
        case .float: self = .float
        case .double: self = .double
        case .bytes: self = .bytes
        case .string: self = .string
        case .array, .map, .union, .named: return nil
        }
    }

    /// The kind in words of errors.
    var name: String {
        switch self {
        case .enumeration: "an enum"
        case .array: "an array"
        case .int: "an int"
        case .null: "null"
        case .bytes: "bytes"
        case .fixed: "fixed bytes"
        case .failure: "nothing"
        default: "a \(self)"
        }
    }
}
