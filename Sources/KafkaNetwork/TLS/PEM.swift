import KafkaProtocol

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Certificates or a key in PEM form, from a file or given as text (Kafka's `ssl.truststore.location` and
/// `ssl.truststore.certificates`, and so on). One source may hold both; each reader takes what it looks for.
public struct PEM: Sendable, Hashable, CustomStringConvertible {
    private enum Source: Hashable {
        case file(String)
        case text(Secret)
    }
    private let source: Source
    private init(_ source: Source) { self.source = source }

    /// The contents of the file at `path`, read when it is needed.
    public static func file(_ path: String) -> PEM { PEM(.file(path)) }
    /// `text` itself.
    public static func text(_ text: Secret) -> PEM { PEM(.text(text)) }

    /// Where it comes from, never what it holds.
    public var description: String {
        switch source {
        case .file(let path): path
        case .text: "the given PEM text"
        }
    }

    /// The text. Throws `.tls` for a file that cannot be read, or of more than a megabyte.
    func contents() throws(NetworkError) -> [UInt8] {
        switch source {
        case .text(let secret): return Array(secret.revealed.utf8)
        case .file(let path):
            guard let file = fopen(path, "r") else {
                throw NetworkError(.tls, "opening \(path): \(SystemError.text(errno))")
            }
            defer { fclose(file) }
            var bytes = [UInt8](repeating: 0, count: 1 << 20)
            let count = fread(&bytes, 1, bytes.count, file)
            guard ferror(file) == 0, count < bytes.count else {
                throw NetworkError(.tls, "\(path) cannot be read, or is too large for certificates")
            }
            return Array(bytes.prefix(count))
        }
    }
}
