import KafkaClient
import KafkaProtocol

extension TaskRunner {
    /// Waits for the instance's transactional id, restores the stores and finds where to go on. Returns whether the task is to
    /// begin: not if it is to stop before its stores are complete.
    func open(_ work: inout TaskWork, _ starts: inout [TopicPartition: Int64]) async throws -> Bool {
        let settings = application.configuration
        if settings.guarantee == .exactlyOnce { try await application.transactions.open() }
        let committed = try await work.consumer.committed(partitions)
        try await checkState(work, committed)
        guard
            let restored = try await application.restore(
                &work, committed: committed.mapValues(\.offset), wake: wake, isStopping: { self.stopRequest != nil })
        else {
            await application.close(work.core)
            settings.observer(.closed(id, work.totals))
            return false
        }
        if committed.isEmpty { try found(restored.keys.sorted().map { .changelogWithoutOffsets(of: $0) }) }
        let fresh = partitions.filter { committed[$0] == nil && starts[$0] == nil }
        if !fresh.isEmpty {
            let found = try await AdminClient(client: application.client).listOffsets(
                Dictionary(
                    uniqueKeysWithValues: fresh.map { ($0, application.startsAtEnd($0.topic) ? .latest : .earliest) }),
                isolation: settings.isolation)
            for (partition, offset) in found { starts[partition] = max(0, offset.offset) }
        }
        let retained = try await work.turn { [starts] core in
            core.resume(at: committed, starts: starts)
            try core.task.start()
            return core.task.retained
        }
        // What was there at the start can be trimmed once it is forgotten.
        _ = trims(of: &work, retained)
        noteProgress(work)
        return true
    }

    /// Tells the group, when it shares out tasks next, how far this instance has the task's state.
    private func noteProgress(_ work: TaskWork) {
        let offsets = work.core.committedOffsets
        let ofSources = work.core.task.storeNames.compactMap { store in
            application.blueprint.sourceChangelog(of: store).flatMap { offsets[TopicPartition($0, id.partition)] }
        }
        let all = Array(work.ends.values) + ofSources
        if !all.isEmpty { application.board.note(id, progress: all.reduce(0) { $0.saturatingAdd($1) }) }
    }

    /// Hands what a turn has brought to the producer, which may make it wait, or keeps it for the next transaction. Topics that
    /// records have chosen for the first time are found out about before.
    func send(_ report: TaskCore.Report, _ work: inout TaskWork, all: Bool = false) async throws {
        var report = report
        for (topic, bytes) in report.takenBytes { work.purge.noteTaken(bytes: bytes, from: topic) }
        while let (topic, step) = report.unresolved.first {
            let count = try await application.partitionCount(of: topic, chosenBy: step)
            report = try await work.turn { try $0.resolve(topic, partitions: count, sendsAll: all) }
        }
        application.backPressure?.noteWritten(report.batches)
        if let producer = work.producer {
            try await producer.enqueue(report.batches)
        } else {
            try work.hold(report.batches)
        }
    }

    /// flush stores -> flush the producer -> offsets; in one transaction with exactly-once. Returns whether that is done: not if
    /// the group is about to go on to its next generation, and the task can go on until the offsets are taken, nor while something
    /// that has failed is to be tried again, nor if stores have sent records into asynchronous steps (`TaskWork.isDraining`).
    @discardableResult
    func commit(_ work: inout TaskWork, _ restarts: inout TaskRestarts, isLast: Bool = false) async throws -> Bool {
        let settings = application.configuration
        let began = application.client.environment.now()
        let report = try await work.turn { try $0.flush() }
        try await send(report, &work, all: true)
        if report.retry != nil { return false }
        work.isDraining = report.calls.inFlight > 0
        if work.isDraining { return false }
        if let producer = work.producer {
            try await producer.flush()
            noteEnds(&work) { producer.endOffset(of: $0) }
            guard try await commitOffsets(work, isLast: isLast) else { return false }
        } else {
            let ends = try await application.transactions.commit(transactionalCommit(&work))
            noteEnds(&work) { ends[$0] }
        }
        let trims = trims(of: &work, report.retained)
        work.totals = try await work.turn { $0.noteCommitted() }
        for (changelog, offset) in trims { work.purge.noteForgotten(before: offset, of: changelog) }
        restarts.committed()
        let now = application.client.environment.now()
        work.core.meter.noteCommit(took: now.saturatingSubtract(began), at: now)
        noteProgress(work)
        settings.observer(.committed(id, work.totals))
        try await keepRows(work, isLast: isLast)
        await purge(&work, isLast: isLast)
        return true
    }

    /// What has been written since the last commit, and the positions that go with it.
    private func transactionalCommit(_ work: inout TaskWork) -> TaskCommit {
        let changelogs = changelogs(of: work)
        let before = work.ends
        let positions = work.core.task.positions
        return TaskCommit(
            task: id, batches: work.takeHeld(),
            member: { [tenure, consumer = work.consumer] in try consumer.groupMetadata(inTenure: tenure) },
            offsets: { written in
                let ends = changelogs.reduce(into: before) { if let end = written[$1.partition] { $0[$1.store] = end } }
                return positions.offsets(ends: ends)
            })
    }

    /// Commits the positions by themselves. Returns whether they are taken: those of a last commit are offered until they are.
    private func commitOffsets(_ work: TaskWork, isLast: Bool) async throws -> Bool {
        let offsets = work.core.task.positions.offsets(ends: work.ends)
        let patience = GroupPatience(
            client: application.client, milliseconds: isLast ? application.configuration.maxPollInterval.milliseconds : 0, waiter: waiter)
        do {
            try await patience.retrying("commit task \(id)") {
                try await work.consumer.commit(offsets, as: work.consumer.groupMetadata(inTenure: tenure))
            }
            return true
        } catch let error as KafkaError where error.isOfEarlierGeneration && !isLast {
            return false
        }
    }

    /// Takes note of how far the changelogs are written.
    private func noteEnds(_ work: inout TaskWork, _ end: (TopicPartition) -> Int64?) {
        for (store, changelog) in changelogs(of: work) {
            if let end = end(changelog) { work.ends[store] = end }
        }
    }

    /// Commits what has been processed, and waits until something changes.
    func pause(_ work: inout TaskWork, _ restarts: inout TaskRestarts) async throws {
        if work.core.isDirty, try await !commitAll(&work, &restarts) {
            await wake.wait(milliseconds: 50, sleep: application.client.environment.sleep)
        } else {
            await wake.wait()
        }
    }

    /// Ends the task with a last commit. Its stores are left to the standby that may begin.
    func end(_ work: inout TaskWork, _ restarts: inout TaskRestarts) async throws {
        if work.core.isDirty {
            guard try await commitAll(&work, &restarts, isLast: true) else {
                let reason =
                    work.isDraining ? "calls of asynchronous steps have not come back" : "something that has failed was to be tried again"
                application.warn("ends without a last commit: \(reason)", about: id)
                return await giveUp(work)
            }
        } else {
            try await keepRows(work, isLast: true)
            await purge(&work, isLast: true)
        }
        await application.close(work.core)
        await leaveCalls(work)
        if !application.isStopping { leave(LeftStores(work, application)) }
        application.configuration.observer(.closed(id, work.totals))
    }

    /// Before which offsets the changelogs of stores have only what these have forgotten, where that is new.
    private func trims(of work: inout TaskWork, _ retained: [String: RetainedTimes]) -> [TopicPartition: Int64] {
        guard !retained.isEmpty else { return [:] }
        var trims: [TopicPartition: Int64] = [:]
        for (store, changelog) in changelogs(of: work) {
            guard let times = retained[store], let end = work.ends[store] else { continue }
            trims[changelog] = work.trims[store, default: ChangelogTrim()].note(end: end, times)
        }
        return trims
    }

    /// Deletes what the task is done with, if it is time. A failure costs disk space only.
    private func purge(_ work: inout TaskWork, isLast: Bool) async {
        let now = application.client.environment.now()
        guard let offsets = work.purge.due(work.core.committedOffsets, now: now, isLast: isLast) else { return }
        // Topic by topic, as one that does not allow it must not keep the others.
        for (topic, offsets) in Dictionary(grouping: offsets, by: \.key.topic) {
            do {
                // One attempt, as the task's records wait meanwhile; the next purge makes up for it.
                _ = try await AdminClient(client: application.client).deleteRecords(
                    before: Dictionary(uniqueKeysWithValues: offsets.map { ($0.key, $0.value) }), timeout: .zero)
            } catch let error where work.purge.noteFailure(of: topic) {
                application.warn("cannot delete what it is done with from \(topic), which grows: \(error)", about: id)
            } catch {
                // Told already.
            }
        }
    }
}
