import KafkaClient
import KafkaProtocol

extension TaskRunner {
    /// Takes over the transactional id, restores the stores and finds where to go on. Returns whether the task is to
    /// begin: not if it is to stop before its stores are complete.
    func open(_ work: TaskWork, _ starts: inout [TopicPartition: Int64]) async throws -> Bool {
        let settings = application.configuration
        if settings.guarantee == .exactlyOnce {
            try await work.producer.initTransactions()
            try work.producer.beginTransaction()
        }
        let committed = try await work.consumer.committed(partitions)
        let isRestored = try await application.restore(
            work.task, committed: committed.mapValues(\.offset), wake: wake,
            isStopping: { self.stopRequest.isStopping })
        guard isRestored else {
            closeTask(of: work)
            settings.observer(.closed(id, work.totals))
            return false
        }
        let fresh = partitions.filter { committed[$0] == nil && starts[$0] == nil }
        if !fresh.isEmpty {
            let found = try await AdminClient(client: application.client).listOffsets(
                Dictionary(
                    uniqueKeysWithValues: fresh.map { ($0, application.startsAtEnd($0.topic) ? .latest : .earliest) }),
                isolation: settings.isolation)
            for (partition, offset) in found { starts[partition] = max(0, offset.offset) }
        }
        for index in work.task.inputs.indices {
            let partition = work.task.inputs[index].topicPartition
            let position = committed[partition]?.offset ?? starts[partition] ?? 0
            work.task.inputs[index].seek(to: position)
            work.task.resume(input: index, from: committed[partition]?.metadata ?? "")
            work.committed[index] = committed[partition]?.offset
            // Nearly always the consumer has read ahead from there already.
            if work.consumer.position(partition) != position { work.consumer.seek(partition, to: position) }
        }
        try work.task.start()
        return true
    }

    /// flush stores -> flush the producer -> offsets; in one transaction with exactly-once.
    func commit(_ work: TaskWork, isLast: Bool = false) async throws {
        let settings = application.configuration
        if work.isDirty {
            try work.task.flush()
            try await resolveTopics(of: work)
            try await work.send(work.collector.batches.takeAll())
            let offsets = work.offsets()
            if settings.guarantee == .exactlyOnce {
                try await work.producer.sendOffsetsToTransaction(offsets, group: member)
                try await work.producer.commitTransaction()
                try work.producer.beginTransaction()
            } else {
                try await work.producer.flush()
                guard work.consumer.groupMetadata == member else {
                    throw KafkaError(.rebalanced, "the group has given the partitions of task \(id) away since")
                }
                try await work.consumer.commit(offsets)
            }
            work.noteCommitted()
            settings.observer(.committed(id, work.totals))
        }
        await purge(work, isLast: isLast)
    }

    /// Ends the task: commits if it may, else drops what is not committed.
    func close(_ work: TaskWork, committing: Bool) async throws {
        if committing {
            try await commit(work, isLast: true)
            try work.task.close()
        } else {
            if application.configuration.guarantee == .exactlyOnce {
                // The next owner of the transactional id may have done so already.
                try? await work.producer.abortTransaction()
            }
            closeTask(of: work)
        }
        application.configuration.observer(.closed(id, work.totals))
    }

    /// Closes a task that has lost its work or failed. What goes wrong now changes nothing any more.
    func closeTask(of work: TaskWork) {
        do {
            try work.task.close()
        } catch {
            application.configuration.observer(.warning("task \(id): \(error)"))
        }
    }

    /// Deletes what is processed and committed of repartition topics, if it is time. A failure costs disk space only.
    private func purge(_ work: TaskWork, isLast: Bool) async {
        let committed = Dictionary(
            uniqueKeysWithValues: work.task.inputs.indices.map { (work.task.inputs[$0].topicPartition, work.committed[$0] ?? 0) })
        guard let offsets = work.purge.due(committed, now: application.client.environment.now(), isLast: isLast) else {
            return
        }
        do {
            // One attempt, as the task's records wait meanwhile; the next purge makes up for it.
            _ = try await AdminClient(client: application.client).deleteRecords(before: offsets, timeout: .zero)
        } catch where work.purge.noteFailure() {
            application.configuration.observer(.warning("task \(id) cannot purge its repartition topics: \(error)"))
        } catch {
            // Told already.
        }
    }
}
