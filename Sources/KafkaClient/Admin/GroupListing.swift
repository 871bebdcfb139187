public import KafkaProtocol

/// A group, as its coordinator lists it.
public struct GroupListing: Sendable, Hashable {
    /// The group's id.
    @Name public var groupID: String
    /// `consumer` for groups of consumers.
    public var protocolType: String
    /// The state, such as `Stable` or `Empty`; empty from old brokers.
    public var state: String
    /// The protocol of its members, `classic` or `consumer` (KIP-848); empty from old brokers.
    public var type: String
}
