public import KafkaProtocol

/// By what keys of a type are told apart: two keys are equal if their serialized bytes are, so that results do not depend on
/// what goes through topics and what does not.
///
/// For text, numbers and bytes that is known of the type: text is compared by UTF-8, floating-point numbers by their bits.
@usableFromInline
struct KeyIdentity<Key: Hashable>: Sendable {
    /// The bytes of a key; nil where the type decides.
    @usableFromInline let encode: (@Sendable (_ value: Key, _ writer: inout ByteWriter) throws -> Void)?

    /// As a serde says.
    @inlinable init(_ serde: Serde<Key>) { encode = serde.form == .other ? serde.encode : nil }

    /// As the type says.
    @inlinable init() { encode = nil }

    @inlinable @inline(__always)
    func hash(_ key: Key, seed: UInt64) -> UInt32 {
        guard encode == nil else { return hashOfBytes(key, seed) }
        return KeyHash.hash(key, seed: seed)
    }

    @inlinable @inline(__always)
    func areEqual(_ a: Key, _ b: Key) -> Bool {
        guard encode == nil else { return haveEqualBytes(a, b) }
        return KeyHash.areEqual(a, b)
    }

    // A key that cannot be written is compared as a value; it fails where it is to be written.

    @usableFromInline
    func hashOfBytes(_ key: Key, _ seed: UInt64) -> UInt32 {
        guard let bytes = bytes(of: key) else { return KeyHash.hash(key, seed: seed) }
        return bytes.withUnsafeBytes { KeyHash.hash($0, seed) }
    }

    @usableFromInline
    func haveEqualBytes(_ a: Key, _ b: Key) -> Bool {
        guard let left = bytes(of: a), let right = bytes(of: b) else { return KeyHash.areEqual(a, b) }
        return left == right
    }

    private func bytes(of key: Key) -> Bytes? {
        var writer = ByteWriter(capacity: 64)
        do { try encode?(key, &writer) } catch { return nil }
        return writer.finish()
    }
}

/// A dictionary whose keys are told apart as `KeyIdentity` says.
@usableFromInline
struct KeyDictionary<Key: Hashable, Value> {
    @usableFromInline var table: KeyTable<Key, Value>

    @inlinable init(_ identity: KeyIdentity<Key>) { table = KeyTable(identity) }

    @usableFromInline var count: Int { table.count }
    @usableFromInline var isEmpty: Bool { table.count == 0 }

    @inlinable
    subscript(key: Key) -> Value? {
        get { table.find(key).flatMap { table.rows[$0]?.row } }
        set {
            if let newValue {
                let number = table.findOrInsert(key, detach: nil) { newValue }
                table.rows[number]?.row = newValue
            } else if let number = table.find(key) {
                table.remove(number)
            }
        }
    }

    /// The entries, in no particular order.
    @inlinable
    var entries: [(key: Key, value: Value)] { table.rows.compactMap { $0.map { ($0.key, $0.row) } } }
}
