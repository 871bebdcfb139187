/// The name of a record and those of its fields, which records of a schema share.
final class AvroRecordShape: Sendable {
    let name: String
    let fieldNames: [String]
    let places: [String: Int]

    init(name: String, fieldNames: [String]) {
        self.name = name
        self.fieldNames = fieldNames
        places = Dictionary(zip(fieldNames, fieldNames.indices), uniquingKeysWith: { first, _ in first })
    }
}

/// A record without a Swift type of its own: values by the names of fields.
public struct AvroRecord: Sendable {
    let shape: AvroRecordShape
    /// The values in the order of the schema's fields.
    public private(set) var values: [AvroValue]

    init(shape: AvroRecordShape, values: [AvroValue]) {
        self.shape = shape
        self.values = values
    }

    /// A record with these fields. Written by a schema it takes that one's order; the schema's defaults stand for fields that are not there.
    ///
    /// The name matters where a union has several records; otherwise it may be empty.
    public init(_ name: String = "", _ fields: KeyValuePairs<String, AvroValue>) { self.init(name, fields.map { ($0.key, $0.value) }) }

    /// A record with these fields; see the initializer of literals.
    public init(_ name: String = "", _ fields: [(String, AvroValue)]) {
        shape = AvroRecordShape(name: name, fieldNames: fields.map(\.0))
        values = fields.map(\.1)
    }

    /// The full name of the record's type.
    public var name: String { shape.name }
    /// The names of the fields, in the order of the values.
    public var fieldNames: [String] { shape.fieldNames }

    /// The value of a field, nil if there is no such field. Only fields that there are can be set.
    public subscript(name: String) -> AvroValue? {
        get { shape.places[name].map { values[$0] } }
        set { if let place = shape.places[name], let newValue { values[place] = newValue } }
    }
}

extension AvroRecord: Equatable {
    /// Whether name and fields are the same, in the same order.
    public static func == (left: AvroRecord, right: AvroRecord) -> Bool {
        (left.shape === right.shape || left.name == right.name && left.fieldNames == right.fieldNames) && left.values == right.values
    }
}
