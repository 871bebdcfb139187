/// What happens to a record that cannot be read (its key or value does not fit the serde, its timestamp extractor
/// throws) or in whose processing a step throws. Kafka Streams' deserialization and processing exception handlers.
public enum BadRecordPolicy: Sendable, Hashable {
    /// The application fails with an error that names topic, partition and offset; nothing after the record is
    /// committed.
    case fail
    /// The record is left out and counted.
    case skip
    /// The record's bytes go unchanged to the topic named, with headers that say what was wrong and where the record
    /// came from (KIP-1034), and processing goes on.
    case deadLetter(topic: String)
}
