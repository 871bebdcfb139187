extension ConfigDefinition {
    /// Every setting a topic can have, by name. Those that steer nothing in a broker of one node are accepted, kept and
    /// described, so that tools and clients find what they expect.
    static let topic: [ConfigDefinition] = [
        .init(
            "cleanup.policy", .list, .someOf(["compact", "delete"]),
            "Whether old segments are deleted, compacted, or both.", default: "delete"),
        .init("compression.gzip.level", .int, .integer(-1...9), "Kept, without effect.", default: "-1"),
        .init("compression.lz4.level", .int, .integer(1...17), "Kept, without effect.", default: "9"),
        .init(
            "compression.type", .string, .oneOf(["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]),
            "Batches are kept as the producer compressed them.", default: "producer"),
        .init("compression.zstd.level", .int, .integer(-131_072...22), "Kept, without effect.", default: "3"),
        .init(
            "delete.retention.ms", .long, .integer(0...(.max)),
            "How long a compacted topic keeps tombstones.", default: "86400000"),
        .init("file.delete.delay.ms", .long, .integer(0...(.max)), "Kept, without effect.", default: "60000"),
        .init(
            "flush.messages", .long, .integer(1...(.max)),
            "After how many records the file is synced to the disk.", default: "\(Int64.max)"),
        .init(
            "flush.ms", .long, .integer(0...(.max)),
            "After how many milliseconds the file is synced to the disk.", default: "\(Int64.max)"),
        .init("follower.replication.throttled.replicas", .list, .any, "Kept, without effect.", default: ""),
        .init(
            "index.interval.bytes", .int, .integer(0...Int64(Int32.max)),
            "How many bytes lie between two entries of an index.", default: "4096"),
        .init("leader.replication.throttled.replicas", .list, .any, "Kept, without effect.", default: ""),
        .init("local.retention.bytes", .long, .integer(-2...(.max)), "Kept, without effect.", default: "-2"),
        .init("local.retention.ms", .long, .integer(-2...(.max)), "Kept, without effect.", default: "-2"),
        .init("max.compaction.lag.ms", .long, .integer(1...(.max)), "Kept, without effect.", default: "\(Int64.max)"),
        .init(
            "max.message.bytes", .int, .integer(0...Int64(Int32.max)),
            "The largest batch accepted.", brokerName: "message.max.bytes"
        ) { "\($0.maxMessageBytes)" },
        .init("message.downconversion.enable", .boolean, .boolean, "Kept, without effect.", default: "true"),
        .init(
            "message.timestamp.after.max.ms", .long, .integer(0...(.max)),
            "How much later than the broker's time a record's own time may be.", default: "\(Int64.max)"),
        .init(
            "message.timestamp.before.max.ms", .long, .integer(0...(.max)),
            "How much earlier than the broker's time a record's own time may be.", default: "\(Int64.max)"),
        .init(
            "message.timestamp.difference.max.ms", .long, .integer(0...(.max)),
            "The old name of both message.timestamp.before.max.ms and message.timestamp.after.max.ms, where they are not set.",
            default: "\(Int64.max)"),
        .init(
            "message.timestamp.type", .string, .oneOf(["CreateTime", "LogAppendTime"]),
            "Whether records carry the producer's time or the broker's.", default: "CreateTime"),
        .init(
            "min.cleanable.dirty.ratio", .double, .real(0...1),
            "The share of bytes not yet compacted that makes a compaction worthwhile.", default: "0.5"),
        .init(
            "min.compaction.lag.ms", .long, .integer(0...(.max)),
            "How long a record stays uncompacted.", default: "0"),
        .init(
            "min.insync.replicas", .int, .integer(1...Int64(Int32.max)),
            "Writes with acks=all need this many replicas.", default: "1"),
        .init("preallocate", .boolean, .boolean, "Kept, without effect.", default: "false"),
        .init("remote.storage.enable", .boolean, .boolean, "Kept, without effect.", default: "false"),
        .init(
            "retention.bytes", .long, .integer(-1...(.max)),
            "Bytes of a partition that are kept; -1 for all.", brokerName: "log.retention.bytes"
        ) { "\(max(-1, $0.retentionBytes))" },
        .init(
            "retention.ms", .long, .integer(-1...(.max)),
            "How long records are kept; -1 for ever.", brokerName: "log.retention.ms"
        ) { "\(max(-1, $0.retentionMilliseconds))" },
        .init(
            "segment.bytes", .int, .integer(14...Int64(Int32.max)),
            "Bytes after which a segment is closed.", brokerName: "log.segment.bytes"
        ) { "\($0.segmentBytes)" },
        .init(
            "segment.index.bytes", .int, .integer(4...Int64(Int32.max)), "Kept, without effect.", default: "10485760"),
        .init("segment.jitter.ms", .long, .integer(0...(.max)), "Kept, without effect.", default: "0"),
        .init(
            "segment.ms", .long, .integer(1...(.max)),
            "Time after which a segment is closed.", default: "604800000"),
        .init("unclean.leader.election.enable", .boolean, .boolean, "Kept, without effect.", default: "false"),
    ]

    /// The same by name.
    static let topicByName = Dictionary(uniqueKeysWithValues: topic.map { ($0.name, $0) })
}
