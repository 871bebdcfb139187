/// A store of a topology.
public struct StoreDescription: Sendable, Hashable, CustomStringConvertible {
    /// The store's name.
    public let name: String
    /// What it has.
    public let kind: StoreKind
    /// The name of the Swift type of its keys, such as `String`; nil if it cannot be queried.
    public let keyType: String?
    /// The name of the Swift type of its values; nil if it cannot be queried.
    public let valueType: String?
    /// The number of the sub-topology whose tasks have it, as in `describe()`; nil for a global store, which every instance has.
    public let subTopology: Int?
    /// What keeps its rows.
    public let engine: StoreEngine

    /// Whether every instance has all of it.
    public var isGlobal: Bool { subTopology == nil }

    /// The name with what the store has.
    public var description: String {
        guard let keyType, let valueType else { return "\(name) (cannot be queried)" }
        return "\(name) (\(kind.rawValue) of \(keyType) and \(valueType))"
    }
}

/// What a store has, of which types, and how it is read as bytes.
@usableFromInline
struct StoreContents: Sendable {
    let kind: StoreKind
    let keyType: String
    let valueType: String
    /// The store's serdes.
    let key: any Sendable
    let value: any Sendable
    /// Reads it as bytes.
    let raw: RawReading

    @usableFromInline
    init<Key: Hashable & Sendable, Value: Sendable>(_ kind: StoreKind, _ key: Serde<Key>, _ value: Serde<Value>) {
        self.kind = kind
        self.key = key
        self.value = value
        keyType = "\(Key.self)"
        valueType = "\(Value.self)"
        raw = RawReading(kind, key, value)
    }
}

extension StoreDefinition {
    /// The same, with what it has: it can be queried.
    @usableFromInline
    func holding<Key: Hashable & Sendable, Value: Sendable>(
        _ kind: StoreKind, _ key: Serde<Key>, _ value: Serde<Value>
    ) -> StoreDefinition {
        var copy = self
        copy.contents = StoreContents(kind, key, value)
        return copy
    }
}
