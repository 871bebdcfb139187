internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Keeps a second broker out of a data directory: a `flock` on the file `.lock`, which ends with the process at the
/// latest, and which two brokers of one process do not share either. The file holds the owner's process id.
final class DirectoryLock: Sendable {
    private let descriptor: Mutex<Int32>

    /// Takes the lock. Throws `BrokerError` with `.locked` if someone has it, naming the process if it is known.
    init(directory: String) throws {
        let path = "\(directory)/.lock"
        let file = retrying { open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600) }
        guard file >= 0 else {
            throw BrokerError(.unwritable, "cannot write to the data directory \(directory): \(describeError(errno))")
        }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            defer { close(file) }
            guard reason == EWOULDBLOCK else {
                throw BrokerError(.storage, "cannot lock the data directory \(directory): \(describeError(reason))")
            }
            let owner =
                Self.owner(in: file).map { $0 == getpid() ? "this process" : "process \($0)" } ?? "another process"
            throw BrokerError(.locked, "the data directory \(directory) is in use by \(owner)")
        }
        descriptor = Mutex(file)
        let text = Array("\(getpid())\n".utf8)
        _ = ftruncate(file, 0)
        _ = text.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 0) }
    }

    /// Whether someone has the lock of the directory; it is not taken.
    static func isHeld(in directory: String) -> Bool {
        let file = retrying { open("\(directory)/.lock", O_RDONLY | O_CLOEXEC) }
        guard file >= 0 else { return false }
        defer { close(file) }
        return flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    /// Gives the directory free. Later calls do nothing.
    func release() {
        descriptor.withLock { file in
            guard file >= 0 else { return }
            _ = ftruncate(file, 0)
            close(file)
            file = -1
        }
    }

    deinit { release() }

    private static func owner(in file: Int32) -> Int32? {
        var buffer = [UInt8](repeating: 0, count: 32)
        let count = buffer.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, 0) }
        guard count > 0 else { return nil }
        return Int32(String(decoding: buffer[..<count].prefix { $0 != 10 }, as: UTF8.self))
    }
}
