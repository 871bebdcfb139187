import KafkaProtocol
import Synchronization

@testable import Millrace

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file system in memory that counts what changes it, fails where it is told to, and keeps what was "on the disk" at the
/// moment of a crash.
final class MemoryFiles: StateFiles {
    /// What is about to be done.
    enum Operation: Equatable, Sendable {
        case makeDirectory(String)
        case open(String, StateFileAccess)
        case read(String)
        case write(String, count: Int)
        case truncate(String)
        case sync(String)
        case rename(String)
        case remove(String)

        var changes: Bool {
            switch self {
            case .open(_, .reading), .read, .sync: false
            default: true
            }
        }
    }

    /// What goes wrong: the error, and how many bytes a write still gets rid of.
    struct Fault: Sendable {
        var number: Int32
        var written = 0
    }

    /// What is on the disk.
    struct Disk: Sendable {
        var names: [String: Int] = [:]
        var contents: [Int: [UInt8]] = [:]
        var directories: Set<String> = []
        var last = 0

        subscript(path: String) -> [UInt8]? {
            get { names[path].flatMap { contents[$0] } }
            set {
                guard let number = names[path], let newValue else { return }
                contents[number] = newValue
            }
        }
    }

    struct State: Sendable {
        var disk = Disk()
        /// How often the disk was changed.
        var changes = 0
        /// What was there just before the change of that number; of a write, some bytes are there.
        var crash: (at: Int, tornBytes: Int, disk: Disk?)?
        var fault: (@Sendable (Operation) -> Fault?)?
        /// The changes up to this number succeed.
        var failsAfter = 0
        /// The files that somebody has locked.
        var locked: Set<String> = []
    }

    let state: Mutex<State>

    init(_ disk: Disk = Disk()) { state = Mutex(State(disk: disk)) }

    var disk: Disk {
        get { state.withLock { $0.disk } }
        set { state.withLock { $0.disk = newValue } }
    }

    var changes: Int { state.withLock { $0.changes } }

    /// Has operations fail, those that change something only from a number of changes on.
    func fail(after changes: Int = 0, _ fault: (@Sendable (Operation) -> Fault?)?) {
        state.withLock { ($0.fault, $0.failsAfter) = (fault, changes) }
    }

    func crash(at change: Int, tornBytes: Int = 0) {
        state.withLock { $0.crash = (change, tornBytes, nil) }
    }

    var crashed: Disk? { state.withLock { $0.crash?.disk } }

    /// Counts a change and asks whether it fails.
    fileprivate static func begin(_ state: inout State, _ operation: Operation, torn: (inout Disk, Int) -> Void) throws {
        if operation.changes {
            if let crash = state.crash, crash.disk == nil, crash.at == state.changes {
                var disk = state.disk
                torn(&disk, crash.tornBytes)
                state.crash?.disk = disk
            }
            state.changes += 1
        }
        if !operation.changes || state.changes > state.failsAfter, let fault = state.fault?(operation) {
            torn(&state.disk, fault.written)
            throw StateFileError("cannot do \(operation)", fault.number)
        }
    }

    private func change<R: Sendable>(_ operation: Operation, _ body: (inout Disk) throws -> R) throws -> R {
        try state.withLock { state in
            try Self.begin(&state, operation) { _, _ in }
            return try body(&state.disk)
        }
    }

    func makeDirectory(_ path: String) throws {
        try change(.makeDirectory(path)) { disk in _ = disk.directories.insert(path) }
    }

    func names(in directory: String) throws -> [String] {
        let prefix = "\(directory)/"
        return state.withLock { state in
            Set(
                (Array(state.disk.names.keys) + state.disk.directories).filter { $0.hasPrefix(prefix) }
                    .compactMap { $0.dropFirst(prefix.count).split(separator: "/").first.map(String.init) }
            ).shuffled()
        }
    }

    func open(_ path: String, for access: StateFileAccess) throws -> any StateFile {
        let number = try change(.open(path, access)) { disk in
            if let number = disk.names[path] {
                if access == .replacing { disk.contents[number] = [] }
                return number
            }
            guard access != .reading else { throw StateFileError("cannot open \(path)", ENOENT) }
            disk.last += 1
            disk.names[path] = disk.last
            disk.contents[disk.last] = []
            return disk.last
        }
        return MemoryFile(self, path, number)
    }

    func rename(_ path: String, to other: String) throws {
        try change(.rename(path)) { disk in
            guard let number = disk.names.removeValue(forKey: path) else {
                throw StateFileError("cannot rename \(path)", ENOENT)
            }
            disk.names[other] = number
        }
    }

    func remove(_ path: String) throws {
        if disk.directories.contains(path) { throw StateFileError("cannot remove \(path)", EISDIR) }
        try change(.remove(path)) { disk in disk.names[path] = nil }
    }

    func removeDirectory(_ path: String) throws {
        try change(.remove(path)) { disk in _ = disk.directories.remove(path) }
    }

    func syncDirectory(_ path: String) throws { try change(.sync(path)) { _ in } }

    func lock(_ path: String) throws -> (any StateFile)? {
        let file = try open(path, for: .writing)
        return state.withLock { $0.locked.insert(path).inserted } ? file : nil
    }
}

private final class MemoryFile: StateFile {
    private let files: MemoryFiles
    private let path: String
    private let number: Int

    init(_ files: MemoryFiles, _ path: String, _ number: Int) {
        self.files = files
        self.path = path
        self.number = number
    }

    func size() throws -> Int { files.disk.contents[number]?.count ?? 0 }

    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) throws -> Int {
        let content = try files.state.withLock { state in
            try MemoryFiles.begin(&state, .read(path)) { _, _ in }
            return state.disk.contents[number] ?? []
        }
        let count = min(buffer.count, max(0, content.count - position))
        if count > 0 { buffer.copyBytes(from: content[position..<position + count]) }
        return count
    }

    func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws {
        let bytes = Array(bytes)
        try files.state.withLock { state in
            func put(_ disk: inout MemoryFiles.Disk, _ count: Int) {
                let count = min(count, bytes.count)
                let missing = position + count - (disk.contents[number]?.count ?? 0)
                if missing > 0 { disk.contents[number]? += [UInt8](repeating: 0, count: missing) }
                disk.contents[number]?.replaceSubrange(position..<position + count, with: bytes[..<count])
            }
            try MemoryFiles.begin(&state, .write(path, count: bytes.count), torn: put)
            put(&state.disk, bytes.count)
        }
    }

    func truncate(to size: Int) throws {
        try files.state.withLock { state in
            try MemoryFiles.begin(&state, .truncate(path)) { _, _ in }
            let content = state.disk.contents[number] ?? []
            state.disk.contents[number] =
                Array(content.prefix(size)) + [UInt8](repeating: 0, count: max(0, size - content.count))
        }
    }

    func sync() throws {
        try files.state.withLock { state in try MemoryFiles.begin(&state, .sync(path)) { _, _ in } }
    }
}
