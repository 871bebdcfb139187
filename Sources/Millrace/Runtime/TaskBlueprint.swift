import KafkaProtocol

/// What tasks of a topology are made from, worked out once: the sub-topologies and their stores.
package struct TaskBlueprint: Sendable {
    let topology: Topology
    let subTopologies: [SubTopology]
    package let applicationID: String

    package init(_ topology: Topology, applicationID: String) {
        self.topology = topology
        self.applicationID = applicationID
        subTopologies = topology.subTopologies()
    }

    /// The numbers of the sub-topologies that have tasks.
    package var taskGroups: [Int] { subTopologies.filter { !$0.isGlobal }.map(\.id) }

    /// The topics that a sub-topology reads, by their names on the broker.
    package func sourceTopics(of group: Int) -> [String] {
        subTopologies[group].sourceTopics.map { $0.resolved(applicationID: applicationID) }
    }

    /// The topics that the topology writes and reads itself, by their names on the broker.
    package var internalTopics: Set<String> {
        Set(topology.sourceTopics.filter(\.isInternal).map { $0.resolved(applicationID: applicationID) })
    }

    /// A task, with empty stores.
    package func makeTask(
        _ id: TaskID, collector: any RecordCollector, cacheBytes: Int, onBadRecord: BadRecordPolicy
    ) throws -> StreamTask {
        let context = TaskContext(
            applicationID: applicationID, partition: id.partition, collector: collector, cacheBytes: cacheBytes)
        return try StreamTask(
            id: id, subTopology: subTopologies[id.subTopology], stores: topology.stores, context: context,
            onBadRecord: onBadRecord)
    }
}
