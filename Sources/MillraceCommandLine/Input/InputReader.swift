internal import Dispatch
public import KafkaProtocol
internal import Synchronization
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Reads a file, or standard input for `-`, chunk by chunk; a file whose name ends in `.gz` is unpacked on the way.
///
/// Reading waits on a thread of its own, so that a pipe that brings nothing holds up no other task. For one task at a
/// time.
public final class InputReader {
    private let source: FileSource
    private var inflater: GzipInflater?
    /// How many bytes of the file have been read so far, before unpacking.
    public private(set) var bytesRead = 0
    /// The size of the file; nil for a pipe or a device.
    public let totalBytes: Int?

    /// How much of the file has been read, 0 to 1; nil if its size is not known.
    public var fraction: Double? {
        totalBytes.map { $0 > 0 ? min(Double(bytesRead) / Double($0), 1) : 1 }
    }

    /// Opens the file at `path`, or standard input for `-`. Throws `CommandFailure`.
    public init(path: String, chunkBytes: Int = 256 << 10) throws {
        source = try FileSource(path: path, chunkBytes: chunkBytes)
        totalBytes = source.regularFileSize()
        inflater = path.hasSuffix(".gz") ? try GzipInflater(name: path) : nil
    }

    /// The next bytes; nil at the end. Throws `CommandFailure` if the file cannot be read or is not good gzip, and
    /// `CancellationError` if the task is cancelled, even while a pipe brings nothing.
    public func next() async throws -> Bytes? {
        while true {
            if let unpacked = try inflater?.next() { return unpacked }
            let chunk = try await source.read()
            bytesRead += chunk.count
            guard inflater != nil else { return chunk.isEmpty ? nil : chunk }
            if chunk.isEmpty {
                try inflater?.finish()
                return nil
            }
            inflater?.push(chunk)
        }
    }
}

/// A file that is read on a queue of its own.
private final class FileSource: Sendable {
    private enum Waiter {
        case idle
        case waiting(CheckedContinuation<Bytes, any Error>)
        case cancelled
    }

    private let name: String
    private let descriptor: Int32
    private let chunkBytes: Int
    private let queue = DispatchQueue(label: "millrace.input")
    private let waiter = Mutex(Waiter.idle)

    init(path: String, chunkBytes: Int) throws {
        self.chunkBytes = chunkBytes
        if path == "-" {
            name = "standard input"
            descriptor = STDIN_FILENO
        } else {
            name = path
            descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw CommandFailure("cannot open \(path): \(systemError())") }
            var info = stat()
            if fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFDIR {
                close(descriptor)
                throw CommandFailure("cannot read \(path): it is a directory")
            }
        }
    }

    deinit {
        if descriptor != STDIN_FILENO { close(descriptor) }
    }

    func regularFileSize() -> Int? {
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(info.st_size)
    }

    func read() async throws -> Bytes {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = waiter.withLock { waiter in
                    if case .cancelled = waiter { return true }
                    waiter = .waiting(continuation)
                    return false
                }
                if isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else {
                    queue.async { self.finish(with: self.readNow()) }
                }
            }
        } onCancel: {
            let waiting = waiter.withLock { waiter in
                defer { waiter = .cancelled }
                if case .waiting(let continuation) = waiter { return Optional(continuation) }
                return nil
            }
            waiting?.resume(throwing: CancellationError())
        }
    }

    private func finish(with result: Result<Bytes, any Error>) {
        let waiting = waiter.withLock { waiter -> CheckedContinuation<Bytes, any Error>? in
            guard case .waiting(let continuation) = waiter else { return nil }
            waiter = .idle
            return continuation
        }
        waiting?.resume(with: result)
    }

    private func readNow() -> Result<Bytes, any Error> {
        var failure: Int32 = 0
        let bytes = Bytes(capacity: chunkBytes) { buffer in
            while true {
                let count = systemRead(descriptor, buffer.baseAddress, buffer.count)
                if count >= 0 { return count }
                if errno == EAGAIN {
                    var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                    _ = poll(&ready, 1, -1)
                } else if errno != EINTR {
                    failure = errno
                    return 0
                }
            }
        }
        guard failure == 0 else { return .failure(CommandFailure("cannot read \(name): \(systemError(failure))")) }
        return .success(bytes)
    }
}

private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}
