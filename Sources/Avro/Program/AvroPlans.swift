import KafkaProtocol

/// A record: its fields in the order in which they were written, and those that were not.
final class AvroRecordPlan: Sendable {
    /// A field of the writer's schema.
    struct Field: Sendable {
        /// Its name in the reader's schema; nil if the reader has none, so that it is passed over.
        let name: String?
        /// The place among the reader's fields.
        let place: Int
        let node: Int
    }

    /// A field of the reader's schema that the writer's has not.
    struct Default: Sendable {
        let name: String
        let place: Int
        let node: Int
        /// The default, as if it had been written.
        let bytes: Bytes
    }

    /// What stands for a record until it is known.
    static let none = AvroRecordPlan(shape: AvroRecordShape(name: "", fieldNames: []), fields: [], defaults: [], fallbacks: [])

    /// The reader's name and fields.
    let shape: AvroRecordShape
    let fields: [Field]
    let defaults: [Default]
    /// Where the reader's fields are: among `fields`, or behind those among `defaults`.
    let places: [String: Int]
    /// By field: what is written where a value has no such field; nil if that is an error.
    let fallbacks: [Bytes?]

    init(shape: AvroRecordShape, fields: [Field], defaults: [Default], fallbacks: [Bytes?]) {
        self.shape = shape
        self.fields = fields
        self.defaults = defaults
        self.fallbacks = fallbacks
        var places: [String: Int] = [:]
        for (index, field) in fields.enumerated() {
            if let name = field.name { places[name] = index }
        }
        for (index, field) in defaults.enumerated() { places[field.name] = fields.count + index }
        self.places = places
    }
}

/// An enum.
final class AvroEnumPlan: Sendable {
    /// The reader's name.
    let name: String
    /// By the number that is written: the symbol of the reader, nil if it knows none.
    let symbols: [String?]
    /// The numbers by which symbols are written.
    let numbers: [String: Int]

    init(name: String, symbols: [String?]) {
        self.name = name
        self.symbols = symbols
        var numbers: [String: Int] = [:]
        for (number, symbol) in symbols.enumerated() {
            if let symbol, numbers[symbol] == nil { numbers[symbol] = number }
        }
        self.numbers = numbers
    }
}

/// A union that was written.
final class AvroUnionPlan: Sendable {
    /// The nodes of its branches, by the number that is written.
    let branches: [Int]
    /// The number of null, nil if there is none.
    let null: Int?

    init(branches: [Int], null: Int?) {
        self.branches = branches
        self.null = null
    }
}
