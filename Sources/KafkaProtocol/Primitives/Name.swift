/// A name as Kafka compares it: topics, groups, members, transactional ids and users are equal if their UTF-8 bytes are,
/// and sorted by them.
///
/// Swift's `String` compares by Unicode canonical equivalence, to which "caf\u{e9}" and "cafe\u{301}" are one text and the
/// Kelvin sign is a K. So whatever comes from outside is a `Name` wherever it is compared, sorted or a key; as a property
/// wrapper it makes the comparison of a structure one by bytes:
///
/// ```swift
/// struct Listing: Hashable { @Name var group: String }
/// ```
///
/// The hash is computed once, when the name is made.
@propertyWrapper
public struct Name: Hashable, Sendable {
    /// The text.
    public let string: String
    /// 31 bits of hash, and the lowest bit for whether the text is ASCII, to which Swift's comparison is one of bytes.
    @usableFromInline let digest: UInt32

    /// The name with this text.
    public init(_ string: String) {
        self.string = string
        digest = Self.digest(of: string.utf8Span.span.bytes)
    }

    /// The name with this text.
    public init(wrappedValue: String) { self.init(wrappedValue) }

    /// The text.
    @inlinable public var wrappedValue: String {
        get { string }
        set { self = Name(newValue) }
    }

    @inlinable var isASCII: Bool { digest & 1 == 1 }

    /// Whether the bytes are equal.
    @inlinable public static func == (left: Name, right: Name) -> Bool {
        left.digest == right.digest
            && (left.isASCII ? left.string == right.string : haveEqualBytes(left.string, right.string))
    }

    @inlinable public func hash(into hasher: inout Hasher) { hasher.combine(digest) }

    @usableFromInline static func haveEqualBytes(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8)
    }

    /// Secret, so that nobody can choose names that collide.
    private static let seed = UInt64.random(in: .min ... .max)

    /// Folds words of eight bytes into a hash by multiplication.
    private static func digest(of bytes: RawSpan) -> UInt32 {
        let count = bytes.byteCount
        var hash = seed ^ UInt64(truncatingIfNeeded: count)
        var all: UInt64 = 0
        func take(_ word: UInt64, _ factor: UInt64) {
            all |= word
            let product = (hash ^ word).multipliedFullWidth(by: factor)
            hash = product.high ^ product.low
        }
        var offset = 0
        while offset &+ 8 <= count {
            take(bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self), 0x9e37_79b9_7f4a_7c15)
            offset &+= 8
        }
        var last: UInt64 = 0
        if offset < count, count >= 8 {
            last = bytes.unsafeLoadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
        } else {
            while offset < count {
                last = last << 8 | UInt64(bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
                offset &+= 1
            }
        }
        take(last, 0xd6e8_feb8_6659_fd93)
        return UInt32(truncatingIfNeeded: hash >> 16) & ~1 | (all & 0x8080_8080_8080_8080 == 0 ? 1 : 0)
    }
}

extension Name: Comparable {
    /// By bytes.
    public static func < (left: Name, right: Name) -> Bool {
        left.isASCII && right.isASCII
            ? left.string < right.string : left.string.utf8.lexicographicallyPrecedes(right.string.utf8)
    }
}

extension Name: ExpressibleByStringLiteral, CustomStringConvertible {
    /// The name with this text.
    public init(stringLiteral value: String) { self.init(value) }

    /// The text.
    public var description: String { string }

    /// Whether there is no text.
    public var isEmpty: Bool { string.isEmpty }
}

extension Sequence<String> {
    /// The names in order, each once.
    public func distinctNames() -> [Name] { Set(map { Name($0) }).sorted() }
}
