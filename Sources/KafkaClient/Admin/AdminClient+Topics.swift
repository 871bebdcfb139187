public import KafkaProtocol
import Synchronization

extension AdminClient {
    /// Creates topics. With `ifMissing`, those that exist are left as they are, whatever their partitions and configs.
    /// Throws the first error; other topics may have been created then. With `validateOnly` nothing is created.
    ///
    /// Brokers that have no CreateTopics are asked for the topics instead, so that they create them as they do by
    /// themselves: configs are not set then, and it is an error if a topic has another number of partitions.
    public func createTopics(
        _ topics: [NewTopic], ifMissing: Bool = false, validateOnly: Bool = false
    ) async throws {
        guard !topics.isEmpty else { return }
        let request = CreateTopicsRequest(
            topics: topics.map { topic in
                CreateTopicsRequest.CreatableTopic(
                    name: topic.name, numPartitions: topic.partitions, replicationFactor: topic.replicationFactor,
                    configs: topic.configs.sorted { $0.key < $1.key }.map {
                        CreateTopicsRequest.CreatableTopicConfig(name: $0.key, value: $0.value)
                    })
            }, timeoutMs: 30000, validateOnly: validateOnly)
        do {
            // Asked again after a lost answer, the controller finds topics that the first attempt has made.
            _ = try await sendToController(request, "create topic") { response in
                response.topics.filter { !(ifMissing && KafkaErrorCode(rawValue: $0.errorCode) == .topicAlreadyExists) }
                    .map { ($0.name, $0.errorCode, $0.errorMessage) }
            }
        } catch let error as KafkaError where error.code == .unsupported && !validateOnly {
            for topic in topics { try await createByAsking(for: topic, ifMissing: ifMissing, unsupported: error) }
        }
        for topic in topics { client.invalidate(Name(topic.name)) }
    }

    /// Waits until every broker that can be reached knows these topics, each with at least so many partitions that all have
    /// leaders: what one broker has just made, another may not know of yet. Throws after `timeout` (the client's if nil).
    public func waitUntilKnown(_ topics: [String: Int32], timeout: Duration? = nil) async throws {
        guard !topics.isEmpty else { return }
        let names = topics.keys.sorted()
        let what = "find the topics \(names.prefix(3).joined(separator: ", "))\(names.count > 3 ? ", …" : "") everywhere"
        try await client.retrying(what, timeout: timeout) { _ in
            let request = MetadataRequest(
                topics: names.map { MetadataRequest.MetadataRequestTopic(name: $0) }, allowAutoTopicCreation: false)
            var failure: KafkaError?
            var answers = 0
            for broker in try await describeCluster().brokers {
                do {
                    let response = try await client.send(request, to: broker.id)
                    answers += 1
                    try Self.check(response, has: topics, at: broker.id)
                } catch let error as KafkaError where error.code == .connection {
                    failure = failure ?? error
                }
            }
            if answers == 0, let failure { throw failure }
        }
        for name in names { client.invalidate(Name(name)) }
    }

    private static func check(_ response: MetadataResponse, has topics: [String: Int32], at broker: Int32) throws {
        for (name, partitions) in topics.sorted(by: { $0.key < $1.key }) {
            let found = response.topics.first { $0.name == name }
            let code = KafkaErrorCode(rawValue: found?.errorCode ?? KafkaErrorCode.unknownTopicOrPartition.rawValue)
            guard code == .none || code.isRetriable else { throw KafkaError.broker(code, "look up topic \(name)") }
            let isThere = code == .none && (found?.partitions.count ?? 0) >= Int(partitions)
            guard isThere, found?.partitions.allSatisfy({ $0.leaderId >= 0 }) ?? false else {
                throw KafkaError(
                    .unknownTopic, "broker \(broker) does not know topic \(name) with \(partitions) partitions and their leaders yet",
                    errorCode: code == .none ? nil : code, isRetriable: true)
            }
        }
    }

    /// Lets a broker without CreateTopics create a topic, as it does when someone asks for one.
    private func createByAsking(for topic: NewTopic, ifMissing: Bool, unsupported: KafkaError) async throws {
        if try await client.describeTopics([topic.name])[topic.name] != nil {
            if ifMissing { return }
            throw KafkaError.broker(.topicAlreadyExists, "create topic \(topic.name)")
        }
        let what = "create topic \(topic.name)"
        let name = Name(topic.name)
        do {
            let partitions = try await client.retrying(what, timeout: client.retryPolicy.unknownTopicTimeout) { _ in
                let errors = try await client.refresh([name], force: true, allowCreation: true)
                if let error = errors[name] { throw KafkaError.broker(error, what) }
                return client.cluster.metadata.withLock { $0.topic(name)?.partitions.count ?? 0 }
            }
            guard topic.partitions < 0 || partitions == Int(topic.partitions) else {
                throw KafkaError(
                    .unsupported,
                    "could not \(what): the broker cannot be told how, and made it with \(partitions) partitions "
                        + "instead of \(topic.partitions)", underlying: unsupported)
            }
        } catch let error as KafkaError where error.code == .unknownTopic {
            throw unsupported
        }
    }

    /// Deletes topics with all that they hold.
    public func deleteTopics(_ names: [String]) async throws {
        guard !names.isEmpty else { return }
        let request = DeleteTopicsRequest(
            topics: names.map { DeleteTopicsRequest.DeleteTopicState(name: $0) }, timeoutMs: 30000)
        _ = try await sendToController(request, "delete topic") { response in
            response.responses.map { ($0.name ?? "", $0.errorCode, $0.errorMessage) }
        }
        for name in names { client.invalidate(Name(name)) }
    }

    /// The names of all topics; those of the brokers themselves only with `includeInternal`.
    public func listTopics(includeInternal: Bool = false) async throws -> [String] {
        try await client.describeTopics(nil).values.filter { includeInternal || !$0.isInternal }.map { Name($0.name) }.sorted()
            .map(\.string)
    }

    /// Describes topics; those that do not exist are left out, and none is created.
    public func describeTopics(_ names: [String]) async throws -> [String: TopicMetadata] {
        guard !names.isEmpty else { return [:] }
        return try await client.describeTopics(names)
    }

    /// The brokers, and the id of the one that is the controller.
    public func describeCluster() async throws -> (clusterID: String?, brokers: [BrokerMetadata], controller: Int32?) {
        _ = try await client.describeTopics([])
        return client.cluster.metadata.withLock { ($0.clusterID, $0.brokers.values.sorted { $0.id < $1.id }, $0.controller) }
    }

    /// Gives topics more partitions: the number that each shall have.
    public func createPartitions(_ counts: [String: Int32]) async throws {
        guard !counts.isEmpty else { return }
        let request = CreatePartitionsRequest(
            topics: counts.sorted { $0.key < $1.key }.map {
                CreatePartitionsRequest.CreatePartitionsTopic(name: $0.key, count: $0.value, assignments: nil)
            }, timeoutMs: 30000)
        _ = try await sendToController(request, "add partitions to topic") { response in
            response.results.map { ($0.name, $0.errorCode, $0.errorMessage) }
        }
        for name in counts.keys { client.invalidate(Name(name)) }
    }

    /// Deletes the records before the given offsets; -1 means all. Returns the first offset that is left of each partition.
    /// Retries for `timeout` (the client's if nil; zero means a single attempt).
    public func deleteRecords(
        before offsets: [TopicPartition: Int64], timeout: Duration? = nil
    ) async throws -> [TopicPartition: Int64] {
        let client = client
        return try await client.askLeaders(of: Array(offsets.keys), "delete records", timeout: timeout) {
            node, partitions in
            let response = try await client.send(
                DeleteRecordsRequest(
                    topics: partitions.byTopic().map { topic, numbers in
                        DeleteRecordsRequest.DeleteRecordsTopic(
                            name: topic,
                            partitions: numbers.map {
                                DeleteRecordsRequest.DeleteRecordsPartition(
                                    partitionIndex: $0, offset: offsets[TopicPartition(topic, $0)] ?? -1)
                            })
                    }, timeoutMs: 30000), to: node)
            var outcomes: [TopicPartition: KafkaClient.PartitionOutcome<Int64>] = [:]
            for topic in response.topics {
                for partition in topic.partitions {
                    let code = KafkaErrorCode(rawValue: partition.errorCode)
                    outcomes[TopicPartition(topic.name, partition.partitionIndex)] =
                        code == .none ? .done(partition.lowWatermark) : .failed(code)
                }
            }
            return outcomes
        }
    }

    /// Looks up offsets. With `readCommitted` the latest is the last stable offset. A timestamp later than all records gives
    /// offset -1.
    public func listOffsets(
        _ specs: [TopicPartition: OffsetSpec], isolation: IsolationLevel = .readUncommitted
    ) async throws -> [TopicPartition: OffsetAndTimestamp] {
        try await client.listOffsets(specs.mapValues(\.timestamp), isolation: isolation)
    }
}

extension KafkaClient {
    /// Describes topics, or all if nil, without creating any; takes in what it learns.
    func describeTopics(_ names: [String]?) async throws -> [String: TopicMetadata] {
        try await retrying("describe topics") { _ in
            let response = try await send(
                MetadataRequest(
                    topics: names?.map { MetadataRequest.MetadataRequestTopic(name: $0) }, allowAutoTopicCreation: false
                ),
                to: nil)
            let asked = (names ?? response.topics.compactMap(\.name)).map { Name($0) }
            let (errors, found) = cluster.metadata.withLock { metadata in
                let errors = metadata.received(response, asked: names == nil ? nil : asked)
                return (
                    errors,
                    Dictionary(
                        asked.compactMap { name in metadata.topic(name).map { (name.string, $0) } }, uniquingKeysWith: { $1 })
                )
            }
            cluster.metadataChanged.notify()
            for (name, code) in errors.sorted(by: { $0.key < $1.key }) where code != .unknownTopicOrPartition {
                throw KafkaError.broker(code, "describe topic \(name)")
            }
            return found
        }
    }
}
