public import Millrace

/// A versioned store of a topology under test, to look into and to write; see `TestKeyValueStore`.
public struct TestVersionedStore<Key: Hashable & Sendable, Value: Sendable> {
    /// The store's name.
    public let name: String
    let access: () -> StateVersions<Key, Value>?

    /// The value that `key` has, or had at a time in milliseconds; nil if there was none, or if that is before the
    /// history kept.
    public func get(_ key: Key, asOf time: Int64 = .max) -> VersionedValue<Value>? { access()?.get(key, asOf: time) }

    /// Sets what `key` is from a time on; nil says that it is gone. Returns whether the time is within the history
    /// kept.
    @discardableResult
    public func put(_ key: Key, _ value: Value?, timestamp: Int64) throws -> Bool {
        guard let result = try access()?.put(key, value, timestamp: timestamp) else { return false }
        return result != .tooOld
    }
}
