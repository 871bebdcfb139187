import KafkaProtocol

/// What is known of the cluster, and who is finding out more: a state machine without I/O.
///
/// A topic is asked for by one caller at a time; others that need it wait for that answer. A topic is asked for again when
/// something shows that it is out of date (`invalidate`), so a cluster that does not change costs nothing.
struct MetadataCache {
    /// What a caller who needs topics has to do.
    enum Decision: Equatable {
        /// All is known.
        case known
        /// Ask a broker for these topics, then call `received` or `failed`.
        case ask([Name])
        /// Someone is asking already; look again when that is done.
        case wait
    }

    private(set) var brokers: [Int32: BrokerMetadata] = [:]
    private(set) var controller: Int32?
    private(set) var clusterID: String?
    private var topics: [Name: TopicMetadata] = [:]
    private var names: [KafkaUUID: Name] = [:]
    private var outdated: Set<Name> = []
    private var asking: Set<Name> = []

    /// The topic, if it is known; it may be out of date.
    func topic(_ name: Name) -> TopicMetadata? { topics[name] }

    /// The name of the topic with `id`.
    func name(of id: KafkaUUID) -> Name? { names[id] }

    /// The partition, if it is known.
    func partition(_ topicPartition: TopicPartition) -> PartitionMetadata? {
        guard let partitions = topics[topicPartition.topicName]?.partitions,
            let partition = partitions.indices.contains(Int(topicPartition.partition))
                ? partitions[Int(topicPartition.partition)] : nil
        else { return nil }
        return partition
    }

    /// The leader of a partition, unless it is unknown, out of date, or there is none now.
    func leader(of topicPartition: TopicPartition) -> Int32? {
        guard !outdated.contains(topicPartition.topicName), let partition = partition(topicPartition), partition.leader >= 0
        else { return nil }
        return partition.leader
    }

    /// Whether all is known and up to date of `names`.
    func knows(_ names: [Name]) -> Bool {
        names.allSatisfy { topics[$0] != nil && !outdated.contains($0) }
    }

    /// What to do for someone who needs `names`; with `refresh`, what is known does not suffice.
    mutating func need(_ names: [Name], refresh: Bool = false) -> Decision {
        let missing = names.filter { refresh || topics[$0] == nil || outdated.contains($0) }
        if missing.isEmpty { return .known }
        let free = missing.filter { !asking.contains($0) }
        if free.isEmpty { return .wait }
        asking.formUnion(free)
        return .ask(free)
    }

    /// What is known of the topic has proved wrong: its next user asks again.
    mutating func invalidate(_ name: Name) { outdated.insert(name) }

    /// Nobody asks for `names` any more, without an answer.
    mutating func failed(_ names: [Name]) { asking.subtract(names) }

    /// Takes in an answer to a question for some topics, or for all there are if nil. Returns the errors by topic; a topic that
    /// has one is forgotten, and so is one that is not there.
    mutating func received(_ response: MetadataResponse, asked: [Name]?) -> [Name: KafkaErrorCode] {
        let names = asked ?? Set(topics.keys).subtracting(response.topics.compactMap(\.name).map { Name($0) }).sorted()
        asking.subtract(asked ?? [])
        if !response.brokers.isEmpty {
            brokers = Dictionary(
                response.brokers.map {
                    ($0.nodeId, BrokerMetadata(id: $0.nodeId, host: $0.host, port: $0.port, rack: $0.rack))
                }, uniquingKeysWith: { $1 })
        }
        // librdkafka's mock cluster names a controller that is none of its brokers.
        controller = brokers[response.controllerId] == nil ? nil : response.controllerId
        clusterID = response.clusterId ?? clusterID
        var errors: [Name: KafkaErrorCode] = [:]
        for topic in response.topics {
            guard let name = topic.name.map({ Name($0) }) else { continue }
            guard topic.errorCode == 0 else {
                errors[name] = KafkaErrorCode(rawValue: topic.errorCode)
                forget(name)
                continue
            }
            add(topic, name: name)
        }
        guard asked != nil else {
            for name in names { forget(name) }
            return errors
        }
        for name in names where topics[name] == nil && errors[name] == nil { errors[name] = .unknownTopicOrPartition }
        return errors
    }

    private mutating func add(_ topic: MetadataResponse.MetadataResponseTopic, name: Name) {
        if let old = topics[name], old.id != topic.topicId { names[old.id] = nil }
        let partitions = topic.partitions.sorted { $0.partitionIndex < $1.partitionIndex }.map {
            PartitionMetadata(
                partition: $0.partitionIndex, leader: $0.leaderId, leaderEpoch: $0.leaderEpoch,
                replicas: $0.replicaNodes,
                inSyncReplicas: $0.isrNodes)
        }
        // Partitions are numbered from 0 without gaps, which `partition(_:)` relies on.
        guard partitions.indices.allSatisfy({ partitions[$0].partition == Int32($0) }) else { return forget(name) }
        topics[name] = TopicMetadata(
            name: name.string, id: topic.topicId, isInternal: topic.isInternal, partitions: partitions)
        if topic.topicId != .zero { names[topic.topicId] = name }
        outdated.remove(name)
    }

    private mutating func forget(_ name: Name) {
        if let old = topics.removeValue(forKey: name) { names[old.id] = nil }
        outdated.remove(name)
    }
}
