internal import KafkaNetwork

/// A way in which clients prove who they are (`sasl.enabled.mechanisms`).
public enum SASLMechanism: String, Sendable, Hashable, CaseIterable {
    /// The password itself; for connections with TLS.
    case plain = "PLAIN"
    /// SCRAM with SHA-256 (RFC 7677): the password is proved, not sent.
    case scramSHA256 = "SCRAM-SHA-256"
    /// SCRAM with SHA-512.
    case scramSHA512 = "SCRAM-SHA-512"

    var scram: ScramMechanism? { ScramMechanism(rawValue: rawValue) }
}
