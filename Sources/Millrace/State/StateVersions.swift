/// A versioned store in the hands of a processor: what a key was at any time within the history retention. Kafka
/// Streams' `VersionedKeyValueStore` (KIP-889).
///
/// The history retention counts back from the largest timestamp put. The latest version of a key stays, whatever its
/// age.
public struct StateVersions<Key: Hashable & Sendable, Value: Sendable> {
    @usableFromInline let store: VersionedStore<Key, Value>

    @usableFromInline init(_ store: VersionedStore<Key, Value>) { self.store = store }

    /// What came of putting a version.
    public enum PutResult: Sendable, Hashable {
        /// It is the latest of its key.
        case latest
        /// It is valid until that time, exclusive, from when on there is another.
        case validTo(Int64)
        /// It is older than the history retention: nothing was changed.
        case tooOld
    }

    /// Sets what `key` is from `timestamp` on until its next version; nil for nothing. A version with that timestamp is
    /// replaced. Throws if the timestamp is negative.
    @inlinable @discardableResult
    public func put(_ key: Key, _ value: Value?, timestamp: Int64) throws -> PutResult {
        guard timestamp >= 0 else { throw NegativeTime(timestamp, in: store.name) }
        guard let isLatest = try store.put(key, value, timestamp: timestamp) else { return .tooOld }
        return isLatest ? .latest : .validTo(store.nextVersion(of: key, after: timestamp) ?? .max)
    }

    /// Lets `key` be nothing from `timestamp` on until its next version, and gives what it was then: the same as a look
    /// at that time and a `put` of nil.
    @inlinable @discardableResult
    public func delete(_ key: Key, timestamp: Int64) throws -> VersionedValue<Value>? {
        let old = store.get(key, asOf: timestamp)
        return try put(key, nil, timestamp: timestamp) == .tooOld ? nil : old
    }

    /// The latest version of `key`; nil if it is nothing.
    @inlinable
    public func get(_ key: Key) -> VersionedValue<Value>? { store.get(key) }

    /// What `key` was at `time`; nil if nothing, or if that is before the history kept and not the latest version.
    @inlinable
    public func get(_ key: Key, asOf time: Int64) -> VersionedValue<Value>? { store.get(key, asOf: time) }
}
