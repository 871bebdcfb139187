internal import KafkaProtocol
internal import Synchronization

/// What maintenance has to do next.
struct MaintenanceState: Sendable {
    /// All logs: retention, compaction, closed segments.
    var isDue = false
    /// Logs with a limit of time to be on the disk.
    var isFlushDue = false
    /// Whether a timer for the latter is set.
    var isFlushScheduled = false
}

extension Broker {
    /// Looks after all logs once every `maintenanceInterval`.
    func scheduleMaintenance() {
        guard !isClosed else { return }
        timers.schedule(at: clock.deadline(after: configuration.maintenanceInterval)) { [weak self] in
            guard let self else { return }
            maintenance.withLock { $0.isDue = true }
            maintenanceIsDue.fire()
            scheduleMaintenance()
        }
    }

    /// Forgets offsets, groups and transactional ids that nobody uses, once every `expiryInterval`.
    func scheduleExpiry() {
        guard !isClosed else { return }
        timers.schedule(at: clock.deadline(after: configuration.expiryInterval)) { [weak self] in
            guard let self, !isClosed else { return }
            groups.expireOffsets()
            transactions.expireIDs()
            scheduleExpiry()
        }
    }

    /// Sees to it that records which were just appended are on the disk in time (`flush.ms`). While nothing is
    /// appended, nothing is scheduled.
    func scheduleFlush(within milliseconds: Int64) {
        let isNew = maintenance.withLock { state in
            defer { state.isFlushScheduled = true }
            return !state.isFlushScheduled
        }
        guard isNew, !isClosed else { return }
        timers.schedule(at: clock.deadline(after: milliseconds)) { [weak self] in
            guard let self else { return }
            maintenance.withLock { state in
                state.isFlushDue = true
                state.isFlushScheduled = false
            }
            maintenanceIsDue.fire()
        }
    }

    /// Does maintenance whenever it is due, until the broker is closed or the task is cancelled.
    func maintainWhenDue() async {
        while !isClosed, !Task.isCancelled {
            await maintenanceIsDue.wait()
            let due = maintenance.withLock { state in
                defer { (state.isDue, state.isFlushDue) = (false, false) }
                return state
            }
            if due.isDue {
                await maintain(topics.logs)
            } else if due.isFlushDue {
                await maintain(topics.all.filter { $0.flushMs != nil }.flatMap(\.logs))
            }
            scheduleNextFlush()
        }
    }

    private func maintain(_ logs: [PartitionLog]) async {
        for log in logs {
            guard !isClosed, !Task.isCancelled else { return }
            do {
                try log.maintain(now: clock.wall())
            } catch {
                report("maintenance failed and is tried again: \(error)", about: "\(log.topicPartition)")
            }
            await Task.yield()
        }
    }

    /// Logs that were not due yet are looked at again when they are.
    private func scheduleNextFlush() {
        let now = clock.wall()
        var wait: Int64?
        for topic in topics.all {
            guard let flushMs = topic.flushMs else { continue }
            for log in topic.logs {
                guard let since = log.state.withLock({ $0.unsyncedSince }) else { continue }
                wait = min(wait ?? .max, max(1, since.saturatingAdd(flushMs).saturatingSubtract(now)))
            }
        }
        if let wait { scheduleFlush(within: wait) }
    }
}
