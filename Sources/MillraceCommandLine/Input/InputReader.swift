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
    private let stop: StopSignal?
    private let observation: StopSignal.Observation?
    private var inflater: GzipInflater?
    /// How many bytes of the file have been read so far, before unpacking.
    public private(set) var bytesRead = 0
    /// The size of the file; nil for a pipe or a device.
    public let totalBytes: Int?

    /// Whether the last chunk took all that there was for the moment: a pipe paused before it was full.
    public private(set) var isDrained = false

    /// How much of the file has been read, 0 to 1; nil if its size is not known.
    public var fraction: Double? {
        totalBytes.map { $0 > 0 ? min(Double(bytesRead) / Double($0), 1) : 1 }
    }

    /// Opens the file at `path`, or standard input for `-`. A request of `stop` ends the reading. Throws `CommandFailure`.
    public init(path: String, chunkBytes: Int = 256 << 10, stop: StopSignal? = nil) throws {
        let source = try FileSource(path: path, chunkBytes: chunkBytes)
        self.source = source
        self.stop = stop
        totalBytes = source.regularFileSize()
        inflater = path.hasSuffix(".gz") ? try GzipInflater(name: path) : nil
        observation = stop?.observe { [weak source] in source?.cancel() }
    }

    deinit {
        if let observation { stop?.remove(observation) }
    }

    /// The next bytes; nil at the end. A pipe that brings little by little is waited for a tenth of a second at most once
    /// there is something.
    ///
    /// Throws `CommandFailure` if the file cannot be read or is not good gzip, and `CancellationError` if the task is
    /// cancelled or the stop is requested, even while a pipe brings nothing.
    public func next() async throws -> Bytes? {
        while true {
            if let unpacked = try unpacking({ try $0.next() }) { return unpacked }
            let chunk = try await source.read()
            bytesRead += chunk.count
            isDrained = chunk.count < source.chunkBytes
            guard inflater != nil else { return chunk.isEmpty ? nil : chunk }
            if chunk.isEmpty {
                try unpacking { try $0.finish() }
                return nil
            }
            inflater?.push(chunk)
        }
    }

    /// What the inflater, if there is one, makes of its input; what is wrong with that as a failure of the command.
    private func unpacking<T>(_ body: (GzipInflater) throws -> T?) throws -> T? {
        do { return try inflater.flatMap(body) } catch let error as KafkaProtocolError { throw CommandFailure("\(error)") }
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
    let chunkBytes: Int
    private let queue = DispatchQueue(label: "millrace.input")
    private let waiter = Mutex(Waiter.idle)
    private let isEnded = Atomic(false)

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
            cancel()
        }
    }

    /// Ends the reading: a read that waits and all later ones throw `CancellationError`.
    func cancel() {
        let waiting = waiter.withLock { waiter -> CheckedContinuation<Bytes, any Error>? in
            defer { waiter = .cancelled }
            if case .waiting(let continuation) = waiter { return continuation }
            return nil
        }
        waiting?.resume(throwing: CancellationError())
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
        let end = ContinuousClock.now + .milliseconds(100)
        let bytes = Bytes(capacity: chunkBytes) { buffer in
            var filled = 0
            while filled < buffer.count, !isEnded.load(ordering: .relaxed) {
                let count = systemRead(descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
                if count > 0 {
                    filled += count
                    // More may be on its way through a pipe; a full chunk is worth a moment.
                    guard filled < buffer.count, .now < end, waitForInput(milliseconds: 10) else { break }
                } else if count == 0 {
                    isEnded.store(true, ordering: .relaxed)
                } else if errno == EAGAIN {
                    _ = waitForInput(milliseconds: -1)
                } else if errno != EINTR {
                    failure = errno
                    break
                }
            }
            return filled
        }
        guard failure == 0 else { return .failure(CommandFailure("cannot read \(name): \(systemError(failure))")) }
        return .success(bytes)
    }

    private func waitForInput(milliseconds: Int32) -> Bool {
        var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&ready, 1, milliseconds) > 0
    }
}

private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}
