import KafkaProtocol

/// How much is in repartition topics that is not processed yet, and which sub-topologies are held because of it. Without I/O.
///
/// A sub-topology is held while a repartition topic that its records come to, directly or by way of others, has more than the
/// limit; it goes on when half of that is left.
struct RepartitionBacklog {
    /// What is known of a partition.
    private struct Reading {
        var processed: Int64
        /// When that was seen first.
        var since: Int64
    }

    /// How many bytes a topic may have that are not processed.
    let limit: Int64
    /// The repartition topics that records of a sub-topology come to.
    private let topicsAfter: [Int: Set<String>]
    /// After which time a partition of which nothing is processed does not count: who does not go on must not hold up the others.
    private let patience: Int64
    /// What was written by tasks of this instance.
    private var written: [String: (records: Int64, bytes: Int64)] = [:]
    private var readings: [TopicPartition: Reading] = [:]
    private(set) var bytes: [String: Int64] = [:]
    private var full: Set<String> = []

    init(limit: Int, topicsAfter: [Int: Set<String>], patience: Int64) {
        self.limit = Int64(limit)
        self.topicsAfter = topicsAfter
        self.patience = patience
    }

    /// All topics that are looked at.
    var topics: Set<String> { topicsAfter.values.reduce(into: []) { $0.formUnion($1) } }

    /// The sub-topologies that take in nothing for now.
    var held: Set<Int> { Set(topicsAfter.filter { !$0.value.isDisjoint(with: full) }.keys) }

    /// The fullest of the topics that hold up others.
    var fullest: (topic: String, bytes: Int64)? {
        full.map { ($0, bytes[$0] ?? 0) }.max { ($0.1, $1.0) < ($1.1, $0.0) }
    }

    /// A task has written a batch.
    mutating func noteWritten(records: Int, bytes: Int, to topic: String) {
        written[topic, default: (0, 0)].records += Int64(records)
        written[topic, default: (0, 0)].bytes += Int64(bytes)
    }

    /// Topics end there, and are processed up to there; what is not told is not processed at all.
    mutating func look(ends: [TopicPartition: Int64], processed: [TopicPartition: Int64], now: Int64) {
        bytes = [:]
        for (partition, end) in ends {
            let processed = processed[partition] ?? 0
            var reading = readings[partition] ?? Reading(processed: processed, since: now)
            let open = max(0, end.saturatingSubtract(processed))
            if reading.processed != processed || open == 0 { reading = Reading(processed: processed, since: now) }
            readings[partition] = reading
            guard now.saturatingSubtract(reading.since) < patience else { continue }
            bytes[partition.topic, default: 0] = bytes[partition.topic, default: 0]
                .saturatingAdd(open.saturatingMultiply(recordBytes(of: partition.topic)))
        }
        full = bytes.reduce(into: []) { full, topic in
            if topic.value > (self.full.contains(topic.key) ? limit / 2 : limit) { full.insert(topic.key) }
        }
    }

    /// How many bytes a record takes: as far as it was written here, else as others were.
    private func recordBytes(of topic: String) -> Int64 {
        let known =
            written[topic]
            ?? written.values.reduce(into: (0, 0)) {
                $0.records += $1.records
                $0.bytes += $1.bytes
            }
        return known.records == 0 ? 0 : max(1, known.bytes / known.records)
    }
}

extension TaskBlueprint {
    /// The repartition topics that records of each sub-topology come to, directly or by way of others, by their names on the broker.
    var repartitionTopicsAfter: [Int: Set<String>] {
        func own(_ topics: [TopicReference]) -> Set<String> {
            Set(topics.filter(\.isInternal).map { $0.resolved(applicationID: applicationID) })
        }
        let parts = subTopologies.filter { !$0.isGlobal }
        return parts.reduce(into: [:]) { result, part in
            var found: Set<String> = []
            var open = own(part.sinkTopics)
            while let topic = open.popFirst() {
                guard found.insert(topic).inserted else { continue }
                for reader in parts where own(reader.sourceTopics).contains(topic) { open.formUnion(own(reader.sinkTopics)) }
            }
            if !found.isEmpty { result[part.id] = found }
        }
    }
}
