import KafkaProtocol

/// An instance of the application, as the group's leader has told of it when tasks were shared out last. Kafka Streams'
/// `StreamsMetadata`.
public struct InstanceMetadata: Sendable, Hashable {
    /// Where it can be asked, `host:port`: its `StreamsConfiguration.server`; nil if it has none.
    public let server: String?
    /// Its process: host name and process id.
    public let process: String
    /// Whether it is the instance that tells.
    public let isLocal: Bool
    /// The tasks that it processes.
    public let tasks: Set<TaskID>
    /// The tasks that it follows.
    public let standbys: Set<TaskID>

    /// Where it can be asked, or else its process.
    public var address: String { server ?? "process \(process), which names no server" }
}

extension StreamsApplication {
    /// The instances of the application, as far as they are known: after the first assignment, and from leaders that tell of them.
    public var allMetadata: [InstanceMetadata] {
        let assignment = live.assignment
        let own = InstanceMetadata(
            server: configuration.server, process: Self.processName, isLocal: true, tasks: assignment?.active ?? [],
            standbys: assignment?.followed ?? [])
        let others = board.assignment.instances.filter { $0.number != board.number }.map { instance in
            InstanceMetadata(
                server: instance.server.map(\.string), process: instance.process.string, isLocal: false, tasks: instance.tasks,
                standbys: instance.standbys)
        }
        return [own] + others
    }

    /// The instances that have partitions of a store, or follow them. Throws `unknownStore`. Kafka Streams'
    /// `streamsMetadataForStore`.
    public func metadata(ofStore name: String) throws(QueryError) -> [InstanceMetadata] {
        let store = try storeReference(name)
        guard let group = store.subTopology else { return allMetadata }
        return allMetadata.filter { $0.tasks.union($0.standbys).contains { $0.subTopology == group } }
    }

    /// Who has the partition of a store that `key` belongs to, by the hash of its bytes; of windows and sessions the key alone counts.
    /// Throws `unknownStore`, `wrongTypes` if the store's keys are not of this type, and `rebalancing` before it is known how many
    /// partitions there are.
    public func metadata<Key>(for key: Key, store name: String) throws(QueryError) -> KeyMetadata {
        let store = try storeReference(name)
        guard let serde = store.contents.key as? Serde<Key> else {
            throw QueryError(.wrongTypes, "the keys of the store \(name) are \(store.contents.keyType), not \(Key.self)")
        }
        return try metadata(of: try store.bytes(of: key, serde), store)
    }

    func metadata(of key: Bytes, _ store: StoreReference) throws(QueryError) -> KeyMetadata {
        guard let group = store.subTopology, let partition = try partition(of: key, store, QueryOptions()) else {
            let all = allMetadata
            return KeyMetadata(partition: nil, active: all.first, standbys: Array(all.dropFirst()))
        }
        return location(of: partition, group)
    }

    /// Who has a partition of a sub-topology's stores.
    func location(of partition: Int32, _ group: Int) -> KeyMetadata {
        let id = TaskID(subTopology: group, partition: partition)
        let all = allMetadata
        return KeyMetadata(
            partition: partition, active: all.first { $0.tasks.contains(id) },
            standbys: all.filter { $0.standbys.contains(id) && !$0.tasks.contains(id) })
    }
}
