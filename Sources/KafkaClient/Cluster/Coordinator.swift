import KafkaProtocol
import Synchronization

/// What has a coordinator among the brokers.
public struct Coordinator: Hashable, Sendable, CustomStringConvertible {
    let keyType: Int8
    let key: Name

    /// The coordinator of a consumer group.
    public static func group(_ id: String) -> Coordinator { Coordinator(keyType: 0, key: Name(id)) }
    /// The coordinator of a transactional id.
    public static func transaction(_ id: String) -> Coordinator { Coordinator(keyType: 1, key: Name(id)) }

    /// What is coordinated, in words.
    public var description: String { (keyType == 0 ? "group " : "transactional id ") + key.string }
}
