/// A header of a record: a name and bytes. A name may come more than once (KIP-82).
public struct RecordHeader: Sendable, Hashable {
    /// The name.
    public var key: String
    /// The bytes, or nil.
    public var value: Bytes?

    /// A header.
    public init(key: String, value: Bytes?) {
        self.key = key
        self.value = value
    }
}
