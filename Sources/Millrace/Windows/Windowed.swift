/// A key within a window: the key type of windowed tables.
@frozen
public struct Windowed<Key> {
    /// The record's key.
    public let key: Key
    /// The window.
    public let window: Window

    /// The key within the window.
    @inlinable
    public init(_ key: Key, _ window: Window) {
        self.key = key
        self.window = window
    }
}

extension Windowed: Sendable where Key: Sendable {}
extension Windowed: Equatable where Key: Equatable {
    /// Whether window and key are equal; keys are if their bytes are, as for all keys of tables.
    @inlinable
    public static func == (left: Windowed, right: Windowed) -> Bool {
        left.window == right.window && KeyHash.areEqual(left.key, right.key)
    }
}

extension Windowed: Hashable where Key: Hashable {
    /// By the window and the key's bytes.
    @inlinable
    public func hash(into hasher: inout Hasher) {
        hasher.combine(window)
        hasher.combine(KeyHash.hash(key, seed: KeyHash.seed))
    }
}

extension Windowed: CustomStringConvertible {
    /// `key@start/end`.
    public var description: String { "\(key)@\(window.start)/\(window.end)" }
}
