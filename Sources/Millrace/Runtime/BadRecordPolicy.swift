/// What happens to a record that cannot be read (its key or value does not fit the serde, its timestamp extractor
/// throws) or in whose processing a step throws. Kafka Streams' deserialization and processing exception handlers.
///
/// A record that is left out has changed nothing in the step that threw, all windows of a record included; a join of
/// streams does not keep it for matches. Steps before that one have taken it in: their stores keep it, and what they sent
/// on other ways is written, as in Kafka Streams. A result that was held back (for a commit, for its window to close, for
/// a match) and fails when it leaves is treated like a record, and keeps neither the one being processed then nor other
/// results from going on.
public enum BadRecordPolicy: Sendable, Hashable {
    /// The application fails with an error that names topic, partition and offset; nothing after the record is
    /// committed.
    case fail
    /// The record is left out and counted.
    case skip
    /// The record's bytes go unchanged to the topic named, and processing goes on. Beside the record's own headers are
    /// those of Kafka Streams (KIP-1034), texts in UTF-8: `__streams.errors.exception` has the error's type,
    /// `.message` its text, `.stacktrace` both with what is known of the place, and `.topic`, `.partition` and `.offset`
    /// say where the record came from; a result that was held back lacks these three.
    case deadLetter(topic: String)
}
