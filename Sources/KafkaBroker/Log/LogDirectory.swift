import KafkaProtocol

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The directory of a partition: its files' names and the operations on whole files.
struct LogDirectory: Sendable {
    let path: String
    let faults: LogFaults

    /// What a file of a segment holds, by its suffix.
    enum Kind: String, CaseIterable {
        case log, index, timeindex, txnindex, snapshot
        /// The outcome of a compaction that is not complete.
        case cleaned = "log.cleaned"
        /// The outcome of a compaction that is to replace the segments whose offsets it covers.
        case swap = "log.swap"
    }

    /// The path of the file of `kind` that begins at `offset`.
    func path(_ kind: Kind, _ offset: Int64) -> String { "\(path)/\(Self.name(offset)).\(kind.rawValue)" }

    /// The offset in 20 digits.
    static func name(_ offset: Int64) -> String {
        let digits = String(offset)
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits
    }

    /// Makes the directory, private to the user, if it is not there; returns whether it was not.
    func create() throws -> Bool {
        if mkdir(path, 0o700) == 0 { return true }
        guard errno == EEXIST else { throw PartitionLogError.storage("making the directory \(path)", errno: errno) }
        return false
    }

    /// The offsets of the files by kind; other files are left out.
    func list() throws -> [Kind: [Int64]] {
        var found: [Kind: [Int64]] = [:]
        for name in try names() {
            guard let dot = name.firstIndex(of: "."), name.distance(from: name.startIndex, to: dot) == 20,
                let offset = Int64(name[..<dot]), offset >= 0,
                let kind = Kind(rawValue: String(name[name.index(after: dot)...]))
            else { continue }
            found[kind, default: []].append(offset)
        }
        return found.mapValues { $0.sorted() }
    }

    /// The names of all files in the directory.
    func names() throws -> [String] {
        guard let directory = opendir(path) else { throw PartitionLogError.storage("listing \(path)", errno: errno) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: $0.pointee)) {
                    String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Removes a file; one that is not there is fine.
    func remove(_ file: String) throws {
        if let fault = faults.check(.remove(path: file)) {
            throw PartitionLogError.storage("removing \(file)", errno: fault.errno)
        }
        guard unlink(file) == 0 || errno == ENOENT else {
            throw PartitionLogError.storage("removing \(file)", errno: errno)
        }
    }

    /// Removes all files of the segment that begins at `base`, itself last: an index without a segment is a sign that the
    /// segment was lost.
    func removeSegment(_ base: Int64) throws {
        try removeSidecars(base)
        try remove(path(.snapshot, base))
        try remove(path(.log, base))
    }

    /// Removes the indexes of the segment that begins at `base`.
    func removeSidecars(_ base: Int64) throws {
        for kind in [Kind.index, .timeindex, .txnindex] { try remove(path(kind, base)) }
    }

    /// Removes the directory and the files in it.
    func removeAll() throws {
        for name in try names() { try remove("\(path)/\(name)") }
        guard rmdir(path) == 0 || errno == ENOENT else {
            throw PartitionLogError.storage("removing the directory \(path)", errno: errno)
        }
    }

    /// Gives a file another name, replacing what has it.
    func rename(_ from: String, _ to: String) throws {
        if let fault = faults.check(.rename(from: from, to: to)) {
            throw PartitionLogError.storage("renaming \(from) to \(to)", errno: fault.errno)
        }
        #if canImport(Glibc)
            let result = Glibc.rename(from, to)
        #else
            let result = Darwin.rename(from, to)
        #endif
        guard result == 0 else { throw PartitionLogError.storage("renaming \(from) to \(to)", errno: errno) }
    }

    /// Whether there is such a file.
    func exists(_ file: String) -> Bool { access(file, F_OK) == 0 }

    /// The content of a file, or nil if there is none.
    func read(_ file: String) throws -> Bytes? {
        guard exists(file) else { return nil }
        let file = try LogFile(path: file, readOnly: true)
        return try file.read(file.size(), at: 0)
    }

    /// Writes a whole file; an interrupted write leaves what was there before. With `sync` it waits until the content is on
    /// the disk, and the name unless `directory` is false.
    func replace(_ file: String, with bytes: Bytes, sync: Bool, directory syncsDirectory: Bool = true) throws {
        let temporary = file + ".tmp"
        let target = try LogFile(path: temporary, create: true, truncate: true, faults: faults)
        try bytes.withUnsafeBytes { try target.write($0, at: 0) }
        if sync { try target.sync() }
        try rename(temporary, file)
        if sync, syncsDirectory { try self.sync() }
    }

    /// Waits until names that were added, changed and removed are on the disk.
    func sync() throws {
        if let fault = faults.check(.sync(path: path)) {
            throw PartitionLogError.storage("syncing \(path)", errno: fault.errno)
        }
        let descriptor = retrying { open(path, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw PartitionLogError.storage("opening \(path)", errno: errno) }
        defer { close(descriptor) }
        guard retrying({ fsync(descriptor) }) == 0 else {
            throw PartitionLogError.storage("syncing \(path)", errno: errno)
        }
    }
}
