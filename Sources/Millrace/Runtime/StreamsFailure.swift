/// Something that failed in a task, as a `BadRecordPolicy` sees it.
public struct StreamsFailure: Sendable {
    /// What failed.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A record of a source topic could not be read: its serdes or its timestamp extractor threw.
        case undecodableRecord = "undecodable"
        /// A step threw.
        case processing
        /// A sink could not write a record: its serdes or its partitioner threw, or brokers refuse the record (too large, not
        /// valid) or its topic (unknown, not authorized).
        case production
        /// A record of a global table could not be read or processed.
        case globalTable = "global-table"
        /// A schedule of a processor threw (`ProcessingContext.schedule`).
        case punctuation
    }

    /// What a policy wants done.
    public enum Answer: Sendable, Hashable {
        /// As `BadRecordPolicy.fail`.
        case fail
        /// As `BadRecordPolicy.skip`.
        case skip
        /// As `BadRecordPolicy.deadLetter`; the topic must be one that the policy names.
        case deadLetter(topic: String)
        /// The step is tried again after a pause, as with `BadRecordPolicy.retry`. However often: that it ends is up to who
        /// answers. Where `canRetry` is false it is a `fail`.
        case retry(after: Duration)
    }

    /// What failed.
    public let kind: Kind
    /// What was thrown.
    public let error: any Error
    /// The step that threw, or the source of a record that could not be read.
    public let step: String?
    /// The task.
    public let task: TaskID
    /// Where the record was read; nil for a result that was held back and for a schedule.
    public let record: RecordMetadata?
    /// How often the step has been tried with this record: 1 at its first failure.
    public let attempt: Int
    /// Whether the step can be tried again.
    public let canRetry: Bool
}
