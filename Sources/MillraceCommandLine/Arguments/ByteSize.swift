/// A number of bytes.
public struct ByteSize: Sendable, Equatable {
    /// How many bytes.
    public let bytes: Int

    /// Reads `4096`, `4096B`, `64KiB`, `10MiB`, `1GiB` (powers of 1024) or `64KB`, `10MB`, `1GB` (powers of 1000).
    /// Throws `ValueError`.
    public init(parsing text: String) throws {
        let examples = "such as 4096, 64KiB or 10MB"
        let number = text.utf8.prefix { $0.isDigit || $0 == UInt8(ascii: ".") }
        guard let decimal = Decimal9(number) else { throw ValueError("\"\(text)\" is not a size \(examples)") }
        let scale: Int64
        switch text[number.endIndex...].lowercased() {
        case "", "b": scale = 1
        case "k", "kib": scale = 1 << 10
        case "m", "mib": scale = 1 << 20
        case "g", "gib": scale = 1 << 30
        case "kb": scale = 1_000
        case "mb": scale = 1_000_000
        case "gb": scale = 1_000_000_000
        case let unknown:
            throw ValueError("\"\(unknown)\" in \"\(text)\" is not a unit of size (KiB, MiB, GiB, KB, MB, GB)")
        }
        guard let bytes = decimal.scaled(by: scale) else { throw ValueError("\"\(text)\" is too large a size") }
        self.bytes = Int(bytes)
    }
}
