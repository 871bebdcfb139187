internal import KafkaProtocol

/// Who the broker is: the file `meta.properties` of the data directory, written when the directory is first used.
struct ClusterIdentity: Sendable, Equatable {
    /// The release of the directory's layout that this code writes and the newest it reads. Since 2 checkpoints have a
    /// checksum of the index files, and transactions are written as Kafka does.
    static let formatVersion = 2
    static let fileName = "meta.properties"

    var clusterID: String
    var nodeID: Int32

    /// Reads the file, or writes one with a random cluster id; `report` is told if there are partitions already then.
    init(in directory: DataDirectory, nodeID: Int32, report: BrokerReport) throws {
        guard let text = try directory.read(Self.fileName) else {
            if try !directory.partitions().isEmpty {
                report("the file \(directory.path)/\(Self.fileName) is missing; the cluster gets a new id")
            }
            var generator = SystemRandomNumberGenerator()
            self.clusterID = KafkaUUID.random(using: &generator).description
            self.nodeID = nodeID
            try write(to: directory)
            return
        }
        let name = "\(directory.path)/\(Self.fileName)"
        var values: [String: String] = [:]
        for line in try PropertyFile(parsing: text, name: name).lines where line.count == 2 {
            values[line[0]] = line[1]
        }
        guard let version = values["version"].flatMap({ Int($0) }) else {
            throw BrokerError(.corrupt, "\(name) names no version")
        }
        guard version <= Self.formatVersion else {
            throw BrokerError(
                .incompatible, "\(name) is of version \(version); this release reads up to \(Self.formatVersion)")
        }
        guard let clusterID = values["cluster.id"], let node = values["node.id"].flatMap({ Int32($0) }) else {
            throw BrokerError(.corrupt, "\(name) names no cluster or node")
        }
        self.clusterID = clusterID
        self.nodeID = node
        // An earlier release must not take what this one writes for damage.
        if version < Self.formatVersion { try write(to: directory) }
    }

    private func write(to directory: DataDirectory) throws {
        let lines = [["version", "\(Self.formatVersion)"], ["cluster.id", clusterID], ["node.id", "\(nodeID)"]]
        try directory.replace(Self.fileName, with: PropertyFile(lines: lines).text)
    }
}
