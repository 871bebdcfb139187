/// A row of a table that changed: what it was, where the steps downstream need that, and what it is.
@frozen
public struct Change<Value> {
    /// The row before; nil if there was none, or if no step downstream asks for it.
    public var old: Value?
    /// The row now; nil if it was deleted.
    public var new: Value?
    /// Whether this is the table's latest word on the key. False only for out-of-order updates of versioned tables.
    public var isLatest: Bool

    /// A change from `old` to `new`.
    @inlinable
    public init(old: Value?, new: Value?, isLatest: Bool = true) {
        self.old = old
        self.new = new
        self.isLatest = isLatest
    }
}

extension Change: Sendable where Value: Sendable {}
