public import KafkaProtocol
public import Millrace

/// Runs a topology record by record, synchronously and without a broker, with the same task code as in production:
/// Kafka Streams' `TopologyTestDriver`.
///
/// Each topic has one partition. A record piped in is processed to the end, through all sub-topologies: after each
/// record there is a commit, then the internal topics' records are processed, the earliest first. Output waits in the
/// topics to be read.
public final class TopologyTestDriver {
    let blueprint: TaskBlueprint
    let collector: DriverCollector
    private let globalStores: GlobalStores
    private let cacheBytes: Int
    private let onBadRecord: BadRecordPolicy
    var tasks: [StreamTask] = []
    private var readers: [String: (task: Int, queue: Int)] = [:]
    private var nextOffsets: [String: Int64] = [:]
    private let clock = DriverClock()

    /// The wall clock in milliseconds, 0 at first; it stands still but for `advanceWallClock`.
    public var wallClock: Int64 { clock.now }

    /// A driver with empty topics and stores. With `cacheBytes` above 0, updates of a key within one commit collapse.
    ///
    /// Throws what assembling the topology's tasks throws.
    public init(
        _ topology: Topology, applicationID: String = "test", cacheBytes: Int = 0, onBadRecord: BadRecordPolicy = .fail
    ) throws {
        blueprint = TaskBlueprint(topology, applicationID: applicationID)
        collector = DriverCollector()
        globalStores = try blueprint.makeGlobalStores()
        self.cacheBytes = cacheBytes
        self.onBadRecord = onBadRecord
        for group in blueprint.globalGroups + blueprint.taskGroups {
            let task = try makeTask(TaskID(subTopology: group, partition: 0))
            for (index, queue) in task.queues.enumerated() {
                readers[queue.topicPartition.topic] = (tasks.count, index)
                task.queues[index].isAtEnd = true
            }
            tasks.append(task)
        }
    }

    func makeTask(_ id: TaskID) throws -> StreamTask {
        try blueprint.makeTask(
            id, collector: collector, globalStores: globalStores, cacheBytes: cacheBytes, onBadRecord: onBadRecord,
            wallClock: { [clock] in clock.now })
    }

    /// Sends one record of raw bytes into a source topic and processes all that follows from it.
    ///
    /// Throws `StreamsError` if no source reads the topic, and what processing throws.
    public func pipe(
        _ topic: String, key: Bytes?, value: Bytes?, timestamp: Int64, headers: [RecordHeader] = []
    ) throws {
        guard let reader = readers[topic] else {
            throw StreamsError(.missingTopic, "no source of the topology reads the topic \(topic)")
        }
        try process(
            reader, TestRecord(key: key, value: value, timestamp: timestamp, headers: headers), topic: topic)
        try processInternalTopics()
    }

    /// Moves the wall clock, has schedules that are due by it fire, and processes all that follows from that. A jump
    /// over several intervals of a schedule fires it once.
    public func advanceWallClock(by duration: Duration) throws {
        clock.now += max(0, duration.milliseconds)
        for task in tasks where try task.punctuate(wallClock: clock.now) { try task.flush() }
        try processInternalTopics()
    }

    /// Takes all records out of an output topic, in order.
    public func read(_ topic: String) -> [TestRecord] { collector.takeAll(of: topic) }

    /// The names of the topics written so far, internal ones and changelogs included.
    public var producedTopics: [String] { collector.topics }

    /// The number of records that steps dropped: null keys, negative timestamps, late records.
    public var droppedRecords: Int64 { tasks.reduce(0) { $0 + $1.droppedRecords } }

    /// The task that has the store called `name`.
    package func task(withStore name: String) -> StreamTask? { tasks.first { $0.storeNames.contains(name) } }

    private func process(_ reader: (task: Int, queue: Int), _ record: TestRecord, topic: String) throws {
        let offset = nextOffsets[topic, default: 0]
        nextOffsets[topic] = offset + 1
        let builder = RecordBatchBuilder(compression: .none, capacity: 256)
        builder.append(
            timestamp: record.timestamp, key: record.key, value: record.value, headers: record.headers)
        let batch = try RecordBatch(try builder.finish(baseOffset: offset))
        let task = tasks[reader.task]
        task.queues[reader.queue].append([batch], nextOffset: offset + 1)
        _ = try task.process(limit: .max)
        try task.flush()
    }

    private func processInternalTopics() throws {
        while let next = nextInternalTopic(), let reader = readers[next],
            let record = collector.takeFirst(of: next)
        {
            try process(reader, record, topic: next)
        }
    }

    /// The internal topic whose next record is the earliest.
    private func nextInternalTopic() -> String? {
        blueprint.internalTopics.sorted()
            .compactMap { topic in collector.firstTimestamp(of: topic).map { (topic, $0) } }
            .min { $0.1 < $1.1 }?.0
    }
}

/// The wall clock of a test driver.
final class DriverClock {
    var now: Int64 = 0
}

/// A record in a test driver's topic.
public struct TestRecord: Sendable, Equatable {
    /// The key's bytes.
    public var key: Bytes?
    /// The value's bytes.
    public var value: Bytes?
    /// Event time in milliseconds since the epoch.
    public var timestamp: Int64
    /// The headers, in order.
    public var headers: [RecordHeader]

    /// A record of these parts.
    public init(key: Bytes?, value: Bytes?, timestamp: Int64, headers: [RecordHeader] = []) {
        self.key = key
        self.value = value
        self.timestamp = timestamp
        self.headers = headers
    }
}

/// Keeps what tasks write, topic by topic.
final class DriverCollector: RecordCollector {
    private(set) var topics: [String] = []
    private var records: [[TestRecord]] = []

    func target(topic: String) -> TopicTarget {
        if let known = topics.firstIndex(of: topic) { return TopicTarget(index: known) }
        topics.append(topic)
        records.append([])
        return TopicTarget(index: topics.count - 1)
    }

    func partitionCount(of target: TopicTarget) -> Int32 { 1 }

    func collect(
        _ target: TopicTarget, partition: Int32?, timestamp: Int64, key: UnsafeRawBufferPointer?,
        value: UnsafeRawBufferPointer?, headers: [RecordHeader]
    ) {
        records[target.index].append(
            TestRecord(
                key: key.map { Bytes(copying: $0) }, value: value.map { Bytes(copying: $0) }, timestamp: timestamp,
                headers: headers))
    }

    func takeAll(of topic: String) -> [TestRecord] {
        guard let index = topics.firstIndex(of: topic) else { return [] }
        defer { records[index] = [] }
        return records[index]
    }

    /// The records that a compacted topic is left with: the latest of each key, in order.
    func compacted(_ topic: String) -> [TestRecord] {
        guard let index = topics.firstIndex(of: topic) else { return [] }
        var seen: Set<Bytes> = []
        return records[index].reversed().filter { $0.key.map { seen.insert($0).inserted } ?? false }.reversed()
    }

    func takeFirst(of topic: String) -> TestRecord? {
        guard let index = topics.firstIndex(of: topic), !records[index].isEmpty else { return nil }
        return records[index].removeFirst()
    }

    func firstTimestamp(of topic: String) -> Int64? {
        guard let index = topics.firstIndex(of: topic) else { return nil }
        return records[index].first?.timestamp
    }
}
