import KafkaClient
import KafkaProtocol

/// What a task leaves whose partitions go to another instance, after its last commit: for the standby that follows the task here
/// from then on, if there is to be one, which then need not read what the task had (Kafka Streams' recycling of stores).
struct LeftStores: Sendable {
    /// Has ended: nobody takes a turn with it any more.
    let core: TaskCore
    let rows: TaskRowLogs?
    /// Up to where topics are in the stores.
    let positions: [TopicPartition: RowPosition]

    /// What a task leaves, if that is all of its state. Stores on disk open again where they were.
    init?(_ work: TaskWork, _ application: StreamsApplication) {
        let core = work.core
        let changelogs = application.changelogs(of: core.task)
        guard core.task.database == nil, !changelogs.isEmpty else { return nil }
        let (committed, progress) = (core.committedOffsets, core.progress)
        var positions: [TopicPartition: RowPosition] = [:]
        for (partition, store) in changelogs {
            let isSource = application.blueprint.sourceChangelog(of: store) != nil
            guard let offset = isSource ? committed[partition] : work.ends[store] else { return nil }
            positions[partition] = RowPosition(
                partition: partition, topicID: work.topicIDs[partition] ?? .zero, offset: offset, time: progress[partition]?.time ?? -1)
        }
        self.core = core
        self.positions = positions
        rows = work.rows
    }

    /// Nobody wants it.
    func close() { rows?.close() }
}

extension StreamTask {
    /// Takes over the stores of these names from the same task, which has ended. Returns whether it could; if not, this task is not to
    /// be used.
    func takeStores(_ names: some Sequence<String>, of other: StreamTask) -> Bool {
        for name in names {
            guard let store = ownStore(name), let left = other.ownStore(name), store.takeRows(of: left) else { return false }
        }
        for input in other.inputs.indices { resume(other.inputs[input].topicPartition, at: other.inputs[input].partitionTime) }
        return true
    }
}
