internal import KafkaProtocol
internal import Synchronization

/// All topics of a broker. Look-ups take a short lock; changes go one at a time and do not keep look-ups waiting.
final class TopicRegistry: Sendable {
    /// The most partitions a topic may have.
    static let maximumPartitions: Int32 = 10_000

    struct Table: Sendable {
        private(set) var topics: [Name: Topic] = [:]
        private(set) var image = TopicImage()

        /// Sets, or with nil removes, a topic.
        subscript(name: Name) -> Topic? {
            get { topics[name] }
            set {
                topics[name] = newValue
                image[name] = newValue.map { TopicImage.Entry(id: $0.id, partitions: $0.partitionCount) }
            }
        }
    }

    let directory: DataDirectory
    let configuration: BrokerConfiguration
    let clock: BrokerClock
    let report: BrokerReport
    let table = Mutex(Table())
    /// What is on the disk. The lock is held through every change.
    let catalogue: Mutex<TopicCatalogue>

    /// Reads the catalogue, finishes deletions that were cut off, and opens all logs.
    init(
        directory: DataDirectory, configuration: BrokerConfiguration, clock: BrokerClock,
        report: BrokerReport
    ) throws {
        self.directory = directory
        self.configuration = configuration
        self.clock = clock
        self.report = report
        var catalogue = try TopicCatalogue.read(from: directory) ?? Self.rebuildCatalogue(directory, report)
        if !catalogue.deleted.isEmpty {
            for entry in catalogue.deleted {
                for number in 0..<entry.partitions {
                    try directory.removeDirectory(of: TopicPartition(entry.name, number))
                }
            }
            catalogue.deleted = []
            try catalogue.write(to: directory)
        }
        do {
            try PartitionLog.removeDeleted(in: directory.path)
        } catch {
            report("the remains of deleted logs could not be removed: \(error)")
        }
        Self.reportStrays(directory, catalogue, report)
        for entry in catalogue.topics {
            let settings = Self.settings(of: entry, report)
            let topic = try Self.open(entry, settings, directory, configuration, clock, report, isNew: false)
            table.withLock { $0[topic.name] = topic }
        }
        self.catalogue = Mutex(catalogue)
    }

    static func open(
        _ entry: TopicCatalogue.Entry, _ settings: TopicConfiguration, _ directory: DataDirectory,
        _ configuration: BrokerConfiguration, _ clock: BrokerClock, _ report: BrokerReport,
        isNew: Bool, from first: Int32 = 0
    ) throws -> Topic {
        let logConfiguration = settings.log(broker: configuration)
        // What the broker has written down for itself it reads at every start, so it looks at all of it.
        let checksAll = configuration.checksAllLogs || TopicName.isInternal(entry.name.string)
        let checks: LogRecovery.Checks = checksAll ? .everything : .whatACrashLeaves
        var logs: [PartitionLog] = []
        for number in first..<max(first, entry.partitions) {
            let partition = TopicPartition(entry.name, number)
            do {
                logs.append(
                    try PartitionLog(
                        directory: directory.directory(of: partition), topicPartition: partition,
                        configuration: logConfiguration, isNew: isNew, checks: checks, now: clock.wall(),
                        report: report.about("\(partition)")))
            } catch {
                // They were just opened and have nothing to lose; the error that counts is the other.
                for log in logs { try? log.close() }
                throw BrokerError(.storage, "cannot open the log of \(partition)", underlying: error)
            }
        }
        return Topic(name: entry.name, id: entry.id, configuration: settings, logs: logs)
    }

    /// All topics by name.
    var all: [Topic] { table.withLock { Array($0.topics.values) }.sorted { $0.name < $1.name } }

    /// What groups know of the topics.
    var image: TopicImage { table.withLock { $0.image } }

    func topic(_ name: Name) -> Topic? { table.withLock { $0[name] } }

    func topic(_ id: KafkaUUID) -> Topic? {
        table.withLock { table in table.image.names[id].flatMap { table[$0] } }
    }

    /// The log of a partition, nil if there is no such partition.
    func log(_ partition: TopicPartition) -> PartitionLog? {
        table.withLock { $0[partition.topicName]?.log(partition.partition) }
    }

    /// The largest id of the producers that the logs know; -1 for none.
    var lastProducerID: Int64 { logs.reduce(-1) { max($0, $1.producers.lazy.map(\.producerId).max() ?? -1) } }

    /// The logs of all partitions.
    var logs: [PartitionLog] { table.withLock { $0.topics.values.flatMap(\.logs) } }
}
