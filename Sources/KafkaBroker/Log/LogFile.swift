import KafkaProtocol

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// An open file of a log. Reads and writes name their position, so that one descriptor serves readers and the writer
/// at once; it is closed with the last reference, so that a reader can finish with a file that was deleted meanwhile.
final class LogFile: Sendable {
    /// Where it was opened; for messages.
    let path: String
    private let descriptor: Int32
    private let faults: LogFaults

    /// Opens the file for reading and, unless it is `readOnly`, writing, private to the user.
    ///
    /// `create` makes it if it is not there, `truncate` empties it.
    init(
        path: String, create: Bool = false, truncate: Bool = false, readOnly: Bool = false, faults: LogFaults = .none
    ) throws {
        if create, let fault = faults.check(.create(path: path)) {
            throw PartitionLogError.storage("creating \(path)", errno: fault.errno)
        }
        let flags = (readOnly ? O_RDONLY : O_RDWR) | O_CLOEXEC | (create ? O_CREAT : 0) | (truncate ? O_TRUNC : 0)
        let descriptor = retrying { open(path, flags, 0o600) }
        guard descriptor >= 0 else { throw PartitionLogError.storage("opening \(path)", errno: errno) }
        self.path = path
        self.descriptor = descriptor
        self.faults = faults
    }

    deinit { close(descriptor) }

    /// The file's size in bytes.
    func size() throws -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw PartitionLogError.storage("sizing \(path)", errno: errno) }
        return Int(status.st_size)
    }

    /// When the file was last changed, in milliseconds since 1970.
    func modificationTime() throws -> Int64 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw PartitionLogError.storage("sizing \(path)", errno: errno) }
        #if canImport(Darwin)
            let time = status.st_mtimespec
        #else
            let time = status.st_mtim
        #endif
        return Int64(time.tv_sec).saturatingMultiply(1000).saturatingAdd(Int64(time.tv_nsec) / 1_000_000)
    }

    /// Fills `buffer` from `position`; returns how many bytes there were (fewer only at the end of the file).
    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) throws -> Int {
        var done = 0
        while done < buffer.count {
            let count = retrying {
                pread(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(position + done))
            }
            if count == 0 { break }
            guard count > 0 else { throw PartitionLogError.storage("reading \(path) at \(position)", errno: errno) }
            done += count
        }
        return done
    }

    /// At most `count` bytes from `position`; fewer only at the end of the file.
    func read(_ count: Int, at position: Int) throws -> Bytes {
        try Bytes(capacity: count) { try read(into: $0, at: position) }
    }

    /// Writes the bytes at `position`.
    func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws {
        try withUnsafeTemporaryAllocation(of: iovec.self, capacity: 1) { vectors in
            vectors[0] = iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
            try write(vectors, count: bytes.count, at: position)
        }
    }

    /// Writes the memory that `vectors` name, `count` bytes in all, at `position`. The vectors are used up.
    ///
    /// After an error any part of the bytes may be in the file.
    func write(_ vectors: UnsafeMutableBufferPointer<iovec>, count: Int, at position: Int) throws {
        let fault = faults.check(.write(path: path, count: count))
        var rest = vectors[...]
        var done = 0
        let goal = fault.map { min($0.written, count) } ?? count
        while done < goal, !rest.isEmpty {
            if fault != nil, done + rest[rest.startIndex].iov_len > goal { rest[rest.startIndex].iov_len = goal - done }
            let batch = UnsafeMutableBufferPointer(rebasing: fault == nil ? rest.prefix(1024) : rest.prefix(1))
            let written = retrying {
                pwritev(descriptor, batch.baseAddress, Int32(batch.count), off_t(position + done))
            }
            guard written > 0 else {
                throw PartitionLogError.storage("writing \(count) bytes to \(path)", errno: written == 0 ? EIO : errno)
            }
            done += written
            var passed = written
            while let first = rest.first, first.iov_len <= passed {
                passed -= first.iov_len
                rest.removeFirst()
            }
            if passed > 0, let base = rest.first?.iov_base {
                rest[rest.startIndex].iov_base = base + passed
                rest[rest.startIndex].iov_len -= passed
            }
        }
        if let fault { throw PartitionLogError.storage("writing \(count) bytes to \(path)", errno: fault.errno) }
    }

    /// Cuts the file to `size` bytes.
    func truncate(to size: Int) throws {
        if let fault = faults.check(.truncate(path: path)) {
            throw PartitionLogError.storage("cutting \(path) to \(size) bytes", errno: fault.errno)
        }
        guard retrying({ ftruncate(descriptor, off_t(size)) }) == 0 else {
            throw PartitionLogError.storage("cutting \(path) to \(size) bytes", errno: errno)
        }
    }

    /// Waits until the file's content is on the disk.
    func sync() throws {
        if let fault = faults.check(.sync(path: path)) {
            throw PartitionLogError.storage("syncing \(path)", errno: fault.errno)
        }
        #if canImport(Darwin)
            let result = retrying { fsync(descriptor) }
        #else
            let result = retrying { fdatasync(descriptor) }
        #endif
        guard result == 0 else { throw PartitionLogError.storage("syncing \(path)", errno: errno) }
    }
}

/// The system's words for an error number.
func describeError(_ number: Int32) -> String { SystemError.text(number) }

/// Repeats a system call that a signal interrupted.
func retrying<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}
