/// A broker of the cluster.
public struct BrokerMetadata: Sendable, Hashable {
    /// The broker's id.
    public var id: Int32
    /// The host that clients connect to.
    public var host: String
    /// The port that clients connect to.
    public var port: Int32
    /// The rack, if the broker has one.
    public var rack: String?
}
