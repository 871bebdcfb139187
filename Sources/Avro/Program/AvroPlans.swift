import KafkaProtocol

/// A record: its fields in the order in which they were written, and those that were not.
final class AvroRecordPlan: Sendable {
    /// A field of the writer's schema.
    struct Field: Sendable {
        /// Its name in the reader's schema; empty if the reader has none, so that it is passed over.
        let name: String
        /// The place among the reader's fields.
        let place: Int
        let node: Int

        var isSkipped: Bool { place < 0 }
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
    private let places: [String: Int]
    /// By field: what is written where a value has no such field; nil if that is an error.
    let fallbacks: [Bytes?]

    init(shape: AvroRecordShape, fields: [Field], defaults: [Default], fallbacks: [Bytes?]) {
        self.shape = shape
        self.fields = fields
        self.defaults = defaults
        self.fallbacks = fallbacks
        var places: [String: Int] = [:]
        for (index, field) in fields.enumerated() where !field.isSkipped { places[field.name] = index }
        for (index, field) in defaults.enumerated() { places[field.name] = fields.count + index }
        self.places = places
    }

    /// The place of a field, among `fields` or behind those among `defaults`; nil if the reader has none of the name. It is looked for from
    /// `next` on, as types mostly ask for one after the other.
    @inline(__always)
    func place(of name: String, from next: Int) -> Int? {
        if next < fields.count, fields[next].name == name { return next }
        return elsewhere(name)
    }

    /// The same where it is not the next one. In a short list a look at each is faster than a hash.
    private func elsewhere(_ name: String) -> Int? {
        guard fields.count <= 12 else { return places[name] }
        for index in fields.indices where fields[index].name == name && !fields[index].isSkipped { return index }
        return defaults.firstIndex { $0.name == name }.map { $0 + fields.count }
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
