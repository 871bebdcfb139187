#if canImport(Glibc)
    public import Glibc
#elseif canImport(Darwin)
    public import Darwin
#endif

/// Memory that `Bytes` slices share: filled once by its maker, then never changed, freed with its last slice.
@usableFromInline
final class ByteStorage: @unchecked Sendable {
    // Sound as Sendable: the only writer is the `ByteWriter` (or initializer) that allocated it, which gives up its
    // access before the storage is wrapped in a `Bytes`.
    @usableFromInline let base: UnsafeMutableRawPointer
    @usableFromInline let capacity: Int

    @inlinable init(base: UnsafeMutableRawPointer, capacity: Int) {
        self.base = base
        self.capacity = capacity
    }

    deinit { free(base) }
}

/// An immutable slice of reference-counted bytes: 24 bytes to pass around, no copy to slice. What a fetch response,
/// a record batch, a key and a value are until a serde makes them a Swift value.
///
/// A slice keeps the whole buffer it was cut from alive; `detached()` copies one that is kept for long.
/// Bounds are checked: an index or a range outside traps, so code that reads foreign input goes through `ByteReader`,
/// which throws instead.
@frozen
public struct Bytes: Sendable {
    @usableFromInline let storage: ByteStorage?
    @usableFromInline let start: Int
    /// The number of bytes.
    public let count: Int

    @inlinable init(storage: ByteStorage?, start: Int, count: Int) {
        self.storage = storage
        self.start = start
        self.count = count
    }

    /// No bytes.
    @inlinable public init() { self.init(storage: nil, start: 0, count: 0) }

    /// A copy of `buffer`.
    @inlinable public init(copying buffer: UnsafeRawBufferPointer) {
        guard let source = buffer.baseAddress, buffer.count > 0, let base = malloc(buffer.count) else {
            self.init()
            return
        }
        base.copyMemory(from: source, byteCount: buffer.count)
        self.init(storage: ByteStorage(base: base, capacity: buffer.count), start: 0, count: buffer.count)
    }

    /// A copy of `bytes`.
    @inlinable public init(_ bytes: some Sequence<UInt8>) {
        self = Array(bytes).withUnsafeBytes { Bytes(copying: $0) }
    }

    /// The first `count` bytes of memory that came from `malloc`, which it takes over and frees.
    @inlinable public init(adopting base: UnsafeMutableRawPointer, count: Int) {
        self.init(storage: ByteStorage(base: base, capacity: count), start: 0, count: count)
    }

    /// The UTF-8 form of `string`.
    @inlinable public init(utf8 string: String) {
        var string = string
        self = string.withUTF8 { Bytes(copying: UnsafeRawBufferPointer($0)) }
    }

    /// Memory of `capacity` bytes that `fill` writes into and of which it returns how many it used.
    @inlinable public init(capacity: Int, filledBy fill: (UnsafeMutableRawBufferPointer) throws -> Int) rethrows {
        guard capacity > 0, let base = malloc(capacity) else {
            _ = try fill(UnsafeMutableRawBufferPointer(start: nil, count: 0))
            self.init()
            return
        }
        let storage = ByteStorage(base: base, capacity: capacity)
        let used = try fill(UnsafeMutableRawBufferPointer(start: base, count: capacity))
        precondition(used >= 0 && used <= capacity, "more bytes reported than there is room for")
        self.init(storage: storage, start: 0, count: used)
    }

    /// Whether there are no bytes.
    @inlinable public var isEmpty: Bool { count == 0 }

    /// Calls `body` with the bytes; the pointer is valid during the call only.
    @inlinable public func withUnsafeBytes<R, E: Error>(
        _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        defer { extendLifetime(self) }
        return try body(unguarded)
    }

    /// The bytes for code of this module that keeps the slice alive itself while it uses the pointer.
    @inlinable var unguarded: UnsafeRawBufferPointer {
        guard let storage else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: UnsafeRawPointer(storage.base) + start, count: count)
    }

    /// The byte at `index`, from 0.
    @inlinable public subscript(index: Int) -> UInt8 {
        precondition(index >= 0 && index < count, "index outside of the bytes")
        return withUnsafeBytes { $0[index] }
    }

    /// The bytes of `range`, sharing memory.
    @inlinable public subscript(range: Range<Int>) -> Bytes {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "range outside of the bytes")
        return Bytes(storage: storage, start: start + range.lowerBound, count: range.count)
    }

    /// The same bytes in memory of their own, if now they keep a larger buffer alive.
    @inlinable public func detached() -> Bytes {
        guard let storage, storage.capacity > count else { return self }
        return withUnsafeBytes { Bytes(copying: $0) }
    }

    /// The bytes as an array.
    public var array: [UInt8] { withUnsafeBytes { Array($0) } }

    /// The bytes as text; invalid UTF-8 becomes U+FFFD.
    @inlinable public var string: String { withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }

    /// The bytes as lower-case hexadecimal digits.
    public var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: array.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

extension Bytes: Hashable {
    @inlinable public static func == (left: Bytes, right: Bytes) -> Bool {
        guard left.count == right.count else { return false }
        return left.withUnsafeBytes { l in
            right.withUnsafeBytes { r in
                guard let a = l.baseAddress, let b = r.baseAddress else { return true }
                return memcmp(a, b, l.count) == 0
            }
        }
    }

    @inlinable public func hash(into hasher: inout Hasher) {
        withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

extension Bytes: Comparable {
    /// Byte by byte, unsigned; a prefix comes first.
    @inlinable public static func < (left: Bytes, right: Bytes) -> Bool {
        left.withUnsafeBytes { l in
            right.withUnsafeBytes { r in
                guard let a = l.baseAddress, let b = r.baseAddress else { return l.count < r.count }
                let order = memcmp(a, b, min(l.count, r.count))
                return order != 0 ? order < 0 : l.count < r.count
            }
        }
    }
}

extension Bytes: CustomStringConvertible, ExpressibleByArrayLiteral {
    /// `string`, for messages.
    public var description: String { string }

    /// The bytes listed.
    public init(arrayLiteral elements: UInt8...) { self.init(elements) }
}
