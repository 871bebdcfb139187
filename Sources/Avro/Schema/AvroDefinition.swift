public import MillraceJSON

/// A type with a name: a record, an enum or a fixed type.
public struct AvroDefinition: Sendable {
    /// What values of the type are.
    public enum Shape: Sendable {
        case record([AvroField])
        /// One of these symbols. The default stands for symbols that a reader does not know.
        case enumeration(symbols: [String], default: String?)
        /// So many bytes.
        case fixed(size: Int)
    }

    /// The name with its namespace.
    public let fullName: String
    /// Other full names by which a reader's schema knows types of writers.
    public let aliases: [String]
    /// What the schema says about it for people.
    public let documentation: String?
    /// What values of the type are.
    public let shape: Shape
    /// What fixed bytes mean, if the schema says so and it makes sense.
    public let logicalType: AvroLogicalType?
    /// The attributes of which the specification knows nothing, and those of logical types, in the order of the text.
    public let properties: [(String, JSONValue)]
    /// A record that was called an error, as protocols do.
    let isError: Bool

    init(
        fullName: String, aliases: [String] = [], documentation: String? = nil, shape: Shape, properties: [(String, JSONValue)] = [],
        isError: Bool = false
    ) {
        self.fullName = fullName
        self.aliases = aliases
        self.documentation = documentation
        self.shape = shape
        self.properties = properties
        self.isError = isError
        if case .fixed(let size) = shape {
            logicalType = AvroLogicalType(properties: properties, ofFixed: size)
        } else {
            logicalType = nil
        }
    }

    /// The name without its namespace.
    public var name: String { AvroName.simple(fullName) }
    /// The namespace, empty if there is none.
    public var namespace: String { AvroName.namespace(fullName) }

    /// The fields of a record, nil for other types.
    public var fields: [AvroField]? {
        if case .record(let fields) = shape { fields } else { nil }
    }

    /// The word of schemas for the shape.
    var word: String {
        switch shape {
        case .record: isError ? "error" : "record"
        case .enumeration: "enum"
        case .fixed: "fixed"
        }
    }
}

/// A field of a record.
public struct AvroField: Sendable {
    /// How a field counts when records are put in order.
    public enum Order: String, Sendable {
        case ascending, descending, ignore
    }

    /// The name.
    public let name: String
    /// Other names by which a reader's schema knows fields of writers.
    public let aliases: [String]
    /// What the schema says about it for people.
    public let documentation: String?
    /// The type of the values.
    public let type: AvroType
    /// What a reader takes where a writer has no such field, as JSON; nil if there is nothing.
    public let defaultValue: JSONValue?
    /// How it counts when records are put in order.
    public let order: Order
    /// The attributes of which the specification knows nothing, in the order of the text.
    public let properties: [(String, JSONValue)]
}
