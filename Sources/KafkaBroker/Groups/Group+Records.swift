internal import KafkaProtocol

extension Group {
    /// What has to be written down of the members since `before`. Those of the classic protocol say themselves when they have
    /// to be.
    mutating func takeRecords(since before: Group, wall now: Int64) -> [GroupRecord] {
        switch (before.consumer, consumer) {
        case (nil, nil): return []
        case (let old?, nil):
            return old.tombstones.map { .consumer(group: id, $0) }
                + (classic.members.isEmpty ? [] : [.group(id, GroupSnapshot(classic, timestamp: now))])
        case (let old, _?):
            let records = consumer?.takeRecords() ?? []
            return (old == nil && before.classic.generation > 0 ? [.group(id, nil)] : [])
                + records.map { .consumer(group: id, $0) }
        }
    }

    /// What says that the group is not there any more, its offsets apart.
    var tombstones: [GroupRecord] {
        consumer.map { $0.tombstones.map { .consumer(group: id, $0) } } ?? [.group(id, nil)]
    }
}
