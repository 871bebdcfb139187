public import KafkaNetwork
public import KafkaProtocol

/// A user of a cluster, as `AdminClient.listUsers` tells of it.
public struct ScramUser: Sendable, Hashable {
    /// The name.
    @Name public internal(set) var name: String
    /// The mechanisms for which the cluster has a credential, with the iterations of each.
    public let iterations: [ScramMechanism: Int]
}
