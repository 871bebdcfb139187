/// The types of the records that a step takes or sends: compared when steps are connected by their names.
@usableFromInline
struct RecordType: Hashable, Sendable, CustomStringConvertible {
    private let id: ObjectIdentifier
    @usableFromInline let description: String

    @usableFromInline
    init<Key, Value>(_ record: Record<Key, Value>.Type) {
        id = ObjectIdentifier(record)
        description = "\(Key.self), \(Value.self)"
    }
}
