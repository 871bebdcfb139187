import KafkaProtocol
import Millrace

extension TopologyTestDriver {
    /// Ends all tasks and starts them anew, as a restart of the application after a commit does: stores are restored from
    /// what compaction leaves of their changelogs, stream times are those that were committed. A topology must give the
    /// same output with restarts and without.
    ///
    /// Global stores stay. Throws what restoring throws.
    public func restart() throws {
        let global = Set(blueprint.globalGroups)
        for (number, old) in tasks.enumerated() where !global.contains(old.id.subTopology) {
            let task = try makeTask(old.id)
            for store in task.storeNames {
                guard let topic = blueprint.changelog(of: store) else { continue }
                for record in collector.compacted(topic) {
                    guard let key = record.key else { continue }
                    try task.restore(store: store, key: key, value: record.value, timestamp: record.timestamp)
                }
            }
            for (index, queue) in old.queues.enumerated() {
                task.queues[index].seek(to: queue.position)
                task.queues[index].isAtEnd = true
                task.resume(queue: index, from: old.progress(of: index))
            }
            tasks[number] = task
        }
    }
}
