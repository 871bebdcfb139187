import KafkaProtocol

/// A task's rows on disk without an application that runs: for test drivers.
package final class LocalRows {
    private let logs: [RowLog]
    private let position: RowPosition
    private let database: TaskDatabase?

    /// Opens the rows of a task in a directory and puts them into its stores. Throws if they cannot be read or are damaged.
    package init(of task: StreamTask, in directory: String) throws {
        position = RowPosition(partition: TopicPartition("driver", task.id.partition), topicID: .zero, offset: 0)
        database = task.database
        if let database {
            let source = StateVerdict.Source(partition: position.partition, topicID: .zero, start: 0, end: 0)
            for store in task.storeNames where database.has(store) {
                _ = database.verdict(on: store, source, now: 0)
                try database.restored(store, position, now: 0)
            }
        }
        logs = try task.rowBuffers.map { store, buffer, identity in
            let log = RowLog(
                "\(directory)/\(task.id)/\(StateDirectory.pathComponent(store))", identity: identity, buffer: buffer,
                files: SystemFiles(), trouble: StateTrouble(now: { 0 }, tell: { _ in }))
            if let word = try log.openTelling(store: store).first { throw StreamsError(.restore, word) }
            if let target = task.ownStore(store) {
                var loader = RowLogLoader(log)
                _ = try loader.step(into: target) { false }
            }
            return log
        }
    }

    /// Writes what the stores have changed, compacts the files whether that is worth it or not, and closes them. Throws if
    /// that fails.
    package func commit() throws {
        try database?.commit(ends: [:], inputs: [:], now: 0)
        for log in logs {
            log.commit([position], now: 0)
            if log.isStale { throw StreamsError(.internalFault, "\(log.directory) cannot be written") }
            if let compaction = log.compaction(leastGarbage: 0) {
                while try !compaction.step(until: { false }) {}
                compaction.end()
            }
            log.close()
        }
    }
}
