import KafkaClient
import KafkaProtocol
import Synchronization

/// The local state of a running application: its directory, which is cleaned up, and what goes on in the background.
final class LocalState: Sendable {
    let directory: StateDirectory
    let trouble: StateTrouble
    /// What the databases of tasks share; nil if no store is kept on disk.
    let engine: RowEngine?
    private let cleanupDelay: Int64
    private let environment: ClientEnvironment
    private let background = Mutex(Background())
    private let wake = WakeSignal()

    /// Whether there was anything in the directory when it was opened.
    let hadRows: Bool
    /// How long deletions stay in topics (`StateVerdict.Source`), as far as that was asked.
    let deletionsStay = Mutex<[String: Int64]>([:])

    private struct Background {
        var compactions: [RowLogCompaction] = []
        /// Directories whose rows could not be put back.
        var unusable: Set<String> = []
    }

    init(
        _ directory: StateDirectory, trouble: StateTrouble, cleanupDelay: Int64, _ environment: ClientEnvironment,
        engine: RowEngine? = nil
    ) {
        self.engine = engine
        self.directory = directory
        self.trouble = trouble
        self.cleanupDelay = cleanupDelay
        self.environment = environment
        hadRows = (try? directory.files.names(in: directory.path).contains { !$0.hasPrefix(".") }) ?? true
    }

    /// Has files compacted, one after the other.
    func add(_ compactions: [RowLogCompaction]) {
        guard !compactions.isEmpty else { return }
        background.withLock { $0.compactions += compactions }
        wake.set()
    }

    /// Rows in that directory cannot be put back: they are not tried again.
    func setUnusable(_ directory: String) { background.withLock { _ = $0.unusable.insert(directory) } }

    func isUnusable(_ directory: String) -> Bool { background.withLock { $0.unusable.contains(directory) } }

    /// Whether so many bytes can be written, after it was otherwise. Tried at growing intervals.
    func hasRoom(for bytes: Int) -> Bool {
        guard trouble.mayTry() else { return false }
        let path = "\(directory.path)/.room"
        do {
            let content = [UInt8](repeating: 1, count: bytes)
            let file = try directory.files.open(path, for: .replacing)
            defer { try? directory.files.remove(path) }
            try content.withUnsafeBytes { try file.write($0, at: 0) }
        } catch {
            trouble.failed(error)
            return false
        }
        trouble.works()
        return true
    }

    /// How long a piece of a compaction takes, in milliseconds.
    private static let slice: Int64 = 10

    /// Compacts files until cancelled.
    func compact(_ workers: WorkerPool) async {
        while !Task.isCancelled {
            guard let next = background.withLock({ $0.compactions.isEmpty ? nil : $0.compactions.removeFirst() }) else {
                await wake.wait()
                continue
            }
            do {
                var isDone = false
                while !isDone {
                    let now = environment.now
                    isDone = try await workers.run {
                        let end = now().saturatingAdd(Self.slice)
                        return try next.step { now() >= end }
                    }
                }
                next.end()
            } catch {
                next.abandon()
                if !(error is CancellationError) { trouble.failed(error) }
            }
        }
    }

    /// Removes what tasks that have moved away have left, of which it tells, and keeps how far the others are, until cancelled.
    func cleanUp(
        _ workers: WorkerPool, progress: @escaping @Sendable () -> [TaskID: Int64], _ removed: (TaskID) -> Void
    ) async {
        while !Task.isCancelled {
            do {
                let (directory, delay, now) = (directory, cleanupDelay, environment.now())
                for task in try await workers.run({ try directory.removeUnused(for: delay, now: now) }) { removed(task) }
                try await workers.run { try directory.keep(progress()) }
            } catch {
                if !(error is CancellationError) { trouble.failed(error) }
            }
            try? await environment.sleep(max(1000, min(cleanupDelay / 2, 60_000)))
        }
    }
}

/// The task is to start anew, as local state that had no room for long can be written again.
struct LocalStateHasRoom: Error {}

/// Rows on the disk that could not be put back: the task is to begin again, without them.
struct UnusableLocalState: Error {
    let store: String
    let underlying: any Error
}
