public import KafkaProtocol
internal import Synchronization

/// An embedded, durable broker that speaks Kafka's protocol: topics, consumer groups and transactions in one
/// directory, for the programs of one process.
///
/// What a broker has acknowledged survives the end of its process, however it ends; with a topic's `flush.messages`
/// or `flush.ms`, and on `close`, also the end of the machine. One broker at a time has the directory.
///
/// ```swift
/// let broker = try Broker.open(directory: "data")
/// async let running: Void = broker.run()
/// let client = broker.transport(clientID: "shop")
/// // ...
/// await broker.close()
/// try await running
/// ```
public final class Broker: Sendable {
    /// The settings the broker was opened with.
    public let configuration: BrokerConfiguration
    let directory: DataDirectory
    let identity: ClusterIdentity
    let clock: BrokerClock
    let timers: BrokerTimers
    let topics: TopicRegistry
    let groups: GroupCoordinator
    let transactions: TransactionCoordinator
    let report: BrokerReport
    let meter = BrokerMeter()
    /// Where the next fetch begins among its partitions, so that none is always last.
    let fetchRotation = Atomic<Int>(0)
    let fetchSessions: Mutex<FetchSessions>
    let toldFaults = Mutex(ToldFaults())
    let users: UserRegistry
    let access: AccessRegistry
    /// The servers that listen for it.
    let listeners = Mutex<[ServedListener]>([])
    private let lock: DirectoryLock
    private let closed = Atomic(false)
    /// What maintenance has to do, and the signal that it has.
    let maintenance = Mutex(MaintenanceState())
    let maintenanceIsDue = Signal()

    /// Opens the broker in `directory`, which is made if it is missing and private to the user, and repairs what a
    /// crash has left: torn ends of logs are cut, decided transactions are finished, open ones of programs that died
    /// with the process are aborted. What else it cannot read is set aside in files that end in `.damaged`, never
    /// deleted; the rest is kept. `log` is told remarkable events: what was set aside, with file, offsets and
    /// number of records, and what is missing.
    ///
    /// Throws `BrokerError`: `.locked` if another broker has the directory, `.unwritable`, `.corrupt`,
    /// `.incompatible` or `.storage`.
    public static func open(
        directory: String, configuration: BrokerConfiguration = .init(),
        log: @escaping @Sendable (BrokerEvent) -> Void = { _ in }
    ) throws -> Broker {
        try Broker(directory: directory, configuration: configuration, clock: .system, report: BrokerReport(log))
    }

    /// Whether there is a broker's data in `directory`, whether or not it can be opened.
    public static func exists(in directory: String) -> Bool { DataDirectory.isUsed(directory) }

    init(
        directory path: String, configuration: BrokerConfiguration, clock: BrokerClock,
        report: BrokerReport = BrokerReport()
    ) throws {
        guard configuration.defaultPartitions > 0, configuration.maintenanceInterval > 0,
            configuration.expiryInterval > 0
        else {
            throw BrokerError(
                .configuration, "defaultPartitions, maintenanceInterval and expiryInterval must be positive")
        }
        self.configuration = configuration
        self.clock = clock
        self.report = report
        directory = try DataDirectory(preparing: path)
        lock = try DirectoryLock(directory: path)
        identity = try ClusterIdentity(in: directory, nodeID: configuration.nodeID, report: report)
        timers = BrokerTimers(clock: clock)
        fetchSessions = Mutex(FetchSessions(capacity: configuration.fetchSessionSlots))
        do {
            users = try UserRegistry(in: directory)
            access = try AccessRegistry(in: directory)
            topics = try TopicRegistry(directory: directory, configuration: configuration, clock: clock, report: report)
            let transactionLog = try InternalLog(topic: TopicName.transactionState, in: topics)
            let table = try TransactionTable(replaying: transactionLog)
            groups = try GroupCoordinator(
                log: try InternalLog(topic: TopicName.consumerOffsets, in: topics), topics: topics,
                configuration: configuration, clock: clock, timers: timers, openProducers: table.openProducers, report: report)
            transactions = TransactionCoordinator(
                table: table, log: transactionLog,
                producerIDs: try ProducerIDs(
                    in: directory, above: max(table.lastProducerID, topics.lastProducerID), clock: clock, report: report),
                topics: topics,
                groups: groups, configuration: configuration, clock: clock, timers: timers, report: report)
        } catch {
            throw error as? BrokerError ?? BrokerError(.storage, "cannot open the broker on \(path)", underlying: error)
        }
        transactions.recover()
    }

    /// The cluster's id, made when the directory was first used.
    public var clusterID: String { identity.clusterID }

    /// Whether the broker was closed.
    var isClosed: Bool { closed.load(ordering: .acquiring) }

    /// Does what has to be done in the background: timeouts of fetches, groups and transactions, retention, compaction
    /// and timed flushes. Requests are only served properly while it runs, so run it as a child task, once.
    ///
    /// Returns when the broker is closed or the task is cancelled. While nothing is due it sleeps.
    public func run() async throws {
        scheduleMaintenance()
        scheduleExpiry()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [timers] in await timers.run() }
            group.addTask { [self] in await maintainWhenDue() }
            await group.next()
            group.cancelAll()
        }
    }

    /// A way to the broker for clients of this process. Requests and responses are handed over as they are.
    public func transport(clientID: String) -> any KafkaTransport {
        InProcessTransport(broker: self, clientID: clientID)
    }

    /// Answers everyone who waits, writes everything to the disk and gives the directory free. `run` returns then,
    /// requests throw `BrokerError` with `.closed`. Later calls do nothing.
    public func close() async {
        guard !closed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        stop()
        await DiskThreads.forEach(topics.logs) { [report] log in
            do { try log.close() } catch { report("cannot be closed: \(error)", about: "\(log.topicPartition)") }
        }
        lock.release()
    }

    /// Ends the broker as the end of its process would: at once, without writing anything to the disk. For a directory that
    /// is to be deleted, and for tests of crashes.
    public func abandon() {
        guard !closed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        stop()
        lock.release()
    }

    private func stop() {
        groups.close()
        transactions.close()
        timers.close()
        maintenanceIsDue.fire()
    }
}
