import KafkaProtocol

/// What happens to a record that fails: one that cannot be read (its key or value does not fit the serde, its timestamp
/// extractor throws), in whose processing a step throws, or that a sink cannot write; and to a schedule that throws. Kafka
/// Streams' deserialization, processing and production exception handlers.
///
/// The nearest policy counts: that of the step (`KStream.onBadRecord`), the source (`Consumed`) or the sink (`Produced`), then
/// that of the kind of failure (`StreamsConfiguration.onFailure`), then the application's (`StreamsConfiguration.onBadRecord`).
///
/// A record that is left out has changed nothing in the step that threw, all windows of a record included; a join of
/// streams does not keep it for matches. The steps before that one have taken it in and go on with it: their stores keep
/// it, and what they send on other ways is written, as in Kafka Streams. A result that was held back (for a commit, for its
/// window to close, for a match) and fails when it leaves is treated like a record, and keeps neither the one being processed
/// then nor other results from going on.
public enum BadRecordPolicy: Sendable {
    /// The task fails with an error that names topic, partition and offset; nothing after the record is committed.
    case fail
    /// The record is left out and counted.
    case skip
    /// The record's bytes go unchanged to the topic named, and processing goes on. Beside the record's own headers are
    /// those of Kafka Streams (KIP-1034), texts in UTF-8: `__streams.errors.exception` has the error's type,
    /// `.message` its text, `.stacktrace` both with what is known of the place, and `.topic`, `.partition` and `.offset`
    /// say where the record came from; a result that was held back lacks these three. One letter a record and topic,
    /// however many steps it fails in; none of a schedule, which has no record.
    case deadLetter(topic: String)
    /// The step is tried again, so many times and after a pause that doubles up to a longest one; then another policy counts.
    ///
    /// Only the step that threw is called again, with the record as it came to it, so that no step before it takes the record in
    /// twice. Meanwhile the task takes no other record and commits nothing, and no thread is held up; what is waited for is
    /// told. After a failure of an asynchronous step the task goes on, but for what must stay behind the record. A processor of one's
    /// own should change its stores and forward after what may throw. Of a record that brokers refuse, the task starts anew for each
    /// attempt. What is not to be repeated (a batch that cannot be decompressed, an unmatched record of a join whose
    /// closure throws as it leaves) is left to the other policy at once.
    indirect case retry(
        times: Int, pause: Duration = .milliseconds(100), longestPause: Duration = .seconds(30), then: BadRecordPolicy)
    /// The closure decides, failure by failure. It is called on the task's thread and should return soon. The topics that
    /// it sends dead letters to are named before, so that they can be looked for at the start.
    case decide(
        deadLetterTopics: [String] = [], _ answer: @Sendable (_ failure: StreamsFailure) -> StreamsFailure.Answer)

    /// What to do about a failure.
    func answer(to failure: StreamsFailure) -> StreamsFailure.Answer {
        switch self {
        case .fail: .fail
        case .skip: .skip
        case .deadLetter(let topic): .deadLetter(topic: topic)
        case .retry(let times, let pause, let longest, let then):
            failure.canRetry && failure.attempt <= times
                ? .retry(after: .milliseconds(Self.pause(afterAttempt: failure.attempt, pause, longest)))
                : then.answer(to: failure)
        case .decide(_, let answer): answer(failure)
        }
    }

    /// The pause in milliseconds after the failed attempt number `attempt`, counted from 1.
    static func pause(afterAttempt attempt: Int, _ first: Duration, _ longest: Duration) -> Int64 {
        let doubled = first.milliseconds.saturatingMultiply(1 << Int64(max(0, min(attempt - 1, 40))))
        return max(0, min(doubled, longest.milliseconds))
    }

    /// Whether it never goes on after a failure.
    var isFail: Bool { if case .fail = self { true } else { false } }

    /// Whether a step may be asked to try again.
    var mayRetry: Bool {
        switch self {
        case .retry, .decide: true
        case .fail, .skip, .deadLetter: false
        }
    }

    /// The topics that dead letters may go to.
    var deadLetterTopics: [String] {
        switch self {
        case .fail, .skip: []
        case .deadLetter(let topic): [topic]
        case .retry(_, _, _, let then): then.deadLetterTopics
        case .decide(let topics, _): topics
        }
    }

    /// What makes no sense in it; nil if all does.
    var fault: String? {
        switch self {
        case .fail, .skip: return nil
        case .deadLetter, .decide:
            return deadLetterTopics.compactMap { topic in
                topic.nameFault.map { "the dead-letter topic \"\(topic)\" is not allowed: \($0)" }
            }.first
        case .retry(let times, let pause, let longest, let then):
            if times < 1 { return "a record is tried again at least once, not \(times) times" }
            if pause < .zero || longest < pause { return "pauses between attempts grow from \(pause) to \(longest)" }
            return then.fault
        }
    }
}
