import KafkaClient
import KafkaProtocol

/// Puts what a task writes into batches by partition, without an allocation or a look-up per record.
///
/// Records of a topic whose partitions are not known yet, because a record has just chosen it, are kept aside until
/// `resolve`: at most those that the task writes before it returns to its runner.
final class ProducerCollector: RecordCollector {
    let batches: BatchAccumulator
    private let partitionCounts: [String: Int32]
    private let refusals: Refusals
    private let refusingTopics: Set<String>
    var takesRefused = false
    /// The topics that refused all records, and for which there is another attempt.
    private var tried: Set<Int> = []
    private var known: [String: Int] = [:]
    // Unchecked as in `KeyValueStore`.

    @exclusivity(unchecked) private var targets: [Target] = []
    /// The topics that refuse records, by target.
    @exclusivity(unchecked) private var refusing: [Int: String] = [:]
    /// The slots of all targets' partitions, one target after the other.
    @exclusivity(unchecked) private var slots: [PartitionSlot] = []
    /// Moves records without a key from partition to partition.
    @exclusivity(unchecked) private var unkeyed = 0
    /// The topics whose partitions are to be found out, with the steps that have chosen them.
    private(set) var unresolved: [(topic: String, step: String)] = []
    /// The records that wait for that, in order, by target.
    private var waiting: [Int: [Waiting]] = [:]

    private struct Target {
        /// Where its slots begin.
        let firstSlot: Int
        /// The number of its partitions; 0 if it is not known.
        let count: Int32
    }

    private struct Waiting {
        let partition: Int32?
        /// Gives the partition once their number is known.
        var choose: ((_ count: Int32) -> Int32?)?
        let timestamp: Int64
        let key: Bytes?
        let windowBytes: Int
        let value: Bytes?
        let headers: [RecordHeader]
    }

    init(
        batchBytes: Int, compression: Compression, partitionCounts: [String: Int32], refusals: Refusals = Refusals()
    ) {
        batches = BatchAccumulator(batchBytes: batchBytes, compression: compression)
        self.partitionCounts = partitionCounts
        self.refusals = refusals
        refusingTopics = refusals.topics
    }

    func target(topic: String) -> TopicTarget {
        if let number = known[topic] { return TopicTarget(index: number) }
        known[topic] = targets.count
        if refusingTopics.contains(topic) { refusing[targets.count] = topic }
        targets.append(makeTarget(topic, partitionCounts[topic] ?? 0))
        return TopicTarget(index: targets.count - 1)
    }

    func partitionCount(of target: TopicTarget) -> Int32 { targets[target.index].count }

    func target(topic: String, chosenBy step: String) -> TopicTarget {
        if let number = known[topic], targets[number].count > 0 || waiting[number] != nil { return TopicTarget(index: number) }
        let target = target(topic: topic)
        // One that brokers do not have is asked for again with another attempt only.
        if targets[target.index].count == 0, refusing[target.index] == nil || takesRefused {
            unresolved.append((topic, step))
            waiting[target.index] = []
        }
        return target
    }

    private func makeTarget(_ topic: String, _ count: Int32) -> Target {
        let first = slots.count
        slots += (0..<count).map { batches.slot(topic: topic, partition: $0) }
        return Target(firstSlot: first, count: count)
    }

    func collect(
        _ target: TopicTarget, partition: Int32?, timestamp: Int64, key: UnsafeRawBufferPointer?, windowBytes: Int,
        value: UnsafeRawBufferPointer?, headers: [RecordHeader]
    ) throws {
        if !refusing.isEmpty { try checkNotRefused(target, timestamp, key, value) }
        let place = targets[target.index]
        let number: Int32
        if let partition {
            number = partition
        } else if let key, place.count > 0 {
            number = Partitioner.partition(forKey: Self.hashed(key, windowBytes), count: place.count)
        } else {
            unkeyed &+= 1
            number = place.count > 0 ? Int32((unkeyed >> 8) % Int(place.count)) : 0
        }
        guard number >= 0, number < place.count else {
            guard place.count == 0, waiting[target.index] != nil else {
                throw noPartition(number, target, place.count)
            }
            waiting[target.index]?.append(
                Waiting(
                    partition: partition, timestamp: timestamp, key: key.map { Bytes(copying: $0) },
                    windowBytes: windowBytes, value: value.map { Bytes(copying: $0) }, headers: headers))
            return
        }
        batches.append(
            slots[place.firstSlot + Int(number)], timestamp: timestamp, key: key, value: value, headers: headers)
    }

    /// The part of a key that its partition depends on.
    @inline(__always)
    private static func hashed(_ key: UnsafeRawBufferPointer, _ windowBytes: Int) -> UnsafeRawBufferPointer {
        // A key that is too short is no windowed one, whatever it was taken for.
        guard windowBytes > 0, key.count >= windowBytes else { return key }
        return UnsafeRawBufferPointer(rebasing: key.dropLast(windowBytes))
    }

    private func checkNotRefused(
        _ target: TopicTarget, _ timestamp: Int64, _ key: UnsafeRawBufferPointer?, _ value: UnsafeRawBufferPointer?
    ) throws {
        guard let topic = refusing[target.index],
            let refusal = refusals.refusal(topic: topic, timestamp: timestamp, key: key, value: value)
        else { return }
        guard takesRefused else { throw refusal }
        if refusal.scope == .topic { tried.insert(target.index) }
    }

    /// What has been written is taken: topics that refused it do so no more.
    func noteCommitted() {
        guard !tried.isEmpty else { return }
        for target in tried { refusing[target] = nil }
        tried = []
    }

    func choosePartitionLater(of target: TopicTarget, _ choose: @escaping (_ count: Int32) -> Int32?) {
        guard let last = waiting[target.index]?.indices.last else { return }
        waiting[target.index]?[last].choose = choose
    }

    /// A topic of `unresolved` has that many partitions: takes over the records that waited for it.
    func resolve(_ topic: String, partitions count: Int32) throws {
        unresolved.removeAll { $0.topic == topic }
        guard let number = known[topic], let records = waiting.removeValue(forKey: number) else { return }
        targets[number] = makeTarget(topic, count)
        // They were looked at when they came.
        takesRefused = true
        defer { takesRefused = false }
        for record in records {
            try (record.key ?? Bytes()).withUnsafeBytes { key throws(any Error) -> Void in
                try (record.value ?? Bytes()).withUnsafeBytes { value throws(any Error) -> Void in
                    try collect(
                        TopicTarget(index: number), partition: record.choose?(count) ?? record.partition, timestamp: record.timestamp,
                        key: record.key == nil ? nil : key, windowBytes: record.windowBytes,
                        value: record.value == nil ? nil : value, headers: record.headers)
                }
            }
        }
    }

    private func noPartition(_ number: Int32, _ target: TopicTarget, _ count: Int32) -> StreamsError {
        let topic = known.first { $0.value == target.index }?.key ?? ""
        return StreamsError(.partitionCount, "there is no partition \(number) of \(topic), which has \(count)")
    }
}
