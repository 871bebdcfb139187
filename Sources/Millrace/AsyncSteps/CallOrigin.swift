import KafkaProtocol

/// Where a record came from that is in an asynchronous step: what is told of it, and goes to a dead-letter topic, if it fails there or
/// later.
@usableFromInline
final class CallOrigin {
    /// Where it was read; the offset is -1 if it came of none.
    let source: TopicPartition
    let offset: Int64
    /// Which note of its record it is (`TaskContext.noted`).
    let number: Int
    /// The record that was read, where somebody may ask for it.
    var record: SourceRecord?
    /// The result that had been held back, if it is one.
    var held: HeldResult?

    init(source: TopicPartition, offset: Int64, number: Int) {
        self.source = source
        self.offset = offset
        self.number = number
    }
}

/// A record that was read, and has failed somewhere or is in an asynchronous step.
@usableFromInline
final class SourceRecord {
    let input: Int
    let view: RecordView
    /// Whether it counts as bad already.
    var isCounted = false
    /// The topics that have a letter of it.
    var letters: Set<String> = []

    init(input: Int, view: RecordView) {
        self.input = input
        self.view = view
    }
}

extension TaskContext {
    /// The record being processed goes into an asynchronous step. Where it may be asked for later, the task is told to remember it.
    func newOrigin() -> CallOrigin {
        let offset = recordOffset
        guard guards != nil || notesDrops else { return CallOrigin(source: recordSource, offset: offset, number: 0) }
        noted += 1
        let origin = CallOrigin(source: recordSource, offset: offset, number: noted)
        newOrigins.append(origin)
        return origin
    }

    /// What has gone into asynchronous steps since the last time came of this record, or of a result that was held back.
    func settleOrigins(_ record: SourceRecord?, held: HeldResult? = nil) {
        guard !newOrigins.isEmpty else { return }
        for origin in newOrigins where origin.held == nil {
            if let held { origin.held = held } else { origin.record = record }
        }
        newOrigins.removeAll(keepingCapacity: true)
    }
}
