internal import KafkaProtocol

/// The durable list of topics: the file `topics`, replaced as a whole by every change.
struct TopicCatalogue: Sendable, Equatable {
    struct Entry: Sendable, Equatable {
        var name: Name
        var id: KafkaUUID
        var partitions: Int32
        var settings: [String: String]
    }

    static let fileName = "topics"

    var topics: [Entry] = []
    /// Deleted topics whose files may still be there.
    var deleted: [Entry] = []

    /// Reads the file; nil without one.
    static func read(from directory: DataDirectory) throws -> TopicCatalogue? {
        guard let text = try directory.read(fileName) else { return nil }
        let name = "\(directory.path)/\(fileName)"
        var catalogue = TopicCatalogue()
        for line in try PropertyFile(parsing: text, name: name).lines {
            guard line.count >= 4, line.count.isMultiple(of: 2), let id = KafkaUUID(line[1]),
                let partitions = Int32(line[3]), (0...TopicRegistry.maximumPartitions).contains(partitions), (try? TopicName.validate(line[2])) != nil
            else { throw BrokerError(.corrupt, "\(name) has a line that makes no sense: \(line)") }
            var entry = Entry(name: Name(line[2]), id: id, partitions: partitions, settings: [:])
            for index in stride(from: 4, to: line.count, by: 2) { entry.settings[line[index]] = line[index + 1] }
            if line[0] == "topic" { catalogue.topics.append(entry) } else { catalogue.deleted.append(entry) }
        }
        return catalogue
    }

    /// Replaces the file and waits until it is on the disk.
    func write(to directory: DataDirectory) throws {
        func line(_ kind: String, _ entry: Entry) -> [String] {
            [kind, entry.id.description, entry.name.string, "\(entry.partitions)"]
                + entry.settings.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
        }
        let lines = topics.sorted { $0.name < $1.name }.map { line("topic", $0) } + deleted.map { line("deleted", $0) }
        try directory.replace(Self.fileName, with: PropertyFile(lines: lines).text)
    }
}
