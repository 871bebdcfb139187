/// How often a record may take effect. Kafka Streams' `processing.guarantee`.
public enum ProcessingGuarantee: String, Sendable, Hashable, CaseIterable {
    /// Nothing is lost; after a crash records since the last commit are processed again, and their effects are there
    /// twice.
    case atLeastOnce = "at-least-once"
    /// Output, state and input positions of a task move in one transaction, which tasks of an instance share: after a crash
    /// everything is as of the last commit (KIP-98, KIP-447). Readers need `read_committed`.
    case exactlyOnce = "exactly-once"
}
