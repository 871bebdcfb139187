import KafkaProtocol
import Synchronization

/// The directory of an application's local state: one for each of its tasks, whatever keeps it there, and one for its global
/// stores. Locked against other processes while it is open.
final class StateDirectory: Sendable {
    /// `<state directory>/<application id>`.
    let path: String
    let files: any StateFiles
    private let state: Mutex<State>

    private struct State {
        var lock: (any StateFile)?
        /// How many use the directory of a task.
        var users: [TaskID: Int] = [:]
        /// Since when nobody does.
        var unusedSince: [TaskID: Int64] = [:]
    }

    /// Where the state of an application lies.
    static func path(of applicationID: String, in root: String) -> String {
        "\(root)/\(pathComponent(applicationID))"
    }

    /// Makes the directory if need be, and locks it. If another process has it, the next one of so many `places` is taken:
    /// `<application id>~2` and so on. Throws `StreamsError` if others have them all, and `StateFileError`.
    init(of applicationID: String, in root: String, places: Int = 1, _ files: any StateFiles) throws {
        self.files = files
        for place in 1...max(1, places) {
            let path = Self.path(of: place == 1 ? applicationID : "\(applicationID)~\(place)", in: root)
            try files.makeDirectory(path)
            guard let lock = try files.lock("\(path)/\(Self.lockName)") else { continue }
            self.path = path
            state = Mutex(State(lock: lock))
            return
        }
        throw Self.inUse(Self.path(of: applicationID, in: root))
    }

    static let lockName = ".lock"

    private static func inUse(_ path: String) -> StreamsError {
        StreamsError(
            .configuration,
            "another process uses the local state in \(path): end it, or give this one a state directory of its own")
    }

    /// Lets other processes have it.
    func close() { state.withLock { $0.lock = nil } }

    /// A name as a part of a path: what is not a letter, a digit, `-`, `_`, `~` or `.` is written as in URLs, and so is a dot
    /// in front.
    static func pathComponent(_ name: String) -> String {
        var path = ""
        for (place, byte) in name.utf8.enumerated() {
            let isPlain =
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                    UInt8(ascii: "~"):
                    true
                case UInt8(ascii: "."): place > 0
                default: false
                }
            let hex = String(byte, radix: 16)
            path += isPlain ? String(UnicodeScalar(byte)) : "%" + (hex.utf8.count < 2 ? "0" : "") + hex
        }
        return path
    }

    // MARK: - Tasks

    /// The directory of a task.
    func directory(of task: TaskID) -> String { "\(path)/\(task)" }

    /// The directory of a task's database: no store has a directory of that name.
    func database(of task: TaskID) -> String { "\(directory(of: task))/\(Self.databaseName)" }
    static let databaseName = ".rocksdb"

    /// The directory of the global stores.
    var globalDirectory: String { "\(path)/\(Self.globalName)" }
    static let globalName = "global"

    /// The tasks that have directories.
    static func tasks(in path: String, _ files: any StateFiles) throws -> [TaskID] {
        try files.names(in: path).compactMap { TaskID(text: $0) }.sorted()
    }

    /// The directory of a task is used from now on.
    func use(_ task: TaskID) {
        state.withLock { state in
            state.users[task, default: 0] += 1
            state.unusedSince[task] = nil
        }
    }

    /// It is used no more by whom it was.
    func release(_ task: TaskID, now: Int64) {
        state.withLock { state in
            state.users[task, default: 1] -= 1
            if state.users[task] == 0 {
                state.users[task] = nil
                state.unusedSince[task] = now
            }
        }
    }

    /// Removes the directories of tasks that nobody has used for `delay` milliseconds, as far as has been seen, and returns which.
    /// Throws `StateFileError`.
    func removeUnused(for delay: Int64, now: Int64) throws -> [TaskID] {
        // With the lock, so that a task that comes back finds its directory whole or not at all.
        try state.withLock { state in
            guard state.lock != nil else { return [] }
            var removed: [TaskID] = []
            for task in try Self.tasks(in: path, files) where state.users[task] == nil {
                guard let since = state.unusedSince[task] else {
                    state.unusedSince[task] = now
                    continue
                }
                guard now.saturatingSubtract(since) >= delay else { continue }
                try files.removeTree(directory(of: task))
                state.unusedSince[task] = nil
                removed.append(task)
            }
            return removed
        }
    }
}

extension TaskID {
    /// Reads what `description` gives; nil if it is something else.
    init?(text: String) {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 2, let group = Int(parts[0]), let partition = Int32(parts[1]), group >= 0, partition >= 0,
            "\(group)_\(partition)" == text
        else { return nil }
        self.init(subTopology: group, partition: partition)
    }
}
