public import KafkaProtocol

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Whoever read our output has stopped reading.
public struct OutputClosed: Error, Sendable {
    /// Nobody reads any more.
    public init() {}
}

/// Buffered output to a file descriptor, standard output unless said otherwise. Not for use by several tasks at once.
///
/// What is written is kept until 64 KiB have come together (`flushIfFull`) or `flush` is called.
public final class OutputWriter {
    private static let limit = 65536
    private let descriptor: Int32
    /// What has been written and not flushed yet; to append to.
    public var buffer = ByteWriter(capacity: OutputWriter.limit + 4096)

    /// A writer to `descriptor`, standard output if nil.
    public init(descriptor: Int32? = nil) {
        self.descriptor = descriptor ?? StandardStreams.current.output
    }

    /// Appends text.
    public func write(_ text: String) { buffer.write(utf8: text) }

    /// Appends text and a line end.
    public func writeLine(_ text: String) {
        buffer.write(utf8: text)
        buffer.write(UInt8(ascii: "\n"))
    }

    /// Hands the buffer to the system if it has grown to 64 KiB. Throws as `flush` does.
    public func flushIfFull() throws {
        if buffer.count >= Self.limit { try flush() }
    }

    /// Hands the buffer to the system. Throws `OutputClosed` if nobody reads any more, else `CommandFailure`.
    public func flush() throws {
        defer { buffer.removeAll() }
        try buffer.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws in
            var rest = bytes
            while !rest.isEmpty {
                let written = systemWrite(descriptor, rest.baseAddress, rest.count)
                if written >= 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest[written...])
                } else if errno == EAGAIN {
                    var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&ready, 1, -1)
                } else if errno == EPIPE {
                    throw OutputClosed()
                } else if errno != EINTR {
                    throw CommandFailure("cannot write the output: \(systemError())")
                }
            }
        }
    }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}

/// What the system says about `number`, the last error unless given.
func systemError(_ number: Int32 = errno) -> String { SystemError.text(number) }
