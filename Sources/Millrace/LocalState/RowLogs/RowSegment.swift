import KafkaProtocol

/// A file of a row log. Its log is the base with the highest number, if there is one, and the segments with higher numbers,
/// in order.
struct RowSegment: Equatable, Sendable {
    enum Kind: String, Sendable {
        /// All rows there were, as one chunk: it stands for the segments up to its own number.
        case base
        /// Chunks, in order.
        case log
    }

    let number: Int64
    let kind: Kind
    /// The bytes of its whole chunks.
    var bytes = 0
    /// The entries of its whole chunks.
    var entries = 0

    /// The name of the file.
    var name: String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits + ".\(kind.rawValue)"
    }

    /// What a base is called until it is complete.
    static let unfinished = ".tmp"

    init(_ number: Int64, _ kind: Kind) {
        self.number = number
        self.kind = kind
    }

    /// The segment in a file of that name; nil if it is something else.
    init?(name: String) {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 20, let number = Int64(parts[0]), number > 0,
            let kind = Kind(rawValue: String(parts[1]))
        else { return nil }
        self.init(number, kind)
    }
}
