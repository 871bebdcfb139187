import MillraceHTTP
import KafkaClient
public import KafkaProtocol

/// The settings of a streams application.
public struct StreamsConfiguration: Sendable {
    /// The application's name: its consumer group, and the prefix of its internal topics. Instances with the same name
    /// share the work.
    public var applicationID: String
    /// How often a record may take effect.
    public var guarantee: ProcessingGuarantee
    /// The time between two commits of a task that has something to commit. Nil for 100 ms with exactly-once and 30 s
    /// with at-least-once, as in Kafka Streams. The first commit comes sooner, so that results show early; so do those of tasks
    /// that have caught up under exactly-once, where nobody sees results before (after an eighth of the interval at the earliest).
    public var commitInterval: Duration?
    /// Bytes of updates that all stores together may hold back between commits, so that only the last update of a key
    /// goes downstream; 0 forwards every update. Kafka Streams' `statestore.cache.max.bytes`.
    public var cacheBytes: Int
    /// What happens to records that cannot be read, processed or written, and to schedules that throw: for all kinds of failures
    /// that have no policy of their own.
    public var onBadRecord: BadRecordPolicy
    /// What happens instead with failures of some kinds. That of a source, a sink or a step goes before.
    ///
    /// ```swift
    /// configuration.onBadRecord = .deadLetter(topic: "orders-bad")
    /// configuration.onFailure = [.processing: .retry(times: 5, then: .deadLetter(topic: "orders-bad")), .globalTable: .fail]
    /// ```
    public var onFailure: [StreamsFailure.Kind: BadRecordPolicy]
    /// What happens to records that steps leave out by their rules, such as late ones.
    public var droppedRecords: DroppedRecordPolicy
    /// What happens when a task has failed for good.
    public var failedTasks: FailedTaskPolicy
    /// Where to begin on partitions that the application has not committed yet.
    public var offsetReset: OffsetReset
    /// What to do about user topics that are missing.
    public var missingTopics: MissingTopics
    /// The replication factor of internal topics; -1 for the cluster's default.
    public var replicationFactor: Int16
    /// How written batches are compressed.
    public var compression: Compression
    /// The size at which a batch is sent, in bytes.
    public var batchBytes: Int
    /// Bytes read ahead for each partition: a task's bounded inbox.
    public var bufferBytesPerPartition: Int
    /// Ends `run()` once everything that is in the source topics has been processed, written and committed, in all
    /// sub-topologies and by all instances.
    public var exitsWhenIdle: Bool
    /// After which silence the group takes an instance for dead. Heartbeats go on while closures run or block.
    public var sessionTimeout: Duration
    /// For how long a closure may block, in the middle of a record, before all tasks of the instance are given up and the
    /// group is left until it returns: Kafka's `max.poll.interval.ms`. Also how long the group waits for an instance in a
    /// rebalance.
    public var maxPollInterval: Duration
    /// After which time a broker aborts a transaction that is left open, such as by an instance that has died: until then
    /// readers with `read_committed` wait. Transactions are open for a few requests only, whatever the commit interval. Kafka's
    /// `transaction.timeout.ms`.
    public var transactionTimeout: Duration
    /// For how long brokers may be away, or refuse for now, before `run()` throws; nil for as long as it takes. Kafka
    /// Streams' `task.timeout.ms`.
    public var outageLimit: Duration?
    /// Whether an application goes on with what is left of its state when records are gone that it had committed: with
    /// exactly-once it refuses otherwise. For one run, after which what is there counts.
    public var acceptsLostState: Bool
    /// How long a task that has several inputs waits for more records of one that is at its end, before it goes on with
    /// the others. Zero waits only while records are known to be at the broker; negative not even then. Kafka Streams'
    /// `max.task.idle.ms` (KIP-695).
    public var maxTaskIdle: Duration
    /// Whether an application refuses to start while stores or internal topics of its topology have generated names
    /// (`Topology.unnamedResources`), instead of a warning to the observer. Kafka Streams'
    /// `ensure.explicit.internal.resource.naming` (KIP-1111).
    public var requiresExplicitNames: Bool
    /// A directory in which rows of stores are kept beside their changelogs, so that a start reads a local file and the end of the
    /// changelog, whatever the guarantee and however the last run has ended. One process at a time can use what an application
    /// id has there. Nil keeps state in memory alone. Kafka Streams' `state.dir`.
    public var stateDirectory: String?
    /// After which time what a task has left in the state directory is removed, when the task has moved away. Kafka Streams'
    /// `state.cleanup.delay.ms`.
    public var stateCleanupDelay: Duration
    /// Whether processes on one machine may share the state directory: each takes a place of its own in it, as it finds one free.
    /// If not, a second process is refused.
    public var sharesStateDirectory: Bool
    /// The name of this instance in its group: a process that comes back under it, also after a crash, has its tasks at once, and
    /// nobody else rebalances (static membership, KIP-345); no two may have the same. Nil takes a name that is kept in the
    /// state directory, or none without one. Kafka's `group.instance.id`.
    public var instanceID: String?
    /// Whether the tasks wait for this instance after a clean stop, until its session times out, as they do after a crash: for
    /// restarts one after the other. If not, others take them at once. Only for instances that have a name.
    public var staysInGroup: Bool
    /// What keeps the rows of stores that do not say so themselves (`Materialized.store`). Stores of other kinds than
    /// `StoreEngine.rocksDB` names stay in memory. Kafka Streams' `default.dsl.store`.
    public var defaultStore: StoreEngine
    /// The bytes of memory that stores on RocksDB may take, all of the application together: their caches, what has changed,
    /// and the blocks of files that were read. Arenas of glibc's `malloc` that threads have made before the application runs stay,
    /// with holes in each, so a program of many threads is best started with `MALLOC_ARENA_MAX=2`; `processor` sees to that.
    public var stateMemory: Int
    /// How many other instances follow the changelogs of each stateful task, so that one of them goes on with little to read when the
    /// task comes to it; as many as there are, at most. Kafka Streams' `num.standby.replicas`. A task that is to move to an instance without
    /// one is followed there first, and goes over as soon as that has caught up; there is no `probing.rebalance.interval.ms` to set.
    public var standbys: Int = 0
    /// Where the instance is, such as `["zone": "b"]`: a task and its standbys are in places that differ in as many tags as can be. Kafka
    /// Streams' `rack.aware.assignment.tags` and `client.tag.`.
    public var rackTags: [String: String] = [:]
    /// How many bytes of a repartition topic, before compression, may be waiting to be processed. Where there are more, the tasks
    /// whose records come there take in nothing until half of that is left, which is told; a topic of which nothing is
    /// processed for `maxPollInterval` holds up nobody. Zero for no limit. Nil, the default, is 1 GiB if the broker is in the same process,
    /// and no limit for clusters. For tasks of other instances it goes by what they commit.
    public var repartitionBacklogBytes: Int?
    /// How long `run()` may take to end, after a last commit, once its task is cancelled, as after `StreamsApplication.stop(within:)`;
    /// with zero it ends at once, as a crash would. `withStreams` goes by it as well.
    public var cancellationLimit: Duration
    /// How often it is looked whether there are other topics that match the topology's patterns, and whether topics have other
    /// partitions. Kafka's `metadata.max.age.ms`.
    public var metadataMaxAge: Duration = .seconds(60)
    /// What is served over HTTP while the application runs: health, metrics, state, and a page that shows it live. Nil for nothing.
    public var http: StreamsHTTP?
    /// Where this instance can be asked about its stores, as `host:port`: told to the others (`StreamsApplication.allMetadata`), and
    /// used by nobody here. Nil for nowhere. Kafka Streams' `application.server`.
    public var server: String?
    /// Called with what happens: states, restore progress, totals. From any task; must return at once.
    public var observer: @Sendable (StreamsEvent) -> Void
    /// Called with the same in words, for a log: with a level, the task and fields. As `observer`.
    public var log: (@Sendable (StreamsLogEntry) -> Void)?

    /// What tells the observer and the log.
    var told: @Sendable (StreamsEvent) -> Void {
        guard let log else { return observer }
        return { [observer] event in
            observer(event)
            log(StreamsLogEntry(event))
        }
    }

    /// What to do about user topics that are missing.
    public enum MissingTopics: Sendable, Hashable {
        /// `run()` throws and names them.
        case fail
        /// They are created with that many partitions and these configs.
        case create(partitions: Int32, configs: [String: String] = [:])
    }

    /// Settings with the defaults of Kafka Streams.
    public init(
        applicationID: String, guarantee: ProcessingGuarantee = .atLeastOnce, commitInterval: Duration? = nil,
        cacheBytes: Int = 10 << 20, onBadRecord: BadRecordPolicy = .fail,
        onFailure: [StreamsFailure.Kind: BadRecordPolicy] = [:], droppedRecords: DroppedRecordPolicy = .count,
        failedTasks: FailedTaskPolicy = .stopApplication, offsetReset: OffsetReset = .earliest,
        missingTopics: MissingTopics = .fail, replicationFactor: Int16 = -1, compression: Compression = .none,
        batchBytes: Int = 65536, bufferBytesPerPartition: Int = 1 << 20, exitsWhenIdle: Bool = false,
        sessionTimeout: Duration = .seconds(45), maxPollInterval: Duration = .seconds(300),
        transactionTimeout: Duration = .seconds(10), outageLimit: Duration? = nil, maxTaskIdle: Duration = .zero,
        acceptsLostState: Bool = false, requiresExplicitNames: Bool = false,
        stateDirectory: String? = nil, stateCleanupDelay: Duration = .seconds(600),
        sharesStateDirectory: Bool = false, instanceID: String? = nil, staysInGroup: Bool = false,
        defaultStore: StoreEngine = .memory, stateMemory: Int = 512 << 20,
        standbys: Int = 0, rackTags: [String: String] = [:], metadataMaxAge: Duration = .seconds(60),
        repartitionBacklogBytes: Int? = nil, server: String? = nil, cancellationLimit: Duration = .seconds(30),
        observer: @escaping @Sendable (StreamsEvent) -> Void = { _ in }
    ) {
        self.applicationID = applicationID
        self.guarantee = guarantee
        self.commitInterval = commitInterval
        self.cacheBytes = cacheBytes
        self.onBadRecord = onBadRecord
        self.onFailure = onFailure
        self.droppedRecords = droppedRecords
        self.failedTasks = failedTasks
        self.offsetReset = offsetReset
        self.missingTopics = missingTopics
        self.replicationFactor = replicationFactor
        self.compression = compression
        self.batchBytes = batchBytes
        self.bufferBytesPerPartition = bufferBytesPerPartition
        self.exitsWhenIdle = exitsWhenIdle
        self.sessionTimeout = sessionTimeout
        self.maxPollInterval = maxPollInterval
        self.transactionTimeout = transactionTimeout
        self.outageLimit = outageLimit
        self.maxTaskIdle = maxTaskIdle
        self.acceptsLostState = acceptsLostState
        self.requiresExplicitNames = requiresExplicitNames
        self.stateDirectory = stateDirectory
        self.stateCleanupDelay = stateCleanupDelay
        self.sharesStateDirectory = sharesStateDirectory
        self.instanceID = instanceID
        self.staysInGroup = staysInGroup
        self.defaultStore = defaultStore
        self.stateMemory = stateMemory
        self.standbys = standbys
        self.rackTags = rackTags
        self.metadataMaxAge = metadataMaxAge
        self.repartitionBacklogBytes = repartitionBacklogBytes
        self.server = server
        self.cancellationLimit = cancellationLimit
        self.observer = observer
    }

    /// The time between commits in milliseconds.
    var commitIntervalMs: Int64 {
        commitInterval?.milliseconds ?? (guarantee == .exactlyOnce ? 100 : 30000)
    }

    /// What readers of topics that the application writes must be.
    var isolation: IsolationLevel { guarantee == .exactlyOnce ? .readCommitted : .readUncommitted }

    /// Throws if a server is not `host:port`.
    private static func check(server: String) throws {
        let port = server.lastIndex(of: ":").map { server[server.index(after: $0)...] }
        guard let port, !server.hasPrefix(":"), let number = UInt16(port), number > 0, server.utf8.count <= 255 else {
            throw StreamsError(.configuration, "the server '\(server)' is not of the form host:port")
        }
    }

    /// Throws if a setting makes no sense.
    func validate() throws {
        let legal = applicationID.utf8.allSatisfy {
            ($0 | 0x20 >= UInt8(ascii: "a") && $0 | 0x20 <= UInt8(ascii: "z"))
                || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9"))
                || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
        }
        guard !applicationID.isEmpty, legal else {
            throw StreamsError(
                .configuration,
                "the application id '\(applicationID)' is part of topic names: use letters, digits, '.', '_' and '-'")
        }
        guard commitIntervalMs >= 0 else { throw StreamsError(.configuration, "the commit interval is negative") }
        for (name, time) in [
            ("session time-out", sessionTimeout), ("maximal poll interval", maxPollInterval),
            ("transaction time-out", transactionTimeout), ("maximal age of metadata", metadataMaxAge),
        ] {
            guard time.milliseconds > 0 else { throw StreamsError(.configuration, "the \(name) is not positive") }
        }
        if case .restart(let pause, let longest) = failedTasks, pause < .zero || longest < pause {
            throw StreamsError(
                .configuration, "the pauses before a failed task begins anew grow from \(pause) to \(longest)")
        }
        if let outageLimit, outageLimit < .zero {
            throw StreamsError(.configuration, "the limit of outages is negative")
        }
        guard stateCleanupDelay >= .zero else {
            throw StreamsError(.configuration, "the delay before local state is removed is negative")
        }
        if let stateDirectory, stateDirectory.isEmpty {
            throw StreamsError(.configuration, "the state directory has no name")
        }
        if let instanceID, instanceID.isEmpty { throw StreamsError(.configuration, "the instance id is empty") }
        guard stateMemory >= StateMemory.least else {
            throw StreamsError(
                .configuration, "the memory for state, \(stateMemory) bytes, is less than the least, \(StateMemory.least)")
        }
        guard cancellationLimit >= .zero else { throw StreamsError(.configuration, "the limit after a cancellation is negative") }
        if let server { try Self.check(server: server) }
        guard standbys >= 0 else { throw StreamsError(.configuration, "the number of standbys is negative") }
        if let repartitionBacklogBytes, repartitionBacklogBytes < 0 {
            throw StreamsError(.configuration, "the limit of what waits in repartition topics is negative")
        }
        do {
            try http?.server.validate()
        } catch {
            throw StreamsError(.configuration, "the application cannot be served over HTTP", underlying: error)
        }
        guard cacheBytes >= 0 else { throw StreamsError(.configuration, "the cache size is negative") }
    }
}
