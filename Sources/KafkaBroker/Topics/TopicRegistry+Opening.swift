internal import KafkaProtocol

// What a directory has lost is told when it is opened, and made up for where that can be done without a guess.
extension TopicRegistry {
    /// Settings that delete nothing, for topics whose own are lost.
    private static let harmlessSettings = ["cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"]

    /// The topics of a directory without the file `topics`, by the directories of their partitions; none in a new one.
    static func rebuildCatalogue(_ directory: DataDirectory, _ report: BrokerReport) throws -> TopicCatalogue {
        var counts: [Name: Int32] = [:]
        for partition in try directory.partitions()
        where !TopicName.isInternal(partition.topic) && partition.partition < maximumPartitions {
            counts[partition.topicName] = max(counts[partition.topicName] ?? 0, partition.partition + 1)
        }
        var catalogue = TopicCatalogue()
        guard !counts.isEmpty else { return catalogue }
        var generator = SystemRandomNumberGenerator()
        catalogue.topics = counts.sorted { $0.key < $1.key }.map { name, count in
            .init(name: name, id: .random(using: &generator), partitions: count, settings: harmlessSettings)
        }
        let names = catalogue.topics.map { "\($0.name) (\($0.partitions))" }.joined(separator: ", ")
        report(
            "the file \(directory.path)/topics is missing: \(counts.count) topics were found by the directories of their "
                + "partitions: \(names). Their settings and ids are lost; so that nothing of theirs is lost as well, they are "
                + "kept for ever and not compacted until they are configured")
        try catalogue.write(to: directory)
        return catalogue
    }

    /// Tells of directories of partitions that no topic has.
    static func reportStrays(_ directory: DataDirectory, _ catalogue: TopicCatalogue, _ report: BrokerReport) {
        do {
            let counts = Dictionary(catalogue.topics.map { ($0.name, $0.partitions) }) { first, _ in first }
            for partition in try directory.partitions().sorted() {
                guard partition.partition >= counts[partition.topicName] ?? 0 else { continue }
                guard !TopicName.isInternal(partition.topic) else { continue }
                report("\(directory.directory(of: partition)) is of no topic in the file topics; it is left alone")
            }
        } catch {
            report("looking for partitions without a topic failed: \(error)")
        }
    }

    /// The settings of a topic. One that this release does not know, or refuses, is told, and does not keep the data from
    /// being opened.
    static func settings(of entry: TopicCatalogue.Entry, _ report: BrokerReport) -> TopicConfiguration {
        var settings = TopicConfiguration()
        for (name, value) in entry.settings.sorted(by: { $0.key < $1.key }) {
            do { try settings.set(name, to: value) } catch {
                report("\(RequestError(error).message); the default counts", about: "topic \(entry.name)")
            }
        }
        return settings
    }
}

extension DataDirectory {
    /// The partitions that have a directory with files of a log in it.
    func partitions() throws -> [TopicPartition] {
        try LogDirectory(path: path, faults: .none).names().compactMap { name in
            guard let dash = name.lastIndex(of: "-"), let number = Int32(name[name.index(after: dash)...]), number >= 0,
                (try? TopicName.validate(String(name[..<dash]))) != nil
            else { return nil }
            let partition = TopicPartition(String(name[..<dash]), number)
            guard "\(partition)" == name, let files = try? LogDirectory(path: "\(path)/\(name)", faults: .none).list(),
                files[.log]?.isEmpty == false
            else { return nil }
            return partition
        }
    }
}
