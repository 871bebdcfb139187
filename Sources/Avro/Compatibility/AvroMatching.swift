// The rules by which types, names and fields of a reader's schema are those of a writer's.

extension AvroType.Kind {
    /// Whether a value of another kind can be read as this one, where neither is made of other types.
    func takes(_ written: AvroType.Kind) -> Bool {
        switch (self, written) {
        case (.null, .null), (.boolean, .boolean), (.int, .int), (.long, .long), (.float, .float), (.double, .double), (.bytes, .bytes),
            (.string, .string):
            true
        case (.long, .int), (.float, .int), (.double, .int), (.float, .long), (.double, .long), (.double, .float): true
        case (.bytes, .string), (.string, .bytes): true
        default: false
        }
    }
}

extension AvroDefinition {
    /// Whether a writer's type is meant by the name of this one, or by an alias.
    func names(_ written: AvroDefinition) -> Bool { name == written.name || aliases.contains(written.fullName) }
}

extension AvroSchema {
    /// The word for a type in messages: `RECORD` for a record whatever its name is, as in Java.
    func word(for type: AvroType) -> String { (definition(of: type)?.word ?? type.name).uppercased() }
}

/// The fields of a writer's record by name.
struct AvroFieldNames {
    private let fields: [AvroField]
    private let places: [String: Int]

    init(_ fields: [AvroField]) {
        self.fields = fields
        places = Dictionary(uniqueKeysWithValues: fields.enumerated().map { ($0.element.name, $0.offset) })
    }

    /// The place of the field that a reader's field reads: that of its name, else that of the first alias for which there is one.
    func place(of field: AvroField) -> Int? {
        places[field.name] ?? field.aliases.lazy.compactMap { places[$0] }.first
    }

    /// The field that a reader's field reads.
    func match(of field: AvroField) -> AvroField? { place(of: field).map { fields[$0] } }
}
