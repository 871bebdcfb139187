/// How the records of a batch are compressed: the numbers of Kafka's record format.
///
/// The libraries are loaded when first used; see `SystemLibrary`.
public enum Compression: Int8, Sendable, Hashable, CaseIterable {
    /// Not at all.
    case none = 0
    /// gzip by zlib.
    case gzip = 1
    /// Snappy in the framing of Java's snappy library.
    case snappy = 2
    /// LZ4's frame format with independent blocks of 64 KiB.
    case lz4 = 3
    /// Zstandard (KIP-110).
    case zstd = 4

    /// Those whose libraries count as missing in a task: tests look what comes of it.
    @TaskLocal package static var missing: Set<Compression> = []

    private func checkPresence() throws {
        guard Self.missing.contains(self) else { return }
        throw KafkaProtocolError(.unsupportedCompression, "the library for \(self) compression is left out")
    }

    /// Whether the library that is needed can be loaded; else the error that says what to install.
    public func check() throws {
        try checkPresence()
        switch self {
        case .none: break
        case .gzip: _ = try Zlib.loaded()
        case .snappy: _ = try Snappy.loaded()
        case .lz4: _ = try LZ4.loaded()
        case .zstd: _ = try Zstandard.loaded()
        }
    }

    /// Appends `input` compressed to `writer`. Throws `KafkaProtocolError` with `.unsupportedCompression` if the
    /// library is missing.
    public func compress(_ input: UnsafeRawBufferPointer, into writer: inout ByteWriter) throws {
        try checkPresence()
        switch self {
        case .none: writer.write(raw: input)
        case .gzip: try Zlib.loaded().compress(input, into: &writer)
        case .snappy: try Snappy.loaded().compress(input, into: &writer)
        case .lz4: try LZ4.loaded().compress(input, into: &writer)
        case .zstd: try Zstandard.loaded().compress(input, into: &writer)
        }
    }

    /// `input` compressed.
    public func compress(_ input: Bytes) throws -> Bytes {
        if self == .none { return input }
        var writer = ByteWriter(capacity: input.count / 2 + 64)
        try input.withUnsafeBytes { try compress($0, into: &writer) }
        return writer.finish()
    }

    /// `input` decompressed; for `none` as it is.
    ///
    /// Throws `KafkaProtocolError`: `.corrupt` if the input is damaged or holds more than `limit` bytes, `.truncated`
    /// if it ends early, `.unsupportedCompression` if the library is missing.
    public func decompress(_ input: Bytes, limit: Int) throws -> Bytes {
        if self == .none { return input }
        try checkPresence()
        var writer = ByteWriter(capacity: min(max(input.count, 64).saturatingMultiply(4), max(limit, 0)))
        try input.withUnsafeBytes { input in
            switch self {
            case .none: break
            case .gzip: try Zlib.loaded().decompress(input, into: &writer, limit: limit)
            case .snappy: try Snappy.loaded().decompress(input, into: &writer, limit: limit)
            case .lz4: try LZ4.loaded().decompress(input, into: &writer, limit: limit)
            case .zstd: try Zstandard.loaded().decompress(input, into: &writer, limit: limit)
            }
        }
        return writer.finish()
    }
}

extension Compression: CustomStringConvertible {
    /// Kafka's name of the compression, as in `compression.type`.
    public var description: String {
        switch self {
        case .none: "none"
        case .gzip: "gzip"
        case .snappy: "snappy"
        case .lz4: "lz4"
        case .zstd: "zstd"
        }
    }

    /// The compression of Kafka's name, nil for another.
    public init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.description == name }) else { return nil }
        self = found
    }
}

extension KafkaProtocolError {
    /// The library for a compression is missing.
    static func noLibrary(_ error: SystemLibrary.LoadingError) -> KafkaProtocolError {
        KafkaProtocolError(.unsupportedCompression, error.description)
    }

    /// Compressed input makes no sense.
    static func damaged(_ name: StaticString, _ reason: String) -> KafkaProtocolError {
        KafkaProtocolError(.corrupt, "\(name) data cannot be decompressed: \(reason)")
    }

    /// Compressed input ends early.
    static func cutShort(_ name: StaticString) -> KafkaProtocolError {
        KafkaProtocolError(.truncated, "\(name) data ends early")
    }

    /// Compressed input holds more than it may.
    static func tooLarge(_ name: StaticString, _ limit: Int) -> KafkaProtocolError {
        KafkaProtocolError(.corrupt, "\(name) data holds more than the allowed \(limit) bytes")
    }
}

extension ByteWriter {
    /// Appends what `step` writes until it says that it is done. `step` gets room for some bytes and returns how many
    /// it wrote and whether to go on. Throws if more than `limit` bytes arrive.
    mutating func pump(
        _ name: StaticString, limit: Int,
        _ step: (UnsafeMutableRawBufferPointer) throws -> (written: Int, goesOn: Bool)
    ) throws {
        let front = count
        var goesOn = true
        while goesOn {
            // One byte more than allowed, so that a stream that is too long shows.
            let room = min(max(4096, capacity - count), limit - (count - front) + 1)
            try write(upTo: room) { buffer in
                let result = try step(buffer)
                goesOn = result.goesOn
                return result.written
            }
            guard count - front <= limit else { throw KafkaProtocolError.tooLarge(name, limit) }
        }
    }
}
