internal import KafkaProtocol
internal import Synchronization

/// All topics of a broker. Look-ups take a short lock; changes go one at a time and do not keep look-ups waiting.
final class TopicRegistry: Sendable {
    /// The most partitions a topic may have.
    static let maximumPartitions: Int32 = 10_000

    struct Table: Sendable {
        var topics: [Name: Topic] = [:]
        var names: [KafkaUUID: Name] = [:]
    }

    let directory: DataDirectory
    let configuration: BrokerConfiguration
    let clock: BrokerClock
    let report: @Sendable (String) -> Void
    let table = Mutex(Table())
    /// What is on the disk. The lock is held through every change.
    let catalogue: Mutex<TopicCatalogue>

    /// Reads the catalogue, finishes deletions that were cut off, and opens all logs.
    init(
        directory: DataDirectory, configuration: BrokerConfiguration, clock: BrokerClock,
        report: @escaping @Sendable (String) -> Void
    ) throws {
        self.directory = directory
        self.configuration = configuration
        self.clock = clock
        self.report = report
        var catalogue = try TopicCatalogue.read(from: directory)
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
        for entry in catalogue.topics {
            var settings = TopicConfiguration()
            // A setting that this release does not know, or refuses, must not keep the data from being opened.
            for (name, value) in entry.settings { try? settings.set(name, to: value) }
            let topic = try Self.open(entry, settings, directory, configuration, clock, report)
            table.withLock { table in
                table.topics[topic.name] = topic
                table.names[topic.id] = topic.name
            }
        }
        self.catalogue = Mutex(catalogue)
    }

    static func open(
        _ entry: TopicCatalogue.Entry, _ settings: TopicConfiguration, _ directory: DataDirectory,
        _ configuration: BrokerConfiguration, _ clock: BrokerClock, _ report: @escaping @Sendable (String) -> Void,
        from first: Int32 = 0
    ) throws -> Topic {
        let logConfiguration = settings.log(broker: configuration)
        var logs: [PartitionLog] = []
        for number in first..<max(first, entry.partitions) {
            let partition = TopicPartition(entry.name, number)
            do {
                logs.append(
                    try PartitionLog(
                        directory: directory.directory(of: partition), topicPartition: partition,
                        configuration: logConfiguration, now: clock.wall(), report: report))
            } catch {
                for log in logs { try? log.close() }
                throw BrokerError(.storage, "cannot open the log of \(partition)", underlying: error)
            }
        }
        return Topic(name: entry.name, id: entry.id, configuration: settings, logs: logs)
    }

    /// All topics by name.
    var all: [Topic] { table.withLock { Array($0.topics.values) }.sorted { $0.name < $1.name } }

    func topic(_ name: Name) -> Topic? { table.withLock { $0.topics[name] } }

    func topic(_ id: KafkaUUID) -> Topic? {
        table.withLock { table in table.names[id].flatMap { table.topics[$0] } }
    }

    /// The log of a partition, nil if there is no such partition.
    func log(_ partition: TopicPartition) -> PartitionLog? {
        table.withLock { $0.topics[partition.topicName]?.log(partition.partition) }
    }

    /// The logs of all partitions.
    var logs: [PartitionLog] { table.withLock { $0.topics.values.flatMap(\.logs) } }
}
