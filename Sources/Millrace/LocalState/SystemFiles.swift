import KafkaProtocol

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The machine's file system. Files are private to the user.
struct SystemFiles: StateFiles {
    func makeDirectory(_ path: String) throws {
        var end = path.startIndex
        while end < path.endIndex {
            end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
            // Those above may be there and not ours.
            guard mkdir(String(path[..<end]), 0o700) == 0 || errno == EEXIST || end < path.endIndex else {
                throw StateFileError("cannot make the directory \(path)", errno)
            }
        }
        guard access(path, R_OK | W_OK | X_OK) == 0 else {
            throw StateFileError("cannot write to the directory \(path)", errno)
        }
    }

    func names(in directory: String) throws -> [String] {
        guard let stream = opendir(directory) else {
            if errno == ENOENT { return [] }
            throw StateFileError("cannot list \(directory)", errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: $0.pointee)) {
                    String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    func open(_ path: String, for access: StateFileAccess) throws -> any StateFile {
        try SystemFile(path: path, access)
    }

    func rename(_ path: String, to other: String) throws {
        #if canImport(Glibc)
            let result = Glibc.rename(path, other)
        #else
            let result = Darwin.rename(path, other)
        #endif
        guard result == 0 else { throw StateFileError("cannot rename \(path) to \(other)", errno) }
    }

    func remove(_ path: String) throws {
        guard unlink(path) == 0 || errno == ENOENT else { throw StateFileError("cannot remove \(path)", errno) }
    }

    func removeDirectory(_ path: String) throws {
        guard rmdir(path) == 0 || errno == ENOENT else { throw StateFileError("cannot remove \(path)", errno) }
    }

    func syncDirectory(_ path: String) throws {
        try SystemFile(path: path, .reading).sync()
    }

    func lock(_ path: String) throws -> (any StateFile)? {
        let file = try SystemFile(path: path, .writing)
        return try file.lock() ? file : nil
    }
}

/// An open file of the machine's.
private final class SystemFile: StateFile {
    private let path: String
    private let descriptor: Int32

    init(path: String, _ access: StateFileAccess) throws {
        let flags =
            switch access {
            case .reading: O_RDONLY
            case .writing: O_RDWR | O_CREAT
            case .replacing: O_RDWR | O_CREAT | O_TRUNC
            }
        #if canImport(Glibc)
            let descriptor = retrying { Glibc.open(path, flags | O_CLOEXEC, 0o600) }
        #else
            let descriptor = retrying { Darwin.open(path, flags | O_CLOEXEC, 0o600) }
        #endif
        guard descriptor >= 0 else { throw StateFileError("cannot open \(path)", errno) }
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    func size() throws -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw StateFileError("cannot look at \(path)", errno) }
        return Int(status.st_size)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) throws -> Int {
        var done = 0
        while done < buffer.count {
            let count = retrying {
                pread(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(position + done))
            }
            if count == 0 { break }
            guard count > 0 else { throw StateFileError("cannot read \(path) at \(position)", errno) }
            done += count
        }
        return done
    }

    func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws {
        var done = 0
        while done < bytes.count {
            let count = retrying {
                pwrite(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(position + done))
            }
            guard count > 0 else {
                throw StateFileError("cannot write \(bytes.count) bytes to \(path)", count == 0 ? EIO : errno)
            }
            done += count
        }
    }

    func truncate(to size: Int) throws {
        guard retrying({ ftruncate(descriptor, off_t(size)) }) == 0 else {
            throw StateFileError("cannot cut \(path) to \(size) bytes", errno)
        }
    }

    /// Whether nobody else has the lock of the file, and so this has it now.
    func lock() throws -> Bool {
        if retrying({ flock(descriptor, LOCK_EX | LOCK_NB) }) == 0 { return true }
        guard errno == EWOULDBLOCK else { throw StateFileError("cannot lock \(path)", errno) }
        return false
    }

    func sync() throws {
        guard retrying({ fsync(descriptor) }) == 0 else { throw StateFileError("cannot sync \(path)", errno) }
    }
}

/// Repeats a system call that a signal interrupted.
private func retrying<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}
