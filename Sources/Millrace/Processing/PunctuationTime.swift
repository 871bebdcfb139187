/// Which time a punctuation goes by: Kafka Streams' `PunctuationType`.
public enum PunctuationTime: Sendable, Hashable {
    /// Stream time, the largest timestamp that the task has processed: stands still without records.
    case streamTime
    /// The wall clock, whether there are records or not.
    case wallClock
}
