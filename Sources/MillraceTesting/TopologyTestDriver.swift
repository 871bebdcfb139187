public import KafkaProtocol
public import Millrace

/// Runs a topology record by record, synchronously and without a broker, with the same task code as in production:
/// Kafka Streams' `TopologyTestDriver`.
///
/// ```swift
/// let driver = try TopologyTestDriver(topology)
/// let lines: TestInputTopic<String, String> = try driver.inputTopic("lines")
/// let counts: TestOutputTopic<String, Int64> = try driver.outputTopic("word-counts")
///
/// try lines.pipe(nil, "a b a", timestamp: 5)
/// #expect(try counts.readValues() == [1, 1, 2])
/// #expect(try driver.keyValueStore("counts", key: String.self, value: Int64.self).get("a") == 2)
/// ```
/// **Time** is the test's. Event time is what records say. The wall clock stands still but for `advanceWallClock(by:)`;
/// both begin at 0 unless told otherwise, so that a test gives the same result each time.
///
/// **What happens when.** Each topic has one partition. A record piped in is processed to the end, through all
/// sub-topologies: after each record there is a commit, which sends on what stores held back and writes changelogs; then
/// come the records that were written to topics that the topology reads itself, the earliest first; among equally early
/// ones the topic that Kafka's driver would take. As there, the whole topology is one task: all processors see the
/// largest timestamp of all records processed. All is done when `pipe` returns.
///
/// **Asynchronous steps** (`KStream.mapAsync`) are done when `pipe` returns, too. Their calls run on the thread of the driver, which
/// waits for them, in the order of the records; calls that wait themselves are beside each other. Pauses before another attempt
/// take no time, and time-outs do not count; instead `pipe` throws when no call comes back within `callLimit`. A call that needs the
/// main actor does not come back to a test that is on it.
///
/// **What can be read**: every topic that the topology writes, repartition and changelog topics included (their names
/// begin with the application id), in the order of writing; and every store by a typed handle.
///
/// **Errors** are thrown by the call that led to them. A record that cannot be read or processed is named by topic and
/// offset, and the step that threw by its name, unless `onBadRecord` says to go on.
///
/// A driver belongs to one thread.
public final class TopologyTestDriver {
    let blueprint: TaskBlueprint
    let logs = TopicLogs()
    private let globalStores: GlobalStores
    private let cacheBytes: Int
    private let onBadRecord: BadRecordPolicy
    private let onFailure: [StreamsFailure.Kind: BadRecordPolicy]
    private let dropPolicy: DroppedRecordPolicy
    /// Where the stores' rows are kept over restarts; nil to restore them from their changelogs.
    let stateDirectory: String?
    /// What the databases of stores that are kept on disk share; nil to keep all rows in memory.
    private let engine: RowEngine?
    var tasks: [StreamTask] = []
    /// The tasks' rows on disk, if they are kept.
    var rows: [LocalRows?] = []
    private var readers: [String: (task: Int, input: Int)] = [:]
    private var nextOffsets: [String: Int64] = [:]
    /// What was piped into the source topics that serve as changelogs.
    var sourceChangelogs: [String: [TestRecord<Bytes, Bytes>]] = [:]
    private let clock: DriverClock
    /// What the calls of asynchronous steps run on.
    let executor = CallExecutor()
    /// How long the calls of asynchronous steps may take before `pipe` throws. This is real time.
    public var callLimit: Duration = .seconds(10)
    /// The topics with records that the topology has to process, by the timestamp of the first.
    private var waiting = Heap<WaitingTopic>()
    private var isWaiting: Set<String> = []

    /// A driver with empty topics and stores.
    ///
    /// - Parameters:
    ///   - topology: What is tested.
    ///   - applicationID: The prefix of the names of internal topics.
    ///   - cacheBytes: What stores may hold back. Above 0, updates of a key by one record collapse.
    ///   - wallClock: The wall clock at first, in milliseconds since the epoch.
    ///   - onBadRecord: What happens to records that cannot be read, processed or written. Pauses before something is tried
    ///     again take no time.
    ///   - onFailure: What happens instead with failures of some kinds.
    ///   - droppedRecords: What happens to records that steps leave out by their rules.
    ///   - topics: The topics that are there for sources by pattern (`StreamsBuilder.stream(matching:)`).
    ///
    /// Throws what assembling the topology's tasks throws.
    public convenience init(
        _ topology: Topology, applicationID: String = "test", cacheBytes: Int = 0, wallClock: Int64 = 0,
        onBadRecord: BadRecordPolicy = .fail, onFailure: [StreamsFailure.Kind: BadRecordPolicy] = [:],
        droppedRecords: DroppedRecordPolicy = .count, topics: [String] = []
    ) throws {
        try self.init(
            topology, applicationID: applicationID, cacheBytes: cacheBytes, wallClock: wallClock, onBadRecord: onBadRecord,
            onFailure: onFailure, droppedRecords: droppedRecords, topics: topics, stateDirectory: nil)
    }

    /// A driver whose stores are read from a state directory at restarts, as an application with one does it, or kept there on
    /// RocksDB where they can be, if there is an `engine` for that.
    package init(
        _ topology: Topology, applicationID: String = "test", cacheBytes: Int = 0, wallClock: Int64 = 0,
        onBadRecord: BadRecordPolicy = .fail, onFailure: [StreamsFailure.Kind: BadRecordPolicy] = [:],
        droppedRecords: DroppedRecordPolicy = .count, topics: [String] = [], stateDirectory: String?, engine: RowEngine? = nil
    ) throws {
        self.engine = engine
        blueprint = try TaskBlueprint(topology, applicationID: applicationID, store: engine == nil ? .memory : .rocksDB)
            .matching(topics)
        globalStores = try blueprint.makeGlobalStores()
        clock = DriverClock(now: wallClock)
        self.cacheBytes = cacheBytes
        self.onBadRecord = onBadRecord
        self.onFailure = onFailure
        dropPolicy = droppedRecords
        self.stateDirectory = stateDirectory
        for group in blueprint.globalGroups + blueprint.taskGroups {
            let task = try makeTask(TaskID(subTopology: group, partition: 0))
            for topic in task.storeNames.compactMap(blueprint.sourceChangelog) { sourceChangelogs[topic] = [] }
            for index in task.inputs.indices {
                readers[task.inputs[index].topicPartition.topic] = (tasks.count, index)
                task.inputs[index].isAtEnd = true
            }
            tasks.append(task)
            rows.append(try localRows(of: task))
            try task.start()
        }
    }

    /// Ends all tasks, which calls `close` of their processors. To be called at the end of a test of such. Throws what
    /// one of these throws.
    public func close() throws {
        for task in tasks { try task.close() }
    }

    func makeTask(_ id: TaskID) throws -> StreamTask {
        try blueprint.makeTask(
            id, collector: logs, globalStores: globalStores, cacheBytes: cacheBytes, onBadRecord: onBadRecord,
            onFailure: onFailure, droppedRecords: dropPolicy, keepsRows: stateDirectory != nil,
            database: try database(of: id), calls: AsyncCalls(on: executor), wallClock: { [clock] in clock.now }, now: { .max })
    }

    /// Where a task's stores on disk have their rows.
    private func database(of id: TaskID) throws -> TaskDatabase? {
        guard let engine, let stateDirectory, blueprint.hasStoresOnDisk(id.subTopology) else { return nil }
        return try TaskDatabase("\(stateDirectory)/\(id)/.rocksdb", engine)
    }

    /// The rows of a task from the state directory, in its stores; nil if none are kept.
    func localRows(of task: StreamTask) throws -> LocalRows? {
        try stateDirectory.map { try LocalRows(of: task, in: $0) }
    }

    // MARK: - Time

    /// The wall clock in milliseconds since the epoch.
    public var wallClock: Int64 { clock.now }

    /// Moves the wall clock on, has schedules that are due by it fire, and processes all that follows from that. A jump
    /// over several intervals of a schedule fires it once. A negative duration moves nothing.
    ///
    /// Throws what processing throws.
    public func advanceWallClock(by duration: Duration) throws {
        clock.now = clock.now.saturatingAdd(max(0, duration.milliseconds))
        for task in tasks where try task.punctuate(wallClock: clock.now) { try commit(task) }
        try processOwnTopics()
    }

    /// The largest event time of all records processed so far in any sub-topology, in milliseconds; -1 at first.
    public var streamTime: Int64 { tasks.reduce(-1) { max($0, $1.streamTime) } }

    // MARK: - Topics

    /// Sends one record of raw bytes into a source topic and processes all that follows from it. `inputTopic` has the
    /// typed way.
    ///
    /// Throws a `StreamsError` with the code `missingTopic` if no source reads the topic, and what processing throws.
    public func pipe(
        _ topic: String, key: Bytes?, value: Bytes?, timestamp: Int64, headers: [RecordHeader] = []
    ) throws {
        guard let reader = readers[topic] else { throw unreadTopic(topic) }
        try process(reader, TestRecord(key, value, timestamp: timestamp, headers: headers), topic: topic)
        try processOwnTopics()
    }

    /// Reads all records of a topic that were not read yet, in order, as raw bytes. `outputTopic` has the typed way.
    public func read(_ topic: String) -> [TestRecord<Bytes, Bytes>] { logs.readAll(topic) }

    /// The names of the topics written so far in alphabetical order, repartition and changelog topics included.
    public var producedTopicNames: [String] { logs.producedTopics }

    /// The number of records that steps left out: null keys, negative timestamps, late records.
    public var droppedRecords: Int64 { dropped.total }

    /// How many records steps left out, by why.
    public var dropped: DroppedRecords { tasks.reduce(DroppedRecords()) { $0 + $1.dropped } }

    /// The number of records that could not be read or processed and were set aside, as `onBadRecord` says.
    public var badRecords: Int64 { tasks.reduce(0) { $0 + $1.badRecords } }

    /// Throws if nothing reads the topic.
    func checkInput(_ topic: String) throws {
        if readers[topic] == nil { throw unreadTopic(topic) }
    }

    /// Throws if nothing can ever write the topic.
    func checkOutput(_ topic: String) throws {
        var topics = blueprint.writtenTopics
        topics.formUnion(tasks.flatMap(\.deadLetterTopics))
        if blueprint.hasSinksByRecord || topics.contains(topic) { return }
        throw StreamsError(
            .missingTopic,
            "no step of the topology writes the topic \(topic); it writes \(topics.sorted().joined(separator: ", "))")
    }

    private func unreadTopic(_ topic: String) -> StreamsError {
        let topics = readers.keys.sorted().joined(separator: ", ")
        return StreamsError(.missingTopic, "no source of the topology reads the topic \(topic); it reads \(topics)")
    }

    // MARK: - Processing

    private func process(
        _ reader: (task: Int, input: Int), _ record: TestRecord<Bytes, Bytes>, topic: String
    ) throws {
        let offset = nextOffsets[topic, default: 0]
        nextOffsets[topic] = offset + 1
        sourceChangelogs[topic]?.append(record)
        let builder = RecordBatchBuilder(compression: .none, capacity: 256)
        builder.append(
            timestamp: record.timestamp, key: record.key, value: record.value, headers: record.headers)
        let batch = try RecordBatch(try builder.finish(baseOffset: offset))
        let task = tasks[reader.task]
        task.inputs[reader.input].append([batch], nextOffset: offset + 1)
        _ = try task.process(limit: .max)
        try finishCalls(of: task)
        try shareStreamTime()
        try commit(task)
    }

    /// Lets all tasks know how late it is, and has what is due by then be called.
    private func shareStreamTime() throws {
        let groups = Set(blueprint.taskGroups)
        let tasks = self.tasks.filter { groups.contains($0.id.subTopology) }
        let time = tasks.map(\.streamTime).max() ?? -1
        for task in tasks where task.streamTime < time {
            task.advanceStreamTime(to: time)
            if try task.punctuateByStreamTime() { try commit(task) }
        }
    }

    /// Processes what was written to topics that the topology reads itself.
    func processOwnTopics() throws {
        queueWritten()
        while let topic = waiting.first?.topic {
            waiting.removeFirst()
            isWaiting.remove(topic)
            guard let reader = readers[topic], let record = logs.processNext(topic) else { continue }
            queue(topic)
            try process(reader, record, topic: topic)
            queueWritten()
        }
    }

    /// Queues the topics that have got records, in the order in which they were written.
    private func queueWritten() {
        for topic in logs.takeWritten() where readers[topic] != nil { queue(topic) }
    }

    private func queue(_ topic: String) {
        guard !isWaiting.contains(topic), let timestamp = logs.nextTimestamp(topic) else { return }
        isWaiting.insert(topic)
        waiting.insert(WaitingTopic(topic: topic, timestamp: timestamp))
    }
}

/// A topic with records that the topology has to process.
struct WaitingTopic: Comparable {
    let topic: String
    /// That of the first record.
    let timestamp: Int64

    static func < (a: WaitingTopic, b: WaitingTopic) -> Bool { a.timestamp < b.timestamp }
}

/// The wall clock of a test driver.
final class DriverClock {
    var now: Int64

    init(now: Int64) { self.now = now }
}
