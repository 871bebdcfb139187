/// What happens to records that steps leave out by their rules: late ones, those without a key or value that a step
/// needs, those with a negative timestamp. They are counted in any case (`DroppedRecords`).
public enum DroppedRecordPolicy: Sendable, Hashable {
    /// They are counted, no more.
    case count
    /// Beside that their bytes go unchanged to the topic named, with their own headers and, as texts, those of dead letters that
    /// say where a record came from (`__streams.errors.topic`, `.partition` and `.offset`) and `__millrace.dropped.reason` (`late`,
    /// `null`, `bad-time` or `other`) and `__millrace.dropped.step`. One letter a record: the first reason
    /// counts, also where a record is late for some of its windows only. Those of global tables, which each instance reads at each
    /// start, are counted only.
    case deadLetter(topic: String)

    var fault: String? {
        guard case .deadLetter(let topic) = self else { return nil }
        return topic.nameFault.map { "the dead-letter topic \"\(topic)\" is not allowed: \($0)" }
    }
}
