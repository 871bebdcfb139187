import KafkaProtocol

/// Whether local rows can be gone on from.
enum StateVerdict: Equatable {
    /// There are none.
    case none
    /// Yes: the topic is to be read from this offset on.
    case use(RowPosition)
    /// No, for this reason: they are to be set aside, and all is read from the topic.
    case setAside(String)

    /// The topic's partition that a store is restored from, as the cluster has it now.
    struct Source {
        let partition: TopicPartition
        let topicID: KafkaUUID
        /// Its first offset.
        let start: Int64
        /// Up to where the store is to be restored.
        let end: Int64
        /// Whether only what its store has forgotten is deleted from its front.
        var isTrimmed = false
        /// Rows that are older may have been deleted since, without a trace.
        var deletionsStay = StateVerdict.deletionsStay(86_400_000)
    }

    /// For how long a compacted topic with that `delete.retention.ms` (Kafka's default is a day) keeps deletions, less the time
    /// that a restore may take.
    static func deletionsStay(_ retentionMs: Int64) -> Int64 { retentionMs - retentionMs / 24 }

    init(_ marker: RowMarker?, _ source: Source, now: Int64) {
        guard let marker else {
            self = .none
            return
        }
        guard let position = marker.positions.first(where: { $0.partition == source.partition }) else {
            self = .setAside("it does not come from \(source.partition)")
            return
        }
        if position.topicID != source.topicID, position.topicID != .zero, source.topicID != .zero {
            self = .setAside("the topic \(source.partition.topic) was made anew since")
        } else if position.offset > source.end {
            self = .setAside(
                "it goes up to offset \(position.offset) of \(source.partition), where only offsets up to \(source.end) count")
        } else if position.offset < source.start, !source.isTrimmed {
            self = .setAside(
                "it goes up to offset \(position.offset) of \(source.partition), which begins at \(source.start) by now")
        } else if position.offset < source.end, !source.isTrimmed,
            now.saturatingSubtract(marker.writtenAt) > source.deletionsStay
        {
            self = .setAside("it is older than deletions stay in the topic, so rows of it may be gone")
        } else {
            self = .use(position)
        }
    }
}
