/// What a broker says went wrong: the number in the `errorCode` of a response.
///
/// A number that is not known here is kept; it cannot be retried, and `name` is its number.
public struct KafkaErrorCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The number on the wire.
    public let rawValue: Int16

    /// The code of that number.
    public init(rawValue: Int16) { self.rawValue = rawValue }

    /// Whether this is an error at all, that is, not `none`.
    public var isError: Bool { rawValue != 0 }

    /// Whether the same request can succeed later, possibly after fetching metadata or finding the coordinator anew.
    public var isRetriable: Bool { entry?.isRetriable ?? false }

    /// The name in Kafka's documentation, such as `NOT_LEADER_OR_FOLLOWER`.
    public var name: String { entry?.name ?? "\(rawValue)" }

    /// `name`.
    public var description: String { name }

    private var entry: (code: KafkaErrorCode, name: String, isRetriable: Bool)? {
        // The table is in the order of the numbers without gaps.
        guard let first = Self.known.first?.code.rawValue else { return nil }
        let index = Int(rawValue) - Int(first)
        guard Self.known.indices.contains(index), Self.known[index].code == self else { return nil }
        return Self.known[index]
    }
}
