/// Who has the partition of a store that a key belongs to. Kafka Streams' `KeyQueryMetadata`.
public struct KeyMetadata: Sendable, Hashable {
    /// The partition; nil for a global store, which every instance has.
    public let partition: Int32?
    /// Who processes it; nil while it goes from one instance to another, or if that is not known. Of a global store the instance asked.
    public let active: InstanceMetadata?
    /// Who follows it.
    public let standbys: [InstanceMetadata]
}
