import KafkaProtocol
import Millrace

extension TopologyTestDriver {
    /// Ends all tasks and starts them anew, as a restart of the application after a commit does. The state survives as
    /// it would in production: stores are restored from what compaction leaves of their changelogs, stream times are
    /// those that were committed. What is kept elsewhere (a processor's own properties, a store without a changelog) is
    /// gone. A topology must give the same output with restarts and without.
    ///
    /// Topics, the wall clock and global stores stay; handles of topics and stores remain good. Throws what the commit
    /// and restoring throw.
    public func restart() throws {
        for task in tasks { try commit(task) }
        try processOwnTopics()
        let global = Set(blueprint.globalGroups)
        for (number, old) in tasks.enumerated() where !global.contains(old.id.subTopology) {
            try rows[number]?.commit()
            try old.close()
            let task = try makeTask(old.id)
            rows[number] = try localRows(of: task)
            for store in task.storeNames where stateDirectory == nil {
                if let topic = blueprint.sourceChangelog(of: store) {
                    for (offset, record) in (sourceChangelogs[topic] ?? []).enumerated() {
                        try task.restore(
                            store: store, from: topic,
                            RecordView(
                                offset: Int64(offset), timestamp: record.timestamp, key: record.key,
                                value: record.value, headers: record.headers))
                    }
                }
                guard let topic = blueprint.changelog(of: store) else { continue }
                for record in logs.compacted(topic, after: blueprint.compactionLag(of: store)) {
                    guard let key = record.key else { continue }
                    try task.restore(
                        store: store, key: key, value: record.value, timestamp: record.timestamp,
                        headers: record.headers)
                }
            }
            for index in old.inputs.indices {
                task.inputs[index].seek(to: old.inputs[index].position)
                task.inputs[index].isAtEnd = true
                task.resume(input: index, from: old.progress(of: index))
            }
            task.advanceStreamTime(to: old.streamTime)
            tasks[number] = task
            try task.start()
        }
    }
}
