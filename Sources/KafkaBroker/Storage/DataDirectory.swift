internal import KafkaProtocol

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The directory of a broker: private to the user, written by one broker at a time.
struct DataDirectory: Sendable {
    let path: String
    private var files: LogDirectory { LogDirectory(path: path, faults: .none) }

    /// Makes the directory and those above it where they are missing, and takes away other users' access.
    init(preparing path: String) throws {
        guard !path.isEmpty else { throw BrokerError(.configuration, "the data directory has no name") }
        self.path = path
        var end = path.startIndex
        while end < path.endIndex {
            end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
            guard mkdir(String(path[..<end]), 0o700) == 0 || errno == EEXIST || errno == EISDIR || end < path.endIndex
            else {
                throw BrokerError(.unwritable, "cannot make the data directory \(path): \(describeError(errno))")
            }
        }
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw BrokerError(.unwritable, "cannot open the data directory \(path): \(describeError(errno))")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw BrokerError(.unwritable, "the data directory \(path) is not a directory")
        }
        guard access(path, R_OK | W_OK | X_OK) == 0 else {
            throw BrokerError(.unwritable, "cannot write to the data directory \(path): \(describeError(errno))")
        }
        if status.st_mode & 0o077 != 0 { _ = chmod(path, 0o700) }
    }

    /// Whether a broker has used the directory at `path`.
    static func isUsed(_ path: String) -> Bool {
        [ClusterIdentity.fileName, TopicCatalogue.fileName].contains { access("\(path)/\($0)", F_OK) == 0 }
    }

    /// The path without links and relative parts; as it was given if the system does not tell.
    var absolutePath: String { Self.resolve(path) ?? path }

    /// Whether `other` leads to this directory.
    func isSame(as other: String) -> Bool { Self.resolve(other) == absolutePath }

    private static func resolve(_ path: String) -> String? {
        guard !path.utf8.contains(0), let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// A directory that is only read, whatever it is.
    init(reading path: String) { self.path = path }

    /// The content of a file of the directory, nil if there is none.
    func read(_ name: String) throws -> String? {
        do {
            return try files.read("\(path)/\(name)")?.string
        } catch {
            throw BrokerError(.storage, "cannot read \(path)/\(name)", underlying: error)
        }
    }

    /// Replaces a file such that a crash leaves either the old or the new content.
    func replace(_ name: String, with text: String) throws {
        do {
            try files.replace("\(path)/\(name)", with: Bytes(utf8: text), sync: true)
        } catch {
            throw BrokerError(.storage, "cannot write \(path)/\(name)", underlying: error)
        }
    }

    /// Waits until the names in the directory are on the disk.
    func sync() throws { try files.sync() }

    /// The directory of a partition.
    func directory(of partition: TopicPartition) -> String { "\(path)/\(partition)" }

    /// Removes a partition's directory with the files in it, if it is there.
    func removeDirectory(of partition: TopicPartition) throws {
        let directory = LogDirectory(path: directory(of: partition), faults: .none)
        guard access(directory.path, F_OK) == 0 else { return }
        do {
            for name in try directory.names() { try directory.remove("\(directory.path)/\(name)") }
        } catch {
            throw BrokerError(.storage, "cannot remove \(directory.path)", underlying: error)
        }
        guard rmdir(directory.path) == 0 || errno == ENOENT else {
            throw BrokerError(.storage, "cannot remove \(directory.path): \(describeError(errno))")
        }
    }

    /// Bytes of the file system, in all and free; -1 where unknown.
    var space: (total: Int64, usable: Int64) {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return (-1, -1) }
        let unit = UInt64(status.f_frsize)
        return (
            Int64(clamping: UInt64(status.f_blocks).multipliedReportingOverflow(by: unit).partialValue),
            Int64(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: unit).partialValue)
        )
    }
}
