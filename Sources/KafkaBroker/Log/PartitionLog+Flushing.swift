import KafkaProtocol
import Synchronization

extension PartitionLog {
    /// Waits until everything appended so far is on the disk. Appends and reads go on meanwhile.
    ///
    /// Throws `kafkaStorageError`.
    func flush() throws {
        let pending = state.withLock { state in
            state.unsyncedRecords = 0
            state.unsyncedSince = nil
            return state.unsyncedFiles
        }
        try sync(pending)
    }

    /// Waits until the closed segments are on the disk.
    func flushClosedSegments() throws {
        try sync(state.withLock { $0.unsyncedFiles.filter(\.isClosed) })
    }

    /// A segment's file, up to where it was when it was to be synced.
    fileprivate struct UnsyncedFile {
        var base: Int64
        var file: LogFile
        var size: Int
        var isClosed: Bool
    }

    /// Does what is due: syncs closed segments and, by `flush.ms`, the active one, deletes what is past its retention,
    /// compacts if there is enough to gain, and forgets idle producers. Meant to be called every few minutes, and more
    /// often where `flush.ms` says so; nothing happens between calls.
    func maintain(now: Int64) throws {
        let (configuration, isDue) = state.withLock { state in
            state.producers.expire(before: now.saturatingSubtract(state.configuration.producerIdExpirationMs))
            let age = now.saturatingSubtract(state.unsyncedSince ?? now)
            return (state.configuration, age >= state.configuration.flushMs)
        }
        if isDue { try flush() } else { try flushClosedSegments() }
        try applyRetention(now: now)
        if configuration.cleanupPolicy.contains(.compact) { try compact(now: now) }
    }

    private func sync(_ pending: [UnsyncedFile]) throws {
        guard !pending.isEmpty else { return }
        for segment in pending {
            try segment.file.sync()
            guard segment.isClosed else { continue }
            // Recovery trusts the indexes of segments that are on the disk.
            try syncSidecars(segment.base)
        }
        let hasNewFiles = state.withLock { state in
            defer { state.hasNewFiles = false }
            return state.hasNewFiles
        }
        do {
            if hasNewFiles || pending.contains(where: \.isClosed) { try directory.sync() }
        } catch {
            state.withLock { $0.hasNewFiles = true }
            throw error
        }
        let advanced = state.withLock { state in
            for segment in pending {
                // What was appended meanwhile is not on the disk.
                guard
                    let place = state.segments.firstIndex(where: { $0.base == segment.base && $0.file === segment.file }
                    ),
                    state.segments[place].size == segment.size
                else { continue }
                state.segments[place].isSynced = true
            }
            return state.advanceRecoveryPoint()
        }
        if advanced { try saveCheckpoint(sync: true) }
    }

    /// Waits until the index files of a closed segment are on the disk.
    private func syncSidecars(_ base: Int64) throws {
        for kind in [LogDirectory.Kind.index, .timeindex, .txnindex] {
            // One that is gone belongs to a segment that was deleted meanwhile.
            let path = directory.path(kind, base)
            guard directory.exists(path) else { continue }
            do { try LogFile(path: path, faults: directory.faults).sync() } catch _ where !directory.exists(path) {}
        }
    }

    /// Writes the checkpoint file. With `sync` it waits until its content is on the disk, and its name unless `directory`
    /// is false: then it may be the one before it that is there after the end of the machine.
    func saveCheckpoint(sync: Bool, directory syncsDirectory: Bool = true) throws {
        // The lock keeps an older state from replacing a newer one; the file is tiny.
        try checkpointFile.withLock { _ in
            let bytes = state.withLock { $0.checkpoint.file }
            try directory.replace(
                "\(directory.path)/\(LogCheckpoint.fileName)", with: bytes, sync: sync, directory: syncsDirectory)
        }
    }

    /// Syncs and saves everything and lets go of the files; the log cannot be used any more. The next opening then has
    /// nothing to check. Throws `kafkaStorageError` if that fails; the next opening then checks.
    ///
    /// Brokers have thousands of logs, so it waits for the disk as rarely as it can: for the records, and for the
    /// checkpoint, which has the checksum of all else. If that is lost with the machine, the next opening finds it wrong
    /// and looks at the last segment.
    func close() throws {
        try maintenance.withLock { _ in
            guard !state.withLock({ $0.isClosed }) else { return }
            defer { shut() }
            // What was found closed and was only read is closed already, on the disk; what was never written to is as good as.
            if state.withLock({ $0.closeIfUnchanged() }) { return }
            try state.withLock { state in
                for place in state.segments.indices where !state.segments[place].isSynced {
                    try state.segments[place].file.sync()
                    // Recovery trusts the indexes of closed segments.
                    if place < state.segments.count - 1 { try syncSidecars(state.segments[place].base) }
                }
                guard !state.needsTruncation else {
                    throw PartitionLogError(.kafkaStorageError, "\(topicPartition): the log ends with a failed write")
                }
                try saveSidecars(state, segment: state.segments.count - 1, sync: false)
                let snapshot = state.producers.snapshot
                try directory.replace(directory.path(.snapshot, state.endOffset), with: snapshot, sync: false)
                if state.hasNewFiles { try directory.sync() }
                state.checkpoint.recoveryPoint = state.active.base
                state.checkpoint.cleanEnd = LogCheckpoint.CleanEnd(
                    endOffset: state.endOffset, activeBase: state.active.base, activeSize: state.active.size,
                    sidecars: try directory.sidecarsChecksum(state.active.base, end: state.endOffset))
                // No append may come between this and the end.
                state.isClosed = true
            }
            try saveCheckpoint(sync: true, directory: false)
        }
    }

    /// Deletes the log with its directory; it cannot be used any more. Readers under way can finish.
    ///
    /// The directory is first given a name that ends in `-delete`, so that a crash leaves no half of a log;
    /// `removeDeleted(in:)` clears away such remains.
    func delete() throws {
        try maintenance.withLock { _ in
            shut()
            let doomed = "\(directory.path).\(String(UInt64.random(in: 0 ... .max), radix: 16))-delete"
            try directory.rename(directory.path, doomed)
            try LogDirectory(path: doomed, faults: directory.faults).removeAll()
        }
    }

    /// Removes what deleted logs have left in the directory `root`.
    static func removeDeleted(in root: String) throws {
        for name in try LogDirectory(path: root, faults: .none).names() where name.hasSuffix("-delete") {
            try LogDirectory(path: "\(root)/\(name)", faults: .none).removeAll()
        }
    }

    private func shut() {
        let waiters = state.withLock { state in
            state.isClosed = true
            return state.takeAllWaiters()
        }
        for notify in waiters { notify() }
    }
}

extension PartitionLog.State {
    fileprivate var unsyncedFiles: [PartitionLog.UnsyncedFile] {
        segments.indices.filter { !segments[$0].isSynced }.map { place in
            PartitionLog.UnsyncedFile(
                base: segments[place].base, file: segments[place].file, size: segments[place].size,
                isClosed: place < segments.count - 1)
        }
    }

    /// Moves the recovery point over the closed segments that are on the disk; returns whether it moved.
    mutating func advanceRecoveryPoint() -> Bool {
        let synced = segments.dropLast().prefix { $0.isSynced }.count
        let point = segments[synced].base
        guard point > checkpoint.recoveryPoint else { return false }
        checkpoint.recoveryPoint = point
        return true
    }
}

extension PartitionLog.State {
    /// Marks the log as closed if it is empty, or its checkpoint on the disk says what one written now would say.
    mutating func closeIfUnchanged() -> Bool {
        if segments.count == 1, active.size == 0, producers.producers.isEmpty, !needsTruncation {
            isClosed = true
            return true
        }
        guard let cleanCheckpoint, !needsTruncation else { return false }
        var now = checkpoint
        now.recoveryPoint = active.base
        now.cleanEnd = LogCheckpoint.CleanEnd(
            endOffset: endOffset, activeBase: active.base, activeSize: active.size,
            sidecars: cleanCheckpoint.cleanEnd?.sidecars)
        guard now == cleanCheckpoint else { return false }
        isClosed = true
        return true
    }
}
