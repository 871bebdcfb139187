public import MillraceJSON

/// A type where a schema uses it: of a field, of items, of a branch.
public struct AvroType: Sendable {
    /// What values of the type are.
    public indirect enum Kind: Sendable {
        case null, boolean
        /// A whole number of 32 bits.
        case int
        /// A whole number of 64 bits.
        case long
        case float, double, bytes, string
        case array(items: AvroType)
        /// Values by strings.
        case map(values: AvroType)
        /// A value of one of these types, its branches.
        case union([AvroType])
        /// A record, enum or fixed type, by its full name; `AvroSchema.definitions` has it.
        case named(String)
    }

    /// What values of the type are.
    public let kind: Kind
    /// What they mean, if the schema says so and it makes sense. Of fixed types their definition has it.
    public let logicalType: AvroLogicalType?
    /// The attributes of which the specification knows nothing, and those of logical types, in the order of the text.
    public let properties: [(String, JSONValue)]

    init(_ kind: Kind, properties: [(String, JSONValue)] = []) {
        self.kind = kind
        self.properties = properties
        logicalType = AvroLogicalType(properties: properties, of: kind)
    }

    /// The word of schemas for the kind; for named types their full name.
    public var name: String {
        switch kind {
        case .null: "null"
        case .boolean: "boolean"
        case .int: "int"
        case .long: "long"
        case .float: "float"
        case .double: "double"
        case .bytes: "bytes"
        case .string: "string"
        case .array: "array"
        case .map: "map"
        case .union: "union"
        case .named(let name): name
        }
    }
}

extension AvroType.Kind {
    /// The primitive type of the name, nil if there is none.
    init?(primitive name: String) {
        switch name {
        case "null": self = .null
        case "boolean": self = .boolean
        case "int": self = .int
        case "long": self = .long
        case "float": self = .float
        case "double": self = .double
        case "bytes": self = .bytes
        case "string": self = .string
        default: return nil
        }
    }
}
