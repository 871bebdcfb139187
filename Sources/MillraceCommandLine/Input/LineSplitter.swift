public import KafkaProtocol

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Cuts a stream of chunks into lines at `\n`. Lines are the bytes between, whatever they are; a line end at the very
/// end of the input does not start another line.
public struct LineSplitter: ~Copyable {
    /// Longer lines are refused: no topic takes a record of this size.
    static let longestLine = 256 << 20
    private var carried = ByteWriter(capacity: 4096)

    /// A splitter at the start of the input.
    public init() {}

    /// Calls `body` with each line that `chunk` completes. The pointer is valid during the call only.
    public mutating func split(_ chunk: Bytes, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        try chunk.withUnsafeBytes { (buffer: UnsafeRawBufferPointer) throws in
            guard let base = buffer.baseAddress else { return }
            var start = 0
            while start < buffer.count {
                guard let found = memchr(base + start, 0x0a, buffer.count - start) else { break }
                let end = UnsafeRawPointer(found) - base
                let line = UnsafeRawBufferPointer(start: base + start, count: end - start)
                if carried.count > 0 {
                    carried.write(raw: line)
                    try carried.withUnsafeBytes { (whole: UnsafeRawBufferPointer) throws in try body(whole) }
                    carried.removeAll()
                } else {
                    try body(line)
                }
                start = end + 1
            }
            guard carried.count + buffer.count - start <= Self.longestLine else {
                throw CommandFailure("the input has a line of more than \(Figures.bytes(Self.longestLine))")
            }
            carried.write(raw: UnsafeRawBufferPointer(rebasing: buffer[start...]))
        }
    }

    /// Calls `body` with what stands after the last line end, if anything does.
    public mutating func finish(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard carried.count > 0 else { return }
        try carried.withUnsafeBytes { (whole: UnsafeRawBufferPointer) throws in try body(whole) }
        carried.removeAll()
    }
}
