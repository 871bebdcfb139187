internal import KafkaProtocol

extension Broker {
    /// Looks at all files of a data directory: every batch with its checksum and its records, the indexes, checkpoints and
    /// lists. Nothing is changed, and a broker may be at work in the directory meanwhile.
    ///
    /// Throws `BrokerError` with `.storage` if there is no such directory or it cannot be read.
    public static func verify(directory path: String) throws -> DirectoryReport {
        do {
            return try DirectoryVerification(path: path).run()
        } catch {
            throw error as? BrokerError ?? BrokerError(.storage, "cannot verify \(path)", underlying: error)
        }
    }
}

/// One look at a data directory.
private struct DirectoryVerification {
    private let directory: DataDirectory
    private var report: DirectoryReport

    init(path: String) {
        directory = DataDirectory(reading: path)
        report = DirectoryReport(directory: path)
    }

    consuming func run() throws -> DirectoryReport {
        var present = Set(try directory.partitions())
        report.isInUse = DirectoryLock.isHeld(in: directory.path)
        checkFiles(hasPartitions: !present.isEmpty)
        let catalogue = readCatalogue(hasPartitions: !present.isEmpty)
        for topic in (catalogue?.topics ?? []).sorted(by: { $0.name < $1.name }) {
            let isCompacted = topic.settings["cleanup.policy"].map { ConfigDefinition.list($0).contains("compact") } ?? false
            for number in 0..<topic.partitions {
                let partition = TopicPartition(topic.name.string, number)
                if present.remove(partition) == nil {
                    report.add(damage: true, directory.directory(of: partition), "the directory of the partition is missing or has no log")
                    continue
                }
                verify(partition, isCompacted: isCompacted)
            }
        }
        for partition in present.sorted() {
            if catalogue != nil {
                report.add(damage: false, directory.directory(of: partition), "no topic in the file topics has it")
            }
            verify(partition, isCompacted: true)
        }
        return report
    }

    private mutating func verify(_ partition: TopicPartition, isCompacted: Bool) {
        var verification = LogVerification(
            LogDirectory(path: directory.directory(of: partition), faults: .none), name: "\(partition)",
            isCompacted: isCompacted)
        verification.run(reader: OwnRecords(partition.topic))
        report.add(verification.partition)
    }

    private mutating func readCatalogue(hasPartitions: Bool) -> TopicCatalogue? {
        do {
            if let catalogue = try TopicCatalogue.read(from: directory) { return catalogue }
            if hasPartitions { report.add(damage: true, "\(directory.path)/topics", "the list of topics is missing") }
        } catch {
            report.add(damage: true, "\(directory.path)/topics", RequestError(error).message)
        }
        return nil
    }

    private mutating func checkFiles(hasPartitions: Bool) {
        for name in ["meta.properties", "producer-ids", "users", "acls"] {
            let path = "\(directory.path)/\(name)"
            do {
                if let text = try directory.read(name) {
                    _ = try PropertyFile(parsing: text, name: path)
                } else if hasPartitions, name == "meta.properties" {
                    report.add(damage: true, path, "the file is missing")
                }
            } catch {
                report.add(damage: true, path, RequestError(error).message)
            }
        }
    }
}

/// Reads the records of the broker's own topics, to see whether they make sense.
struct OwnRecords {
    private let topic: String

    init(_ topic: String) { self.topic = topic }

    func check(_ record: RecordView) throws {
        guard let key = record.key else { return }
        switch topic {
        case TopicName.consumerOffsets: _ = try GroupRecord(key: key, value: record.value)
        case TopicName.transactionState:
            guard let id = try Transaction.id(key: key), let value = record.value else { return }
            _ = try Transaction(id: id, decoding: value)
        default: break
        }
    }

    /// Whether there is anything to read.
    var isOwn: Bool { TopicName.isInternal(topic) }
}
