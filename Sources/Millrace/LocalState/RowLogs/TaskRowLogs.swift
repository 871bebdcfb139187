import KafkaProtocol
import Synchronization

/// The row logs of a task's stores, for one life of the task. Used by the task's turns.
final class TaskRowLogs: Sendable {
    let task: TaskID
    /// By store.
    let logs: [String: RowLog]
    private let positions = Mutex(StorePositions())

    /// Logs in the directory of a task, for those of its stores that have buffers.
    init(_ task: StreamTask, _ local: LocalState) {
        self.task = task.id
        let directory = local.directory.directory(of: task.id)
        var logs: [String: RowLog] = [:]
        for (store, buffer, identity) in task.rowBuffers {
            logs[store] = RowLog(
                "\(directory)/\(StateDirectory.pathComponent(store))", identity: identity, buffer: buffer,
                files: local.directory.files, trouble: local.trouble)
        }
        self.logs = logs
    }

    /// Opens the logs. Returns what is to be told. Throws `StreamsError` if a later version has written them.
    func open() throws -> [String] {
        var words: [String] = []
        for (store, log) in logs.sorted(by: { $0.key < $1.key }) {
            words += try log.openTelling(store: store)
        }
        return words
    }

    /// How many bytes of a restore make a chunk: one that is cut off goes on from there.
    static let restoredBytes = 16 << 20

    /// A store is restored up to there, and more is to come.
    func restoring(_ store: String, _ position: RowPosition, now: Int64) {
        if let log = logs[store], log.openBytes >= Self.restoredBytes { log.commit([position], now: now) }
    }

    /// A store is restored up to there.
    func restored(_ store: String, _ position: RowPosition, now: Int64) {
        positions.withLock { $0[store] = position }
        logs[store]?.commit([position], now: now)
    }

    /// What the stores have changed is committed. `ends` says how far changelogs have been written, by store, and `inputs` how
    /// far the inputs have been processed. `isLast`: the task ends.
    func commit(ends: [String: Int64], inputs: [TopicPartition: RowProgress], now: Int64, isLast: Bool) {
        for (store, log) in logs {
            let position = positions.withLock { $0.advance(store, ends: ends, inputs: inputs) }
            if let position { log.commit([position], now: now, isRenewed: isLast) }
        }
    }

    /// The compactions that it is time for.
    func compactions() -> [RowLogCompaction] { logs.values.compactMap { $0.compaction() } }

    /// Whether the task should start anew, which closes gaps in its logs: some have fallen behind, and there is room again.
    func shouldStartAnew(_ local: LocalState) -> Bool {
        logs.values.contains(where: \.hasFallenBehind) && local.hasRoom(for: RowLog.mostPending)
    }

    /// The life is over.
    func close() { for log in logs.values { log.close() } }
}

extension RowLog {
    /// Opens the log of a store. Returns what is to be told. Throws `StreamsError` if a later version has written it.
    func openTelling(store: String) throws -> [String] {
        do {
            return try open().damage.filter { !$0.isTornEnd }.map {
                "local state of \(store) is damaged in \($0.name) at \($0.position): \($0.reason); the \($0.bytes) bytes from "
                    + "there on are dropped, and read from the topic again"
            }
        } catch let error as NewerStateVersion {
            throw StreamsError(
                .restore,
                "the local state in \(directory) was written by a later version of this program: run that one, or remove the "
                    + "directory", underlying: error)
        }
    }
}

/// How far an input is processed.
struct RowProgress: Sendable {
    let offset: Int64
    let time: Int64
}
