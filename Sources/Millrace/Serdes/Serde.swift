public import KafkaProtocol

/// How a type is written to bytes and read from them: Kafka Streams' `Serde`, as a value.
///
/// A serde of one's own is two closures:
/// ```swift
/// extension Serde where Value == Celsius {
///     static var celsius: Serde {
///         Serde(encode: { $1.write($0.degrees) }, decode: { Celsius(degrees: try $0.reading { try $0.readDouble() }) })
///     }
/// }
/// ```
/// Null keys and values never reach a serde: they are null on the topic and `nil` in Swift. A `decode` that throws
/// makes its record undecodable, and the `BadRecordPolicy` says what happens to it.
public struct Serde<Value>: Sendable {
    /// Appends the bytes of a value.
    public let encode: @Sendable (_ value: Value, _ writer: inout ByteWriter) throws -> Void
    /// Reads a value from the bytes, a slice of the fetched batch.
    public let decode: @Sendable (_ bytes: Bytes) throws -> Value
    /// Makes a value fit to be kept for long: copies what would keep a fetched buffer alive. Nil where nothing would.
    public let detach: (@Sendable (Value) -> Value)?
    /// Reads a value from the bytes where they are, for types that do not keep them; else nil.
    @usableFromInline let decodeInPlace: (@Sendable (UnsafeRawBufferPointer) throws -> Value)?
    /// What the bytes are, where that is known.
    @usableFromInline let form: Form
    /// How many of a key's last bytes say which window it is in. Its partition does not depend on them.
    @usableFromInline let windowBytes: Int

    /// Forms of bytes that need not go through `encode`.
    @usableFromInline
    enum Form: Sendable {
        /// The value's own bytes, so that neither reading nor writing changes anything.
        case raw
        /// Text as UTF-8.
        case utf8
        /// A number of fixed width, its highest byte first.
        case bigEndian
        case other
    }

    /// Whether a value is its bytes.
    @inlinable var isRaw: Bool { form == .raw }

    /// A serde of the closures given. `detach` is needed only where values are slices of the bytes they came from.
    public init(
        encode: @escaping @Sendable (_ value: Value, _ writer: inout ByteWriter) throws -> Void,
        decode: @escaping @Sendable (_ bytes: Bytes) throws -> Value,
        detach: (@Sendable (Value) -> Value)? = nil
    ) {
        self.init(encode: encode, decode: decode, detach: detach, windowBytes: 0)
    }

    /// A serde of the closures given, for keys that end in so many bytes of their windows.
    init(
        encode: @escaping @Sendable (_ value: Value, _ writer: inout ByteWriter) throws -> Void,
        decode: @escaping @Sendable (_ bytes: Bytes) throws -> Value,
        detach: (@Sendable (Value) -> Value)?, windowBytes: Int
    ) {
        self.encode = encode
        self.decode = decode
        self.detach = detach
        self.windowBytes = windowBytes
        decodeInPlace = nil
        form = .other
    }

    /// A serde of a type that does not keep the bytes it is read from.
    init(
        _ form: Form, encode: @escaping @Sendable (_ value: Value, _ writer: inout ByteWriter) throws -> Void,
        decodeInPlace: @escaping @Sendable (_ bytes: UnsafeRawBufferPointer) throws -> Value
    ) {
        self.encode = encode
        decode = { bytes in try bytes.withUnsafeBytes { bytes throws(any Error) in try decodeInPlace(bytes) } }
        detach = nil
        self.decodeInPlace = decodeInPlace
        self.form = form
        windowBytes = 0
    }

    /// The serde of values that are their bytes.
    init(
        raw encode: @escaping @Sendable (_ value: Value, _ writer: inout ByteWriter) throws -> Void,
        decode: @escaping @Sendable (_ bytes: Bytes) throws -> Value, detach: @escaping @Sendable (Value) -> Value
    ) {
        self.encode = encode
        self.decode = decode
        self.detach = detach
        decodeInPlace = nil
        form = .raw
        windowBytes = 0
    }

    /// A serde for another type, by a conversion in each direction. Where values of this type must be detached to be kept,
    /// the other's are by way of them.
    public func map<Other>(
        _ from: @escaping @Sendable (Value) throws -> Other, _ to: @escaping @Sendable (Other) throws -> Value
    ) -> Serde<Other> {
        let encode = self.encode
        let decode = self.decode
        let detaching = detach.map { detach in
            { @Sendable (other: Other) in (try? from(detach(to(other)))) ?? other }
        }
        return Serde<Other>(
            encode: { try encode(to($0), &$1) }, decode: { try from(decode($0)) }, detach: detaching,
            windowBytes: windowBytes)
    }

    /// The bytes of one value.
    public func bytes(of value: Value) throws -> Bytes {
        var writer = ByteWriter(capacity: 64)
        try encode(value, &writer)
        return writer.finish()
    }
}

extension Serde {
    /// The key of a record, nil if it has none. Throws what `decode` does.
    @inlinable @inline(__always)
    func key(of found: RecordPosition, in records: borrowing RecordIterator) throws -> Value? {
        guard found.keyCount >= 0 else { return nil }
        if let decodeInPlace {
            return try records.withUnsafeKeyAndValue(of: found) { key, _ throws(any Error) -> Value? in
                if let key { try decodeInPlace(key) } else { nil }
            }
        }
        guard let bytes = records.key(of: found) else { return nil }
        if isRaw, let same = bytes as? Value { return same }
        return try decode(bytes)
    }

    /// The value of a record, nil if it has none. Throws what `decode` does.
    @inlinable @inline(__always)
    func value(of found: RecordPosition, in records: borrowing RecordIterator) throws -> Value? {
        guard found.valueCount >= 0 else { return nil }
        if let decodeInPlace {
            return try records.withUnsafeKeyAndValue(of: found) { _, value throws(any Error) -> Value? in
                if let value { try decodeInPlace(value) } else { nil }
            }
        }
        guard let bytes = records.value(of: found) else { return nil }
        if isRaw, let same = bytes as? Value { return same }
        return try decode(bytes)
    }
}

extension Serde {
    /// Reads a value from bytes that will not stay where they are.
    @inlinable
    func decode(copying bytes: UnsafeRawBufferPointer) throws -> Value {
        if let decodeInPlace { return try decodeInPlace(bytes) }
        return try decode(Bytes(copying: bytes))
    }
}

extension Bytes {
    /// Reads the bytes with `body`, which must use all of them.
    public func reading<R>(_ body: (inout ByteReader) throws -> R) throws -> R {
        var reader = ByteReader(self)
        let result = try body(&reader)
        guard reader.remaining == 0 else { throw SerdeError("\(reader.remaining) bytes too many") }
        return result
    }
}

/// A type that has a serde of its own, which a topology uses where none is named.
public protocol DefaultSerde {
    /// The serde used where none is named.
    static var defaultSerde: Serde<Self> { get }
}

extension Serde {
    /// The serde of a type that has one of its own, else nil. Looked up when a topology is built, never per record.
    @usableFromInline package static func standard() -> Serde<Value>? {
        (Value.self as? any DefaultSerde.Type)?.erasedSerde as? Serde<Value>
    }
}

extension DefaultSerde {
    fileprivate static var erasedSerde: Any { defaultSerde }
}
