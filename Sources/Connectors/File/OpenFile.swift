import Dispatch
import Foundation
import KafkaProtocol

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file that is open for reading. Reads wait on a queue of their own, so that a slow disk holds up no other task.
final class OpenFile: Sendable {
    let path: String
    let identity: FileIdentity
    private let descriptor: Int32
    private let queue = DispatchQueue(label: "millrace.file-source")

    /// Opens a file; nil if there is none by that name.
    init?(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw FileFault("cannot open \(path): \(SystemError.text(errno))")
        }
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw FileFault("cannot read \(path): it is not a file")
        }
        self.path = path
        self.descriptor = descriptor
        identity = FileIdentity(info)
    }

    deinit { close(descriptor) }

    /// How large it is now.
    func look() throws -> FileTail.Look {
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { throw FileFault("cannot look at \(path): \(SystemError.text(errno))") }
        return FileTail.Look(file: identity, size: Int64(info.st_size))
    }

    /// What has that name now; nil if nothing has.
    static func look(at path: String) -> FileTail.Look? {
        var info = stat()
        guard stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return nil }
        return FileTail.Look(file: FileIdentity(info), size: Int64(info.st_size))
    }

    /// The file with that identity beside `path`: a rotated log has another name in the same directory.
    static func find(_ identity: FileIdentity, beside path: String) throws -> OpenFile? {
        if let file = try OpenFile(path), file.identity == identity { return file }
        let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
        for name in try fileNames(in: directory) {
            guard look(at: directory + name)?.file == identity else { continue }
            return try OpenFile(directory + name)
        }
        return nil
    }

    /// Bytes from `offset` on, as many as there are up to `count`.
    func read(at offset: Int64, count: Int) async throws -> Bytes {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try self.readNow(offset, count) }) }
        }
    }

    private func readNow(_ offset: Int64, _ count: Int) throws -> Bytes {
        var failure: Int32?
        let bytes = Bytes(capacity: count) { buffer in
            while true {
                let read = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
                if read >= 0 { return read }
                guard errno != EINTR else { continue }
                failure = errno
                return 0
            }
        }
        if let failure { throw FileFault("cannot read \(path): \(SystemError.text(failure))") }
        return bytes
    }
}

/// The names of what is in a directory.
func fileNames(in directory: String) throws -> [String] {
    do {
        return try FileManager.default.contentsOfDirectory(atPath: directory)
    } catch {
        throw FileFault("cannot list \(directory): \(error)")
    }
}

extension FileIdentity {
    fileprivate init(_ info: stat) {
        self.init(device: UInt64(truncatingIfNeeded: info.st_dev), inode: UInt64(info.st_ino))
    }
}
