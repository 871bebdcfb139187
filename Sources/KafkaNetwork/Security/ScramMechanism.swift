/// The SCRAM mechanisms of Kafka.
public enum ScramMechanism: String, Sendable, Hashable, CaseIterable {
    /// With SHA-256 (RFC 7677).
    case sha256 = "SCRAM-SHA-256"
    /// With SHA-512.
    case sha512 = "SCRAM-SHA-512"

    /// The mechanism's number in `AlterUserScramCredentials` and `DescribeUserScramCredentials`.
    public var number: Int8 { self == .sha256 ? 1 : 2 }
    /// The number of bytes of its digest.
    public var size: Int { self == .sha256 ? 32 : 64 }
    /// How often the password is hashed at least, on either side; also what Kafka takes if not told otherwise.
    public static let minimumIterations = 4_096
    /// How often a client hashes its password at most, so that a hostile server cannot keep it busy.
    public static let maximumIterations = 1_000_000
}
